/**
 * Every metric of the account. A value is kept with the second it belongs to, for an hour; then its minute is kept,
 * for 15 days, which is how CloudWatch keeps high-resolution metrics.
 */
import { addBucket, type Bucket, emptyBucket } from './bucket.ts';

export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Seconds since the epoch everywhere in this file. */
const HOUR = 3600;
const MINUTE = 60;
export const KEPT_SECONDS = 15 * 24 * HOUR;

export function metricKey({ namespace, name, dimensions }: MetricName): string {
  const pairs = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, pairs]);
}

/** One metric in one unit. */
class Series {
  readonly seconds = new Map<number, Bucket>();
  readonly minutes = new Map<number, Bucket>();
  /** The last second that has a value. */
  last = 0;

  bucket(second: number, now: number): Bucket {
    this.last = Math.max(this.last, second);
    return second < now - HOUR
      ? bucketIn(this.minutes, second - (second % MINUTE))
      : bucketIn(this.seconds, second);
  }

  /** Turns seconds that are older than an hour into minutes, and forgets what is too old. */
  age(now: number): void {
    for (const [second, bucket] of this.seconds) {
      if (second >= now - HOUR) continue;
      addBucket(bucketIn(this.minutes, second - (second % MINUTE)), bucket);
      this.seconds.delete(second);
    }
    for (const minute of this.minutes.keys()) {
      if (minute < now - KEPT_SECONDS) this.minutes.delete(minute);
    }
  }
}

function bucketIn(buckets: Map<number, Bucket>, at: number): Bucket {
  let bucket = buckets.get(at);
  if (!bucket) {
    bucket = emptyBucket();
    buckets.set(at, bucket);
  }
  return bucket;
}

export interface Metric extends MetricName {
  /** By unit, because CloudWatch never mixes two units in one statistic. */
  readonly units: Map<string, Series>;
}

/** One period of a metric: where it starts, and what was put in it. */
export interface Period {
  readonly start: number;
  readonly unit: string;
  readonly bucket: Bucket;
}

export class AllMetrics {
  private readonly metrics = new Map<string, Metric>();
  private aged = 0;

  /** The bucket of a metric's second, to add to. */
  bucket(name: MetricName, unit: string, second: number, now: number): Bucket {
    const key = metricKey(name);
    let metric = this.metrics.get(key);
    if (!metric) {
      const { namespace, name: metricName, dimensions } = name;
      metric = { namespace, name: metricName, dimensions: { ...dimensions }, units: new Map() };
      this.metrics.set(key, metric);
    }
    let series = metric.units.get(unit);
    if (!series) {
      series = new Series();
      metric.units.set(unit, series);
    }
    this.age(now);
    return series.bucket(second, now);
  }

  all(): Metric[] {
    return [...this.metrics.values()];
  }

  /**
   * The periods of `length` seconds that hold values, oldest first. They are aligned to `from`, and the last may end
   * after `to`, which is exclusive for their start. Without a unit, the unit that has values there first counts.
   */
  periods(name: MetricName, from: number, to: number, length: number, unit?: string): Period[] {
    const metric = this.metrics.get(metricKey(name));
    if (!metric) return [];
    for (const [own, series] of metric.units) {
      if (unit !== undefined && unit !== own) continue;
      const found = new Map<number, Bucket>();
      for (const buckets of [series.minutes, series.seconds]) {
        for (const [at, bucket] of buckets) {
          if (at < from) continue;
          const start = at - ((at - from) % length);
          if (start < to) addBucket(bucketIn(found, start), bucket);
        }
      }
      if (found.size === 0) continue;
      return [...found].sort(([a], [b]) => a - b).map(([start, bucket]) => ({ start, unit: own, bucket }));
    }
    return [];
  }

  /** Every bucket that is kept, for the file that a start writes anew. */
  *buckets(): Generator<{ metric: Metric; unit: string; at: number; bucket: Bucket }> {
    for (const metric of this.metrics.values()) {
      for (const [unit, series] of metric.units) {
        for (const buckets of [series.minutes, series.seconds]) {
          for (const [at, bucket] of buckets) yield { metric, unit, at, bucket };
        }
      }
    }
  }

  /** Once a minute at most. */
  private age(now: number): void {
    if (now - this.aged < MINUTE) return;
    this.aged = now;
    for (const [key, metric] of this.metrics) {
      for (const [unit, series] of metric.units) {
        series.age(now);
        if (series.last < now - KEPT_SECONDS && series.last > 0) metric.units.delete(unit);
      }
      if (metric.units.size === 0) this.metrics.delete(key);
    }
  }
}
