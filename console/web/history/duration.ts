/** How long each part took, with the verdict's mark where it ended. */
import type { HistoryRow } from '../../model/history.ts';
import { s } from '../base/dom.ts';
import { took } from '../base/format.ts';
import { markOf } from '../base/marks.ts';

const WIDTH = 270;
const BAR = 9;

export const KINDS = [
  ['build', 'build'],
  ['migrate', 'migrate'],
  ['verify', 'verify'],
  ['failed', 'failed'],
  ['back', 'going back'],
] as const;

export function durationBar(of: HistoryRow, seconds: number, longest: number): SVGElement {
  const scale = (WIDTH - 24) / longest;
  let x = 0;
  const parts = of.segments.map((segment, index) => {
    const last = index === of.segments.length - 1;
    const grows = last && of.endedAt === null ? Math.max(0, seconds - of.seconds) : 0;
    const width = Math.min((segment.seconds + grows) * scale, WIDTH - 24 - x);
    const from = x;
    x += Math.max(0, width);
    if (width <= 0) return null;
    const moving = last && of.mark === 'running' && segment.kind !== 'build';
    return segment.kind === 'waiting'
      ? s('path.waiting', { d: `M${from} 8H${x}` })
      : s('rect', {
          class: moving ? 'moving' : segment.kind,
          x: from + 0.5,
          y: 8 - BAR / 2,
          width: Math.max(1.5, width - 1),
          height: BAR,
        });
  });
  const end = markOf(of.mark, 12);
  end.setAttribute('x', String(x + 6));
  end.setAttribute('y', '2');
  const said = of.segments.map(({ kind, seconds: long }) => `${kind} ${took(long)}`).join(', ');
  return s(
    'svg.duration',
    { width: WIDTH, height: 16, role: 'img', 'aria-label': said || 'nothing was done' },
    parts,
    end,
  );
}
