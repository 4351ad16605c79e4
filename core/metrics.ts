/**
 * Which CloudWatch metrics say how a service is. `check`, `watch metrics` and the console ask for the same ones, so
 * that a figure has one meaning wherever it is shown.
 */

/** What a service's metrics are filed under; null where it has no such part. */
export interface MetricPlace {
  readonly cluster: string;
  readonly ecsService: string;
  /** `app/backend-production/50dc6c495c0c9188`, as the dimension wants it. */
  readonly loadBalancer: string | null;
  /** `targetgroup/backend/73e2d6bc24d8a067`. */
  readonly targetGroup: string | null;
  readonly databaseInstance: string | null;
}

export type MetricUnit = 'percent' | 'count' | 'per second' | 'milliseconds' | 'none';

export interface MetricQuestion {
  /** Lower case letter first, as GetMetricData wants its ids. */
  readonly id: string;
  readonly label: string;
  readonly unit: MetricUnit;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  /** What a value is multiplied with for its unit; `perSecond` divides by the period as well. */
  readonly factor?: number;
  readonly perSecond?: boolean;
  /** Whether no datum means nothing happened, rather than that nothing is known. */
  readonly zeroIfAbsent?: boolean;
}

/** The standard metrics, in the order in which they are shown. */
export function questionsOf(place: MetricPlace): MetricQuestion[] {
  const service = { ClusterName: place.cluster, ServiceName: place.ecsService };
  const questions: MetricQuestion[] = [];
  if (place.loadBalancer && place.targetGroup) {
    const both = { LoadBalancer: place.loadBalancer, TargetGroup: place.targetGroup };
    const door = { namespace: 'AWS/ApplicationELB', dimensions: both };
    const count = {
      ...door,
      unit: 'per second',
      statistic: 'Sum',
      perSecond: true,
      zeroIfAbsent: true,
    } as const;
    const latency = { ...door, name: 'TargetResponseTime', unit: 'milliseconds', factor: 1000 } as const;
    questions.push(
      { id: 'requests', label: 'requests', name: 'RequestCount', ...count },
      { id: 'errors4xx', label: '4xx', name: 'HTTPCode_Target_4XX_Count', ...count },
      { id: 'errors5xx', label: '5xx', name: 'HTTPCode_Target_5XX_Count', ...count },
      { id: 'p50', label: 'latency p50', statistic: 'p50', ...latency },
      { id: 'p95', label: 'latency p95', statistic: 'p95', ...latency },
      { id: 'p99', label: 'latency p99', statistic: 'p99', ...latency },
    );
  }
  const ecs = { namespace: 'AWS/ECS', dimensions: service, unit: 'percent' } as const;
  questions.push(
    { id: 'cpu', label: 'cpu', name: 'CPUUtilization', statistic: 'Average', ...ecs },
    { id: 'memory', label: 'memory', name: 'MemoryUtilization', statistic: 'Maximum', ...ecs },
  );
  if (place.databaseInstance) {
    questions.push({
      id: 'connections',
      label: 'connections',
      unit: 'count',
      namespace: 'AWS/RDS',
      name: 'DatabaseConnections',
      dimensions: { DBInstanceIdentifier: place.databaseInstance },
      statistic: 'Maximum',
    });
  }
  return questions;
}

/** A metric of the user's own namespace, as ListMetrics names it. */
export function customQuestion(
  index: number,
  metric: { namespace: string; name: string; dimensions: Readonly<Record<string, string>> },
): MetricQuestion {
  return {
    id: `custom${index}`,
    label: metric.name,
    unit: 'none',
    statistic: 'Sum',
    zeroIfAbsent: true,
    ...metric,
  };
}

/** Values on an even axis; null where nothing is known. */
export interface Series extends Pick<MetricQuestion, 'id' | 'label' | 'unit'> {
  readonly values: readonly (number | null)[];
}

export interface Axis {
  /** Epoch milliseconds of the first period's beginning. */
  readonly from: number;
  readonly periodSeconds: number;
  readonly periods: number;
}

/** Puts data points onto the axis; CloudWatch leaves out periods in which nothing was put. */
export function seriesOf(
  question: MetricQuestion,
  axis: Axis,
  points: readonly { readonly at: number; readonly value: number }[],
): Series {
  const values: (number | null)[] = Array.from({ length: axis.periods }, () =>
    question.zeroIfAbsent ? 0 : null,
  );
  const factor = (question.factor ?? 1) / (question.perSecond ? axis.periodSeconds : 1);
  for (const { at, value } of points) {
    const index = Math.floor((at - axis.from) / (axis.periodSeconds * 1000));
    if (index >= 0 && index < axis.periods) values[index] = value * factor;
  }
  const { id, label, unit } = question;
  return { id, label, unit, values };
}

/** The newest value that is known; null where none is. */
export function latest(series: Series | undefined): number | null {
  return series?.values.findLast((value) => value !== null) ?? null;
}

const BARS = '▁▂▃▄▅▆▇█';

/** One character a value, from 0 to the largest; a blank where nothing is known. */
export function sparkline(values: readonly (number | null)[]): string {
  const most = Math.max(...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === null) return ' ';
      if (most === 0) return BARS[0];
      return BARS[Math.min(BARS.length - 1, Math.round((value / most) * (BARS.length - 1)))];
    })
    .join('');
}

/** At most `width` values, each the largest of those that fall together: a peak is what one looks for. */
export function squeezed(values: readonly (number | null)[], width: number): (number | null)[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, index) => {
    const from = Math.floor((index * values.length) / width);
    const part = values.slice(from, Math.floor(((index + 1) * values.length) / width));
    const known = part.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
}

/** `1,204`, `41 ms`, `18 %`, `0.3 /s`: with three significant digits at most. */
export function figure(value: number | null, unit: MetricUnit): string {
  if (value === null) return 'unknown';
  const digits =
    value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(2)));
  const after = { percent: ' %', milliseconds: ' ms', 'per second': ' /s', count: '', none: '' };
  return `${digits}${after[unit]}`;
}
