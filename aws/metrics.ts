/** CloudWatch metrics: series for questions, and what a namespace of the user's holds. */
import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataResult,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch';
import { type Axis, type MetricQuestion, type Series, seriesOf } from '../core/metrics.ts';

/** One series a question, in their order. */
export async function readSeries(
  cloudwatch: CloudWatchClient,
  questions: readonly MetricQuestion[],
  axis: Axis,
): Promise<Series[]> {
  const points = new Map<string, { at: number; value: number }[]>();
  // GetMetricData takes at most 500 queries, and answers in pages.
  for (let from = 0; from < questions.length; from += 500) {
    let token: string | undefined;
    do {
      const page = await cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(axis.from),
          EndTime: new Date(axis.from + axis.periods * axis.periodSeconds * 1000),
          ScanBy: 'TimestampAscending',
          MetricDataQueries: questions.slice(from, from + 500).map((question) => ({
            Id: question.id,
            MetricStat: {
              Metric: {
                Namespace: question.namespace,
                MetricName: question.name,
                Dimensions: Object.entries(question.dimensions).map(([Name, Value]) => ({ Name, Value })),
              },
              Period: axis.periodSeconds,
              Stat: question.statistic,
            },
          })),
          ...(token && { NextToken: token }),
        }),
      );
      for (const result of page.MetricDataResults ?? []) gather(points, result);
      token = page.NextToken;
    } while (token);
  }
  return questions.map((question) => seriesOf(question, axis, points.get(question.id) ?? []));
}

function gather(points: Map<string, { at: number; value: number }[]>, result: MetricDataResult): void {
  const known = points.get(result.Id ?? '') ?? [];
  for (const [index, at] of (result.Timestamps ?? []).entries())
    known.push({ at: at.getTime(), value: result.Values?.[index] ?? 0 });
  points.set(result.Id ?? '', known);
}

export interface NamedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Metrics of a namespace that got data within the last three hours. */
export async function recentMetrics(
  cloudwatch: CloudWatchClient,
  namespace: string,
  most: number,
): Promise<NamedMetric[]> {
  const found: NamedMetric[] = [];
  const pages = paginateListMetrics({ client: cloudwatch }, { Namespace: namespace, RecentlyActive: 'PT3H' });
  for await (const page of pages) {
    for (const { MetricName = '', Dimensions = [] } of page.Metrics ?? []) {
      const dimensions = Object.fromEntries(Dimensions.map(({ Name = '', Value = '' }) => [Name, Value]));
      found.push({ namespace, name: MetricName, dimensions });
      if (found.length === most) return found;
    }
  }
  return found;
}
