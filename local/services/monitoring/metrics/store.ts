/** The metrics of one world: memory to ask, files to survive a restart. */
import { join } from 'node:path';
import type { Datum, Statistics } from '../../../ports.ts';
import type { World } from '../../../service.ts';
import { Archive } from './archive.ts';
import { addStatistics, addValue, type Bucket } from './bucket.ts';
import { AllMetrics, type Metric, type MetricName, type Period } from './series.ts';

/** What PutMetricData says of one metric at one time. */
export interface Measurement extends MetricName {
  readonly unit: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly values: readonly { readonly value: number; readonly count: number }[];
  readonly set?: Omit<Bucket, 'values'>;
}

export class MetricStore {
  private readonly world: World;
  private readonly metrics = new AllMetrics();
  private readonly archive: Archive;
  private closed = false;

  constructor(world: World) {
    this.world = world;
    this.archive = new Archive(join(world.folder, 'metrics'));
    // A world that is thrown away has nothing to find and nothing to keep.
    if (world.volatile) this.closed = true;
    else this.archive.load(this.metrics, this.now());
  }

  add(measurement: Measurement): void {
    const second = Math.floor(measurement.at / 1000);
    const buckets = [this.metrics.bucket(measurement, measurement.unit, second, this.now())];
    if (!this.closed) buckets.push(this.archive.pendingBucket(measurement, measurement.unit, second));
    for (const bucket of buckets) {
      for (const { value, count } of measurement.values) addValue(bucket, value, count);
      if (measurement.set) addStatistics(bucket, measurement.set);
    }
  }

  put(data: readonly Datum[]): void {
    for (const { namespace, name, dimensions, value, unit, at } of data) {
      if (!Number.isFinite(value)) continue;
      this.add({
        namespace,
        name,
        dimensions,
        unit,
        at: at ?? this.world.clock.now(),
        values: [{ value, count: 1 }],
      });
    }
  }

  /** Seconds since the epoch; `to` is exclusive. */
  periods(name: MetricName, from: number, to: number, length: number, unit?: string): Period[] {
    return this.metrics.periods(name, from, to, length, unit);
  }

  /** Milliseconds since the epoch, rounded outwards to whole seconds. */
  statistics(name: MetricName, from: number, to: number): Statistics | undefined {
    const start = Math.floor(from / 1000);
    const length = Math.max(1, Math.ceil(to / 1000) - start);
    const found = this.periods(name, start, start + 1, length)[0]?.bucket;
    return found && { count: found.count, sum: found.sum, minimum: found.min, maximum: found.max };
  }

  all(): Metric[] {
    return this.metrics.all();
  }

  /** Writes what has not been written yet. What services that end later still put is not kept. */
  close(): void {
    this.closed = true;
    this.archive.flush();
  }

  private now(): number {
    return Math.floor(this.world.clock.now() / 1000);
  }
}
