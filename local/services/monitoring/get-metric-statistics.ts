/** GetMetricStatistics and ListMetrics. */
import type {
  Datapoint,
  GetMetricStatisticsCommandInput,
  ListMetricsCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import { aligned } from './get-metric-data.ts';
import { parseStatistic } from './metrics/statistic.ts';
import type { MetricStore } from './metrics/store.ts';
import { dimensionList, dimensionsOf, invalidToken, invalidValue, isPeriod } from './model.ts';

const MOST_DATAPOINTS = 1440;
const METRICS_A_PAGE = 500;
const RECENT_S = 3 * 3600;

export function getMetricStatisticsOperation(
  metrics: MetricStore,
): Operation<GetMetricStatisticsCommandInput> {
  return operation<GetMetricStatisticsCommandInput, object>(
    'GetMetricStatistics',
    [
      'Namespace',
      'MetricName',
      'Dimensions',
      'StartTime',
      'EndTime',
      'Period',
      'Statistics',
      'ExtendedStatistics',
      'Unit',
    ],
    {
      permissions: () => [{ action: 'cloudwatch:GetMetricStatistics', resource: '*' }],
      run(input) {
        const period = input.Period ?? 0;
        if (!isPeriod(period))
          throw invalidValue('The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.');
        const from = aligned(Math.floor((input.StartTime?.getTime() ?? 0) / 1000), period);
        const to = Math.floor((input.EndTime?.getTime() ?? 0) / 1000);
        if (from >= to)
          throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
        checkCount(Math.ceil((to - from) / period));
        const simple = input.Statistics ?? [];
        const extended = input.ExtendedStatistics ?? [];
        if (simple.length + extended.length === 0) {
          throw new AwsError(
            'InvalidParameterCombinationException',
            'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
          );
        }
        const parsed = new Map(
          [...simple, ...extended].map((name) => [
            name,
            parseStatistic(name, 'Statistics', 'GetMetricStatistics'),
          ]),
        );
        const name = {
          namespace: input.Namespace ?? '',
          name: input.MetricName ?? '',
          dimensions: dimensionsOf(input.Dimensions),
        };
        const datapoints = metrics
          .periods(name, from, to, period, input.Unit)
          .map(({ start, unit, bucket }) => {
            const value = (statistic: string) => parsed.get(statistic)?.(bucket);
            return {
              Timestamp: new Date(start * 1000),
              Unit: unit as Datapoint['Unit'],
              ...Object.fromEntries(simple.map((statistic) => [statistic, value(statistic)])),
              ...(extended.length > 0
                ? {
                    ExtendedStatistics: Object.fromEntries(
                      extended.flatMap((each) => pair(each, value(each))),
                    ),
                  }
                : {}),
            };
          });
        return { Label: input.MetricName, Datapoints: datapoints };
      },
    },
  );
}

function pair(name: string, value: number | undefined): [string, number][] {
  return value === undefined ? [] : [[name, value]];
}

function checkCount(count: number): void {
  if (count <= MOST_DATAPOINTS) return;
  throw new AwsError(
    'InvalidParameterCombinationException',
    `You have requested up to ${count.toLocaleString('en-US')} datapoints, which exceeds the limit of 1,440. ` +
      'You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
  );
}

export function listMetricsOperation(world: World, metrics: MetricStore): Operation<ListMetricsCommandInput> {
  return operation<ListMetricsCommandInput, object>(
    'ListMetrics',
    ['Namespace', 'MetricName', 'Dimensions', 'NextToken', 'RecentlyActive'],
    {
      permissions: () => [{ action: 'cloudwatch:ListMetrics', resource: '*' }],
      run(input) {
        const since = input.RecentlyActive ? world.clock.now() / 1000 - RECENT_S : 0;
        const found = metrics
          .all()
          .filter((metric) => input.Namespace === undefined || metric.namespace === input.Namespace)
          .filter((metric) => input.MetricName === undefined || metric.name === input.MetricName)
          .filter((metric) =>
            (input.Dimensions ?? []).every(({ Name, Value }) => {
              const value = metric.dimensions[Name ?? ''];
              return value !== undefined && (Value === undefined || Value === value);
            }),
          )
          .filter((metric) => [...metric.units.values()].some((series) => series.last >= since))
          .map((metric) => ({
            Namespace: metric.namespace,
            MetricName: metric.name,
            Dimensions: dimensionList(metric.dimensions),
          }));
        const { items, nextToken } = page(found, input.NextToken, METRICS_A_PAGE, invalidToken);
        return { Metrics: items, NextToken: nextToken };
      },
    },
  );
}
