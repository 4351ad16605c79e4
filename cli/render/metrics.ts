/** Metrics as a person reads them: one line a metric, all on the same time axis, deployments marked below. */
import { type Axis, figure, latest, type Series, sparkline, squeezed } from '../../core/metrics.ts';
import { isGood, type Verdict } from '../../core/verdict.ts';
import { PAINT, painter } from './screen.ts';
import type { Screen } from './text.ts';

export interface Mark {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly name: string;
  readonly verdict: Verdict | null;
}

export interface MetricPage {
  readonly service: string;
  readonly environment: string;
  readonly axis: Axis;
  readonly series: readonly Series[];
  readonly marks: readonly Mark[];
}

const LABEL = 13;
const FIGURE = 10;
/** Narrower, a course could not be seen. */
const LEAST_WIDTH = 8;

/** Here there is no room for the highest value beside the last. */
const NARROW = LABEL + LEAST_WIDTH + 2 * FIGURE + 4;

export function metricLines(page: MetricPage, screen: Screen): string[] {
  const { axis, series, marks } = page;
  const paint = painter(screen);
  const width = Math.max(LEAST_WIDTH, Math.min(axis.periods, screen.columns - LABEL - 2 * FIGURE - 4));
  const end = axis.from + axis.periods * axis.periodSeconds * 1000;
  const lines = series.map(({ label, unit, values, ...rest }) => {
    const name = label.length > LABEL - 1 ? `${label.slice(0, LABEL - 2)}…` : label;
    const known = values.filter((value) => value !== null);
    const most = known.length === 0 ? null : Math.max(...known);
    const now = figure(latest({ label, unit, values, ...rest }), unit);
    const highest = most === null ? '' : `max ${figure(most, unit)}`;
    const course = sparkline(squeezed(values, width)).padEnd(width);
    const line = `${name.padEnd(LABEL)}${course}  ${now.padStart(FIGURE)}`;
    return screen.columns < NARROW ? line : `${line}  ${highest}`.trimEnd();
  });
  const column = (at: number) =>
    Math.min(width - 1, Math.floor(((at - axis.from) / (end - axis.from)) * width));
  return [
    `${page.service} in ${page.environment}`,
    ...lines,
    `${' '.repeat(LABEL)}${timeLine(axis.from, end, width)}`,
    ...(marks.length > 0
      ? [
          `${'deployments'.padEnd(LABEL)}${markLine(
            marks.map(({ at }) => column(at)),
            width,
          )}`,
        ]
      : []),
    ...marks.map(({ at, name, verdict }) => {
      const colour = verdict === null ? PAINT.wait : isGood(verdict) ? PAINT.good : PAINT.bad;
      return `${' '.repeat(LABEL)}${clock(at)}  ${name}  ${paint(verdict ?? 'running', colour)}`;
    }),
  ];
}

function markLine(columns: readonly number[], width: number): string {
  return Array.from({ length: width }, (_, index) => (columns.includes(index) ? '^' : ' '))
    .join('')
    .trimEnd();
}

function timeLine(from: number, to: number, width: number): string {
  const end = `${clock(to)} UTC`;
  return width < 20 ? clock(from) : `${clock(from)}${end.padStart(width - 5)}`;
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 16);
