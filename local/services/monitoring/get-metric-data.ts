/** GetMetricData: many metrics and expressions at once. */
import type { GetMetricDataCommandInput, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { operation } from '../../operation.ts';
import { type Operation, unsupported } from '../../service.ts';
import { evaluateQueries, type MetricQuery, periodOf, type Source } from './math/evaluate.ts';
import { type Series, seriesOf } from './math/value.ts';
import { parseStatistic } from './metrics/statistic.ts';
import type { MetricStore } from './metrics/store.ts';
import { invalidToken, metricQueries, validation } from './model.ts';

const MOST_DATAPOINTS = 100_800;

export function getMetricDataOperation(metrics: MetricStore): Operation<GetMetricDataCommandInput> {
  return operation<GetMetricDataCommandInput, object>(
    'GetMetricData',
    ['MetricDataQueries', 'StartTime', 'EndTime', 'NextToken', 'ScanBy', 'MaxDatapoints', 'LabelOptions'],
    {
      permissions: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],
      run(input) {
        const from = seconds(input.StartTime);
        const to = seconds(input.EndTime);
        if (from >= to) throw validation('The parameter EndTime must be greater than StartTime.');
        if (input.LabelOptions?.Timezone !== undefined)
          throw unsupported('GetMetricData', 'LabelOptions.Timezone');
        const queries = metricQueries('GetMetricData', input.MetricDataQueries ?? []);
        if (!queries.some((query) => query.returnData)) {
          throw validation('At least one of the queries must have ReturnData set to true.');
        }
        const values = evaluateQueries('GetMetricData', queries, source('GetMetricData', metrics, from, to));
        const results = queries
          .filter((query) => query.returnData)
          .flatMap((query) => resultsOf(query, values.get(query.id), queries));
        const descending = input.ScanBy !== 'TimestampAscending';
        return cutPage(
          results.map((result) => answer(result, descending)),
          input.NextToken,
          Math.min(input.MaxDatapoints ?? MOST_DATAPOINTS, MOST_DATAPOINTS),
        );
      },
    },
  );
}

/** Periods are aligned to whole minutes, or to themselves where they are shorter. */
export function aligned(from: number, period: number): number {
  return from - (from % Math.min(period, 60));
}

/** The metrics between two times (seconds; the end exclusive), for expressions. */
export function source(operationName: string, metrics: MetricStore, from: number, to: number): Source {
  return {
    fetch(metric) {
      const statistic = parseStatistic(metric.stat, 'Stat', operationName);
      const periods = metrics.periods(metric, aligned(from, metric.period), to, metric.period, metric.unit);
      return new Map(
        periods.flatMap(({ start, bucket }) => {
          const value = statistic(bucket);
          return value === undefined ? [] : [[start, value] as const];
        }),
      );
    },
    grid(period) {
      const starts: number[] = [];
      for (let at = aligned(from, period); at < to; at += period) starts.push(at);
      return { starts, period };
    },
  };
}

interface Result {
  readonly id: string;
  readonly label: string;
  readonly series: Series;
}

function resultsOf(
  query: MetricQuery,
  value: ReturnType<ReturnType<typeof evaluateQueries>['get']>,
  queries: readonly MetricQuery[],
): Result[] {
  if (!value || value.kind === 'scalar') {
    throw validation(
      `Error in expression '${query.id}': the result is a scalar of period ${periodOf(queries, query)}, not a time series`,
    );
  }
  const own = query.label ?? query.metric?.name ?? query.id;
  return seriesOf(value).map((series) => ({
    id: query.id,
    label: value.kind === 'list' ? [query.label, series.label].filter(Boolean).join(' ') : own,
    series,
  }));
}

function answer({ id, label, series }: Result, descending: boolean): MetricDataResult {
  const points = [...series.points].sort(([a], [b]) => (descending ? b - a : a - b));
  return {
    Id: id,
    Label: label,
    Timestamps: points.map(([at]) => new Date(at * 1000)),
    Values: points.map(([, value]) => value),
    StatusCode: 'Complete',
  };
}

/** At most so many points in one answer; the token says how many have been given. */
function cutPage(results: readonly MetricDataResult[], token: string | undefined, most: number) {
  let skip = token === undefined ? 0 : offsetOf(token);
  let left = most;
  const given = skip;
  const total = results.reduce((sum, result) => sum + (result.Values?.length ?? 0), 0);
  const cut = results.map((result) => {
    const size = result.Values?.length ?? 0;
    const start = Math.min(skip, size);
    const end = Math.min(start + left, size);
    skip -= start;
    left -= end - start;
    return {
      ...result,
      Timestamps: result.Timestamps?.slice(start, end),
      Values: result.Values?.slice(start, end),
      StatusCode: end < size ? ('PartialData' as const) : ('Complete' as const),
    };
  });
  const more = given + most < total;
  return {
    MetricDataResults: cut,
    Messages: [],
    ...(more ? { NextToken: Buffer.from(`points:${given + most}`).toString('base64url') } : {}),
  };
}

function offsetOf(token: string): number {
  const found = /^points:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!found) throw invalidToken();
  return Number(found[1]);
}

function seconds(time: Date | undefined): number {
  return Math.floor((time?.getTime() ?? 0) / 1000);
}
