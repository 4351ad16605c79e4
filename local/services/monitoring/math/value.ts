/** What an expression can be: a number, a time series, or several time series. */

export interface Series {
  readonly label: string;
  /** Seconds. */
  readonly period: number;
  /** Values by the start of their period, in seconds since the epoch; a missing key is a missing value. */
  readonly points: ReadonlyMap<number, number>;
}

export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'series'; readonly series: Series }
  | { readonly kind: 'list'; readonly list: readonly Series[] };

/** The periods that an expression is about. */
export interface Grid {
  readonly starts: readonly number[];
  readonly period: number;
}

export function scalar(value: number): Value {
  return { kind: 'scalar', value };
}

export function seriesOf(value: Value): readonly Series[] {
  return value.kind === 'list' ? value.list : value.kind === 'series' ? [value.series] : [];
}

/** Applies a function to every series of a value, and keeps whether it was one or many. */
export function eachSeries(value: Value, change: (series: Series) => ReadonlyMap<number, number>): Value {
  const changed = (series: Series): Series => ({ ...series, points: change(series) });
  if (value.kind === 'series') return { kind: 'series', series: changed(value.series) };
  if (value.kind === 'list') return { kind: 'list', list: value.list.map(changed) };
  return value;
}

/** Applies a function to every single value; a result that is no finite number is dropped. */
export function eachPoint(value: Value, change: (point: number) => number): Value {
  if (value.kind === 'scalar') return scalar(change(value.value));
  return eachSeries(value, ({ points }) => finite([...points].map(([at, point]) => [at, change(point)])));
}

export function finite(entries: Iterable<readonly [number, number]>): Map<number, number> {
  const points = new Map<number, number>();
  for (const [at, point] of entries) if (Number.isFinite(point)) points.set(at, point);
  return points;
}

/** Joins two values point by point. Where only one of them has a point, the other counts as 0. */
export function join(left: Value, right: Value, combine: (a: number, b: number) => number): Value {
  if (left.kind === 'scalar' && right.kind === 'scalar') return scalar(combine(left.value, right.value));
  if (left.kind === 'scalar') return eachPoint(right, (point) => combine(left.value, point));
  if (right.kind === 'scalar') return eachPoint(left, (point) => combine(point, right.value));
  const rights = seriesOf(right);
  const lefts = seriesOf(left);
  const pairs: [Series | undefined, Series | undefined][] =
    left.kind === 'series'
      ? rights.map((series) => [left.series, series])
      : right.kind === 'series'
        ? lefts.map((series) => [series, right.series])
        : lefts.map((series, index) => [series, rights[index]]);
  const joined = pairs.map(([a, b]) => {
    const ats = new Set([...(a?.points.keys() ?? []), ...(b?.points.keys() ?? [])]);
    const entries = [...ats]
      .sort((x, y) => x - y)
      .map((at) => [at, combine(a?.points.get(at) ?? 0, b?.points.get(at) ?? 0)] as const);
    return { label: (a ?? b)?.label ?? '', period: (a ?? b)?.period ?? 60, points: finite(entries) };
  });
  return left.kind === 'series' && right.kind === 'series' && joined[0]
    ? { kind: 'series', series: joined[0] }
    : { kind: 'list', list: joined };
}
