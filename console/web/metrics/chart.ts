/** One chart: up to five series, told apart by dash and colour, deployments as upright marks. */
import type { MetricGroup, Metrics } from '../../model/metrics.ts';
import { type Child, s } from '../base/dom.ts';
import { count } from '../base/format.ts';
import { MARKS, markOf } from '../base/marks.ts';
import { address } from '../base/route.ts';
import { niceAbove } from '../charts/answers.ts';
import { type Axis, axis, grid } from '../charts/axis.ts';
import { line } from '../charts/latency.ts';

const HEIGHT = 150;
const TOP = 26;
/** Classes of the lines, in order. */
export const LINES = ['line1', 'line2', 'line3', 'line4', 'line5'] as const;

type Series = readonly {
  readonly id: string;
  readonly label: string;
  readonly values: readonly (number | null)[];
}[];

export function metricChart(
  { title, unit }: MetricGroup,
  series: Series,
  value: Metrics,
  wide: number,
): SVGElement {
  const { from, periodSeconds, periods, deployments } = value;
  const end = new Date(Date.parse(from) + periodSeconds * periods * 1000).toISOString();
  const of = axis(from, end, 56, wide - 16);
  const bottom = TOP + HEIGHT;
  const most = unit === 'percent' ? 100 : mostOf(series) * 1.05;
  const y = (one: number) => Math.round((bottom - (Math.min(one, most) / most) * HEIGHT) * 10) / 10;
  const x = (index: number) => of.x(Date.parse(from) + (index + 0.5) * periodSeconds * 1000);
  return s(
    'svg.axis.metricchart',
    {
      width: wide,
      height: bottom + 30,
      viewBox: `0 0 ${wide} ${bottom + 30}`,
      role: 'group',
      'aria-label': `${title}; the same as a table follows`,
    },
    levels(most, unit, of, y),
    grid(of, TOP, bottom),
    deployments.map((one) => upright(one, of, bottom)),
    series.map(({ id, values }, index) =>
      s('path', { class: `series ${LINES[index % LINES.length]}`, 'data-key': id, d: line(values, x, y) }),
    ),
  );
}

/** A service that nobody asked still has an axis. */
const mostOf = (series: Series) =>
  Math.max(...series.flatMap(({ values }) => values.filter((one) => one !== null)), 0) || 1;

function levels(most: number, unit: MetricGroup['unit'], of: Axis, y: (value: number) => number): Child {
  const step = niceAbove(most / 3);
  const marks = [0, 1, 2, 3].map((times) => times * step).filter((value) => value <= most);
  return marks.map((mark) => [
    s('path.grid', { d: `M${of.left} ${y(mark)}H${of.right}` }),
    s(
      'text.tick',
      { x: of.left - 8, y: y(mark) + 4, 'text-anchor': 'end' },
      figureOf(mark, mark === 0 ? 'none' : unit),
    ),
  ]);
}

function upright(
  { id, at, mark, release }: Metrics['deployments'][number],
  of: Axis,
  bottom: number,
): SVGElement {
  const x = of.x(at);
  const sign = markOf(mark, 12);
  sign.setAttribute('x', String(x - 6));
  sign.setAttribute('y', '6');
  return s(
    'a.deployed',
    {
      href: address('deployment', [id]),
      class: MARKS[mark].tone,
      'aria-label': `${release} ${MARKS[mark].word}`,
    },
    s('title', {}, `${release}: ${MARKS[mark].word}`),
    s('path', { d: `M${x} 20V${bottom}` }),
    sign,
  );
}

export function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

export function figureOf(value: number | null, unit: MetricGroup['unit']): string {
  if (value === null) return '–';
  const figure =
    value >= 100
      ? count(value)
      : value >= 10 || Number.isInteger(value)
        ? value.toFixed(0)
        : value.toFixed(value >= 1 ? 1 : 2);
  switch (unit) {
    case 'percent':
      return `${figure} %`;
    case 'milliseconds':
      return `${figure} ms`;
    case 'per second':
      return `${figure}/s`;
    default:
      return figure;
  }
}
