/**
 * Metrics on disk: a file a day, a JSON line for what was added to a metric in a second. A start reads them all and
 * writes them anew, each metric's minute once, so that they stay small.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { addBucket, type Bucket, emptyBucket } from './bucket.ts';
import { type AllMetrics, KEPT_SECONDS, type MetricName, metricKey } from './series.ts';

/** Lines are gathered this long before they reach the disk; a crash loses at most this. The disk knows no virtual clock. */
const WRITE_DELAY_MS = 500;

/** `[namespace, name, [[dimension, value], …], unit, second, count, sum, min, max, [[value, count], …] or 0]` */
type Line = [
  namespace: string,
  name: string,
  dimensions: [string, string][],
  unit: string,
  second: number,
  count: number,
  sum: number,
  min: number,
  max: number,
  values: [number, number][] | 0,
];

interface Pending {
  readonly name: MetricName;
  readonly unit: string;
  readonly second: number;
  readonly bucket: Bucket;
}

export class Archive {
  private readonly folder: string;
  private readonly pending = new Map<string, Pending>();
  private timer: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Fills `metrics` with what earlier starts kept, and tidies the files. */
  load(metrics: AllMetrics, now: number): void {
    if (!existsSync(this.folder)) return;
    for (const file of readdirSync(this.folder).sort()) {
      const path = join(this.folder, file);
      if (!/^\d{4}-\d{2}-\d{2}\.jsonl$/.test(file)) continue;
      if (file < dayFile(now - KEPT_SECONDS)) rmSync(path);
      else for (const line of readLines(path)) addLine(metrics, line, now);
    }
    const days = new Map<string, string[]>();
    for (const { metric, unit, at, bucket } of metrics.buckets()) {
      const file = dayFile(at);
      const lines = days.get(file) ?? [];
      lines.push(formatLine(metric, unit, at, bucket));
      days.set(file, lines);
    }
    for (const [file, lines] of days) {
      const next = join(this.folder, `${file}.next`);
      writeFileSync(next, lines.join(''));
      renameSync(next, join(this.folder, file));
    }
  }

  /** The bucket to which this second's additions go until they are written. */
  pendingBucket(name: MetricName, unit: string, second: number): Bucket {
    const key = `${second} ${unit} ${metricKey(name)}`;
    let pending = this.pending.get(key);
    if (!pending) {
      pending = { name, unit, second, bucket: emptyBucket() };
      this.pending.set(key, pending);
    }
    this.timer ??= setTimeout(() => this.flush(), WRITE_DELAY_MS);
    return pending.bucket;
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending.size === 0) return;
    mkdirSync(this.folder, { recursive: true });
    const days = new Map<string, string>();
    for (const { name, unit, second, bucket } of this.pending.values()) {
      const file = dayFile(second);
      days.set(file, (days.get(file) ?? '') + formatLine(name, unit, second, bucket));
    }
    this.pending.clear();
    for (const [file, text] of days) appendFileSync(join(this.folder, file), text);
  }
}

function dayFile(second: number): string {
  return `${new Date(second * 1000).toISOString().slice(0, 10)}.jsonl`;
}

function formatLine(name: MetricName, unit: string, second: number, bucket: Bucket): string {
  const { count, sum, min, max, values } = bucket;
  const line: Line = [
    name.namespace,
    name.name,
    Object.entries(name.dimensions),
    unit,
    second,
    count,
    sum,
    min,
    max,
    values ? [...values] : 0,
  ];
  return `${JSON.stringify(line)}\n`;
}

/** A line that a kill cut off is left out. */
function readLines(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Line];
      } catch {
        return [];
      }
    });
}

function addLine(metrics: AllMetrics, line: Line, now: number): void {
  const [namespace, name, dimensions, unit, second, count, sum, min, max, values] = line;
  const metric = { namespace, name, dimensions: Object.fromEntries(dimensions) };
  const bucket = metrics.bucket(metric, unit, second, now);
  addBucket(bucket, { count, sum, min, max, values: values === 0 ? undefined : new Map(values) });
}
