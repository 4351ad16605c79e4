/** The functions of metric math. Source: "Using metric math" of the CloudWatch user guide. */
import { mathError } from './expression.ts';
import {
  eachPoint,
  eachSeries,
  finite,
  type Grid,
  type Series,
  scalar,
  seriesOf,
  type Value,
} from './value.ts';

/** A word or a string among the arguments stays what it is. */
export type Argument = Value | { readonly kind: 'word'; readonly word: string };

export interface Scope {
  /** The id of the expression, for messages. */
  readonly id: string;
  readonly grid: Grid;
  /** Every metric (not expression) of the request, with its id. */
  readonly metrics: readonly { readonly id: string; readonly series: Series }[];
}

type MathFunction = (args: readonly Argument[], scope: Scope) => Value;

/** Reduces the points of one series to a number, or those of several series at one time to the point of that time. */
const aggregate =
  (of: (points: readonly number[]) => number): MathFunction =>
  (args, scope) => {
    const value = asValue(args[0], scope);
    if (value.kind === 'scalar') return value;
    if (value.kind === 'series') return scalar(of([...value.series.points.values()]));
    return { kind: 'series', series: across(value.list, scope.grid, of) };
  };

function across(list: readonly Series[], grid: Grid, of: (points: readonly number[]) => number): Series {
  const points = grid.starts.flatMap((at) => {
    const values = list.flatMap((series) => series.points.get(at) ?? []);
    return values.length > 0 ? [[at, of(values)] as const] : [];
  });
  return { label: list[0]?.label ?? '', period: grid.period, points: finite(points) };
}

const sum = (points: readonly number[]) => points.reduce((total, point) => total + point, 0);
const mean = (points: readonly number[]) => sum(points) / points.length;
const deviation = (points: readonly number[]) =>
  Math.sqrt(mean(points.map((point) => (point - mean(points)) ** 2)));

const REDUCTIONS: Readonly<Record<string, (points: readonly number[]) => number>> = {
  AVG: mean,
  MIN: (points) => Math.min(...points),
  MAX: (points) => Math.max(...points),
  SUM: sum,
  STDDEV: deviation,
};

const perPoint =
  (change: (point: number) => number): MathFunction =>
  (args, scope) =>
    eachPoint(asValue(args[0], scope), change);

/** From each point and the one before it; the first point has none and is dropped. */
const perStep =
  (change: (rise: number, seconds: number) => number): MathFunction =>
  (args, scope) =>
    eachSeries(asValue(args[0], scope), ({ points }) => {
      const entries = [...points].sort(([a], [b]) => a - b);
      return finite(
        entries.slice(1).map(([at, point], index) => {
          const [before, previous] = entries[index] as [number, number];
          return [at, change(point - previous, at - before)];
        }),
      );
    });

const calendar =
  (part: (date: Date) => number): MathFunction =>
  (args, scope) => ({
    kind: 'series',
    series: {
      label: seriesOf(asValue(args[0], scope))[0]?.label ?? '',
      period: scope.grid.period,
      points: new Map(scope.grid.starts.map((at) => [at, part(new Date(at * 1000))])),
    },
  });

