/** What is kept of the values of one second or one minute: enough for every statistic, percentiles included. */

export interface Bucket {
  count: number;
  sum: number;
  min: number;
  max: number;
  /**
   * How often each value occurred, values rounded to three significant digits; undefined once a statistic set, whose
   * single values nobody knows, is part of the bucket.
   */
  values: Map<number, number> | undefined;
}

export function emptyBucket(): Bucket {
  return {
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    values: new Map(),
  };
}

export function addValue(bucket: Bucket, value: number, count = 1): void {
  addTotals(bucket, { count, sum: value * count, min: value, max: value });
  if (bucket.values) {
    const rounded = Number(value.toPrecision(3));
    bucket.values.set(rounded, (bucket.values.get(rounded) ?? 0) + count);
  }
}

/** Adds a statistic set; its percentiles are known only where all its values are the same. */
export function addStatistics(bucket: Bucket, set: Omit<Bucket, 'values'>): void {
  if (set.min === set.max) addValue(bucket, set.min, set.count);
  else {
    addTotals(bucket, set);
    bucket.values = undefined;
  }
}

export function addBucket(bucket: Bucket, other: Readonly<Bucket>): void {
  addTotals(bucket, other);
  if (!other.values) bucket.values = undefined;
  if (!bucket.values || !other.values) return;
  for (const [value, count] of other.values) {
    bucket.values.set(value, (bucket.values.get(value) ?? 0) + count);
  }
}

function addTotals(bucket: Bucket, added: Omit<Bucket, 'values'>): void {
  bucket.count += added.count;
  bucket.sum += added.sum;
  bucket.min = Math.min(bucket.min, added.min);
  bucket.max = Math.max(bucket.max, added.max);
}

/** The value that `percent` of the values do not exceed (0 to 100); undefined where single values are not known. */
export function percentile(bucket: Readonly<Bucket>, percent: number): number | undefined {
  if (!bucket.values || bucket.count === 0) return undefined;
  const rank = Math.max(1, (percent / 100) * bucket.count);
  let seen = 0;
  for (const [value, count] of [...bucket.values].sort(([a], [b]) => a - b)) {
    seen += count;
    // A tolerance, because 0.95 × 20 is not exactly 19 in binary.
    if (seen >= rank - 1e-9) return Math.min(Math.max(value, bucket.min), bucket.max);
  }
  return bucket.max;
}

/** The mean of the values between two percentiles. */
export function trimmedMean(bucket: Readonly<Bucket>, from: number, to: number): number | undefined {
  if (!bucket.values || bucket.count === 0) return undefined;
  const first = (from / 100) * bucket.count;
  const last = (to / 100) * bucket.count;
  let seen = 0;
  let sum = 0;
  let taken = 0;
  for (const [value, count] of [...bucket.values].sort(([a], [b]) => a - b)) {
    const inside = Math.min(seen + count, last) - Math.max(seen, first);
    if (inside > 0) {
      sum += value * inside;
      taken += inside;
    }
    seen += count;
  }
  return taken > 0 ? sum / taken : undefined;
}
