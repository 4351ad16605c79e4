/** A square a task: green healthy, blue new, dashed draining, crossed failing, empty where none is wanted. */
import type { ServiceFacts } from '../../model/now.ts';
import { type Child, h, s } from '../base/dom.ts';
import { known, problemBox } from '../base/problem.ts';
import type { Piece } from '../base/store.ts';

/** More tasks than this are told in figures only. */
const MOST = 8;
const SIZE = 10;
const STEP = 13;

type Square = ServiceFacts['tasks'] extends infer Known
  ? Known extends { known: true; value: { squares: readonly (infer One)[] } }
    ? One
    : never
  : never;

export function taskSquares({ value, problem }: Piece<ServiceFacts>): Child {
  if (!value) return problem ? problemBox(problem) : h('span.dim', {}, '…');
  return known(value.tasks, ({ running, desired, squares, targets }) => {
    const failing = squares.some(({ state }) => state === 'failing') || (desired > 0 && running === 0);
    const draining = squares.filter(({ state }) => state === 'draining').length;
    const isNew = squares.some(({ state }) => state === 'new');
    return h(
      'div.lines',
      {},
      h(
        'div',
        { class: failing ? 'bad' : desired === 0 ? 'dim' : null },
        desired === 0 ? drawing([null]) : drawing(squares.slice(0, MOST)),
        ` ${running} of ${desired}`,
      ),
      h('div.second.cut', {}, draining > 0 && isNew ? `${draining} old draining` : targets),
    );
  });
}

function drawing(squares: readonly (Square | null)[]): SVGElement {
  const words = squares.map((square) => square?.state ?? 'none wanted');
  return s(
    'svg.squares',
    { width: squares.length * STEP - 2, height: 12, role: 'img', 'aria-label': words.join(', ') },
    squares.map((square, index) => {
      const x = index * STEP + 0.6;
      return s(
        'g',
        {},
        s(
          'title',
          {},
          square ? `${square.id.slice(0, 8)} ${square.state}, ${square.revision}` : 'none wanted',
        ),
        s('rect.square', { class: square?.state ?? 'none', x, y: 1, width: SIZE, height: SIZE, rx: 2 }),
        square?.state === 'failing' && s('path.square.failing', { d: `M${x + 3} 4l4 4m0-4l-4 4` }),
      );
    }),
  );
}