export const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ...Object.fromEntries(Object.entries(REDUCTIONS).map(([name, of]) => [name, aggregate(of)])),
  DATAPOINT_COUNT: aggregate((points) => points.length),
  ABS: perPoint(Math.abs),
  CEIL: perPoint(Math.ceil),
  FLOOR: perPoint(Math.floor),
  LOG: perPoint(Math.log),
  LOG10: perPoint(Math.log10),
  DIFF: perStep((rise) => rise),
  DIFF_TIME: perStep((_rise, seconds) => seconds),
  RATE: perStep((rise, seconds) => rise / seconds),
  MINUTE: calendar((date) => date.getUTCMinutes()),
  HOUR: calendar((date) => date.getUTCHours()),
  /** Monday is 1, Sunday is 7. */
  DAY: calendar((date) => date.getUTCDay() || 7),
  DATE: calendar((date) => date.getUTCDate()),
  MONTH: calendar((date) => date.getUTCMonth() + 1),
  YEAR: calendar((date) => date.getUTCFullYear()),
  EPOCH: calendar((date) => date.getTime() / 1000),

  METRICS(args, scope) {
    const part = args[0]?.kind === 'word' ? args[0].word : '';
    return {
      kind: 'list',
      list: scope.metrics.filter(({ id }) => id.includes(part)).map(({ series }) => series),
    };
  },
  METRIC_COUNT: (args, scope) => scalar(seriesOf(asValue(args[0], scope)).length),
  PERIOD: (args, scope) => scalar(seriesOf(asValue(args[0], scope))[0]?.period ?? scope.grid.period),
  FIRST: (args, scope) => one(seriesOf(asValue(args[0], scope))[0], scope),
  LAST: (args, scope) => one(seriesOf(asValue(args[0], scope)).at(-1), scope),

  REMOVE_EMPTY(args, scope) {
    return { kind: 'list', list: seriesOf(asValue(args[0], scope)).filter(({ points }) => points.size > 0) };
  },
  RUNNING_SUM: (args, scope) =>
    eachSeries(asValue(args[0], scope), ({ points }) => {
      let total = 0;
      return finite(
        [...points]
          .sort(([a], [b]) => a - b)
          .map(([at, point]) => {
            total += point;
            return [at, total] as const;
          }),
      );
    }),
  SLICE(args, scope) {
    const list = seriesOf(asValue(args[0], scope));
    const end = args[2] ? numberOf(args[2], scope) : undefined;
    return { kind: 'list', list: list.slice(numberOf(args[1], scope), end) };
  },
  SORT(args, scope) {
    const of = REDUCTIONS[wordOf(args[1], scope)];
    if (!of) throw mathError(scope.id, 'SORT orders by AVG, MIN, MAX, SUM or STDDEV');
    const direction = wordOf(args[2], scope) === 'DESC' ? -1 : 1;
    const list = seriesOf(asValue(args[0], scope))
      .map((series) => ({ series, by: of([...series.points.values()]) }))
      .sort((a, b) => direction * (a.by - b.by))
      .map(({ series }) => series);
    return { kind: 'list', list: args[3] ? list.slice(0, numberOf(args[3], scope)) : list };
  },
  TIME_SERIES(args, scope) {
    const value = numberOf(args[0], scope);
    const points = new Map(scope.grid.starts.map((at) => [at, value]));
    return { kind: 'series', series: { label: String(value), period: scope.grid.period, points } };
  },

  FILL(args, scope) {
    const filler = args[1];
    return eachSeries(asValue(args[0], scope), ({ points }) => {
      if (filler?.kind === 'word') return fillBetween(points, scope, filler.word);
      const other = asValue(filler, scope);
      const from = other.kind === 'scalar' ? undefined : seriesOf(other)[0]?.points;
      return finite(
        scope.grid.starts.flatMap((at) => {
          const value = points.get(at) ?? (other.kind === 'scalar' ? other.value : from?.get(at));
          return value === undefined ? [] : [[at, value] as const];
        }),
      );
    });
  },

  IF(args, scope) {
    const [condition, yes, no] = args.map((arg) => asValue(arg, scope));
    if (!condition || !yes || args.length > 3) throw mathError(scope.id, 'IF takes two or three arguments');
    if (condition.kind === 'scalar') return condition.value !== 0 ? yes : (no ?? one(undefined, scope));
    const asked = seriesOf(condition)[0];
    const points = [...(asked?.points ?? [])].flatMap(([at, point]) => {
      // The true branch counts as 0 where it has no point, the false branch drops the point.
      const value = point !== 0 ? (pointAt(yes, at) ?? 0) : no && pointAt(no, at);
      return value === undefined ? [] : [[at, value] as const];
    });
    return {
      kind: 'series',
      series: { label: asked?.label ?? '', period: scope.grid.period, points: finite(points) },
    };
  },
};

function pointAt(value: Value, at: number): number | undefined {
  return value.kind === 'scalar' ? value.value : seriesOf(value)[0]?.points.get(at);
}

function fillBetween(points: ReadonlyMap<number, number>, scope: Scope, how: string): Map<number, number> {
  if (how !== 'REPEAT' && how !== 'LINEAR') throw mathError(scope.id, `FILL does not know ${how}`);
  const known = [...points].sort(([a], [b]) => a - b);
  return finite(
    scope.grid.starts.flatMap((at) => {
      const before = known.findLast(([time]) => time <= at);
      const after = known.find(([time]) => time >= at);
      if (!before || (how === 'LINEAR' && !after)) return [];
      if (how === 'REPEAT' || !after || before[0] === after[0]) return [[at, before[1]] as const];
      const part = (at - before[0]) / (after[0] - before[0]);
      return [[at, before[1] + part * (after[1] - before[1])] as const];
    }),
  );
}

function one(series: Series | undefined, scope: Scope): Value {
  return { kind: 'series', series: series ?? { label: '', period: scope.grid.period, points: new Map() } };
}

function asValue(arg: Argument | undefined, scope: Scope): Value {
  if (!arg || arg.kind === 'word') throw mathError(scope.id, 'An argument is missing or of the wrong type');
  return arg;
}

function numberOf(arg: Argument | undefined, scope: Scope): number {
  if (arg?.kind !== 'scalar') throw mathError(scope.id, 'An argument that must be a number is none');
  return arg.value;
}

function wordOf(arg: Argument | undefined, scope: Scope): string {
  if (arg?.kind !== 'word') throw mathError(scope.id, 'An argument is missing');
  return arg.word;
}
