/** Answers in the same seconds: of new tasks above the line, of old ones below, failed ones on top. */
import type { Answers } from '../../model/timeline.ts';
import { type Child, plain, s } from '../base/dom.ts';
import { count } from '../base/format.ts';
import type { Axis } from './axis.ts';

export const ANSWERS_HEIGHT = 130;
const UP = 56;
const DOWN = 60;

export function answersChart(of: Answers, axis: Axis, top: number, narrow: boolean): Child {
  const zero = top + 14 + UP;
  const most = Math.max(1, ...of.old.map(number), ...(of.fresh ?? []).map(number)) * 1.02;
  const mark = niceBelow(most);
  const step = of.periodSeconds * 1000;
  const start = Date.parse(of.from);
  const bars = of.old.map((old, index) => {
    const at = start + index * step;
    if (at + step <= axis.from || at >= axis.to) return null;
    const x = axis.x(at) + 0.6;
    const width = Math.max(0.8, axis.x(at + step) - axis.x(at) - 1.6);
    const up = (value: number) => (value / most) * UP;
    const down = (value: number) => (value / most) * DOWN;
    const fresh = number(of.fresh?.[index] ?? null);
    const failed = number(of.freshFailed?.[index] ?? null);
    const [oldAll, oldFailed] = [number(old), number(of.oldFailed[index] ?? null)];
    const [well, oldWell] = [Math.max(0, fresh - failed), Math.max(0, oldAll - oldFailed)];
    return [
      well > 0 && s('rect.fresh', { x, y: zero - 1 - up(well), width, height: up(well) }),
      failed > 0 &&
        s('rect.bad5', {
          x,
          y: zero - 2 - up(well) - Math.max(2.5, up(failed)),
          width,
          height: Math.max(2.5, up(failed)),
        }),
      oldWell > 0 && s('rect.old', { x, y: zero + 1, width, height: down(oldWell) }),
      oldFailed > 0 &&
        s('rect.bad5', { x, y: zero + 2 + down(oldWell), width, height: Math.max(2.5, down(oldFailed)) }),
    ];
  });
  return [
    s('path.grid', {
      d: `M${axis.left} ${zero - (mark / most) * UP}H${axis.right}M${axis.left} ${zero + (mark / most) * DOWN}H${axis.right}`,
    }),
    bars,
    s('path.zero', { d: `M${axis.left} ${zero}H${axis.right}` }),
    s('text.tick', { x: axis.left - 8, y: zero - (mark / most) * UP + 4, 'text-anchor': 'end' }, count(mark)),
    s(
      'text.tick',
      { x: axis.left - 8, y: zero + (mark / most) * DOWN + 4, 'text-anchor': 'end' },
      count(mark),
    ),
    !narrow && [
      s('text.chartname', { x: 16, y: zero - UP + 4 }, `Answers in ${of.periodSeconds} s`),
      of.fresh
        ? s('text.chartnew', { x: 16, y: zero - 8 }, 'new, above the line')
        : s('text.chartsub', { x: 16, y: zero - 8 }, 'of all tasks'),
      of.fresh && s('text.chartsub', { x: 16, y: zero + 18 }, 'old, below it'),
      note(of, axis, zero),
    ],
  ];
}

/** Right of the last answer of a new task, where the chart has room above the line. */
function note({ note: text, fresh, from, periodSeconds }: Answers, axis: Axis, zero: number): Child {
  if (!text) return null;
  const last = (fresh ?? []).reduce<number>((at, value, index) => (number(value) > 0 ? index + 1 : at), 0);
  const x = last > 0 ? axis.x(Date.parse(from) + last * periodSeconds * 1000) + 8 : axis.left + 8;
  const [first = '', ...rest] = plain(text).split(', ');
  const bad = /5xx|failed/.test(first) && !/^0 /.test(first);
  const flip = x > axis.right - 140;
  return [
    s(
      'text.chartnote',
      {
        class: bad ? 'bad' : 'new',
        x: flip ? axis.right : x,
        y: flip ? zero - UP - 2 : zero - 24,
        'text-anchor': flip ? 'end' : null,
      },
      first,
    ),
    rest.length > 0 &&
      s(
        'text.chartnote',
        {
          x: flip ? axis.right : x,
          y: flip ? zero - UP + 12 : zero - 10,
          'text-anchor': flip ? 'end' : null,
        },
        rest.join(', '),
      ),
  ];
}

const number = (value: number | null): number => value ?? 0;

/** 1, 2 or 5 and noughts: the round figure below. */
export function niceBelow(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return ([5, 2, 1].find((step) => step * unit <= value) ?? 1) * unit;
}

/** The round figure above. */
export function niceAbove(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return ([1, 2, 5, 10].find((step) => step * unit >= value) ?? 10) * unit;
}
