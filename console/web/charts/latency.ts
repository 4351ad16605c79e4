/** The slowest twentieth of the answers: new tasks' against old ones', and the limit. */
import type { Latency } from '../../model/timeline.ts';
import { type Child, s } from '../base/dom.ts';
import { count } from '../base/format.ts';
import { niceAbove } from './answers.ts';
import type { Axis } from './axis.ts';

export const LATENCY_HEIGHT = 78;
const TALL = 44;

export function latencyChart(of: Latency, axis: Axis, top: number, narrow: boolean): Child {
  const base = top + 16 + TALL;
  const values = [...of.old, ...(of.fresh ?? [])].filter((value) => value !== null);
  const most = Math.max(10, of.limit ?? 0, ...values) * 1.02;
  const step = niceAbove(most / 3);
  const marks = [0, 1, 2, 3, 4].map((times) => times * step).filter((value) => value <= most);
  const y = (value: number) => Math.round((base - (value / most) * TALL) * 10) / 10;
  const x = (index: number) => axis.x(Date.parse(of.from) + (index + 0.5) * of.periodSeconds * 1000);
  return [
    marks.map((mark) => [
      s('path.grid', { d: `M${axis.left} ${y(mark)}H${axis.right}` }),
      s(
        'text.tick',
        { x: axis.left - 8, y: y(mark) + 4, 'text-anchor': 'end' },
        `${count(mark)}${mark === marks.at(-1) && !narrow ? ' ms' : ''}`,
      ),
    ]),
    limit(of, axis, y, narrow),
    s('path.oldline', { d: line(of.old, x, y) }),
    of.fresh && s('path.newline', { d: line(of.fresh, x, y) }),
    !narrow && [
      s('text.chartname', { x: 16, y: y(most) - 2 }, 'Latency p95'),
      of.limit !== null && s('text.chartsub', { x: 16, y: y(most) + 11 }, 'limit: twice the old'),
      ends(of, x, y, axis),
    ],
  ];
}

/** Where each line ends, its figure; two that end together stand one above the other. */
function ends(of: Latency, x: (index: number) => number, y: (value: number) => number, axis: Axis): Child {
  const fresh = last(of.fresh ?? []);
  const old = last(of.old);
  const together = fresh && old && Math.abs(x(fresh.index) - x(old.index)) < 40;
  const oldText = old && `${of.fresh ? 'old ' : ''}${count(old.value)} ms`;
  const newText = fresh && `new ${count(fresh.value)} ms`;
  if (together) {
    const edge = x(old.index) > axis.right - 80;
    const at = edge ? axis.right : Math.max(x(old.index), x(fresh.index)) + 12;
    const level = y(Math.max(fresh.value, old.value)) - (edge ? 20 : 2);
    const both = [
      ['chartnote.new', newText],
      ['chartnote.strong', oldText],
    ] as const;
    const ordered = fresh.value >= old.value ? both : both.toReversed();
    return ordered.map(([kind, text], row) =>
      s(`text.${kind}`, { x: at, y: level + row * 14, 'text-anchor': edge ? 'end' : null }, text),
    );
  }
  return [
    old &&
      s(
        'text.chartnote.strong',
        { x: Math.min(x(old.index) + 8, axis.right), y: y(old.value) - 8, 'text-anchor': 'end' },
        oldText,
      ),
    fresh && beside(x(fresh.index), y(fresh.value), newText ?? '', axis),
  ];
}

/** At the chart's edge there is room above the line only. */
function beside(x: number, y: number, text: string, axis: Axis): SVGElement {
  const edge = x > axis.right - 60;
  return s(
    'text.chartnote.new',
    edge ? { x: axis.right, y: y - 8, 'text-anchor': 'end' } : { x: x + 10, y: y + 4 },
    text,
  );
}

function limit(
  { limit: value, fresh, from, periodSeconds }: Latency,
  axis: Axis,
  y: (value: number) => number,
  narrow: boolean,
): Child {
  if (value === null) return null;
  const first = (fresh ?? []).findIndex((one) => one !== null);
  const end = last(fresh ?? []);
  const at = (index: number) => axis.x(Date.parse(from) + index * periodSeconds * 1000);
  const start = first < 0 ? axis.left : at(first);
  const stop = end ? Math.min(axis.right, at(end.index + 2)) : axis.right;
  return [
    s('path.limit', { d: `M${start} ${y(value)}H${stop}` }),
    !narrow &&
      s(
        'text.chartnote.wait',
        { x: start - 6, y: y(value) + 4, 'text-anchor': start > axis.left + 60 ? 'end' : 'start' },
        `limit ${count(value)}`,
      ),
  ];
}

function last(values: readonly (number | null)[]): { index: number; value: number } | null {
  for (let index = values.length - 1; index >= 0; index--) {
    const value = values[index];
    if (value !== null && value !== undefined) return { index, value };
  }
  return null;
}

/** What is not known is not joined. */
export function line(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let joined = false;
  for (const [index, value] of values.entries()) {
    if (value !== null) path += `${joined ? 'L' : 'M'}${x(index)} ${y(value)}`;
    joined = value !== null;
  }
  return path;
}
