/** DescribeAlarms, DescribeAlarmsForMetric and DescribeAlarmHistory. */
import type {
  AlarmType,
  CompositeAlarm,
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmsCommandInput,
  DescribeAlarmsForMetricCommandInput,
  MetricAlarm,
  Statistic,
} from '@aws-sdk/client-cloudwatch';
import { operation, page } from '../../../operation.ts';
import { AwsError, type Operation, type World } from '../../../service.ts';
import { metricKey } from '../metrics/series.ts';
import { alarmArn, dimensionList, dimensionsOf, invalidToken, invalidValue } from '../model.ts';
import type { Alarms } from './alarms.ts';
import type { AlarmRecord, CompositeAlarmRecord, MetricAlarmRecord } from './model.ts';

export function describeAlarmOperations(world: World, alarms: Alarms): Record<string, Operation> {
  // AWS asks for these as a whole: a policy that names single alarms does not allow them.
  const onAll = (action: string) => () => [
    { action: `cloudwatch:${action}`, resource: alarmArn(world, '*') },
  ];

  return {
    DescribeAlarms: operation<DescribeAlarmsCommandInput, object>(
      'DescribeAlarms',
      [
        'AlarmNames',
        'AlarmNamePrefix',
        'AlarmTypes',
        'StateValue',
        'ActionPrefix',
        'MaxRecords',
        'NextToken',
      ],
      {
        permissions: onAll('DescribeAlarms'),
        run(input) {
          if (input.AlarmNames && input.AlarmNamePrefix !== undefined) {
            throw new AwsError(
              'InvalidParameterCombinationException',
              'AlarmNames and AlarmNamePrefix cannot be specified together.',
            );
          }
          const types: AlarmType[] = input.AlarmTypes ?? ['MetricAlarm'];
          const found = alarms
            .all()
            .filter((alarm) => types.includes(alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm'))
            .filter((alarm) => !input.AlarmNames || input.AlarmNames.includes(alarm.name))
            .filter((alarm) => alarm.name.startsWith(input.AlarmNamePrefix ?? ''))
            .filter((alarm) => input.StateValue === undefined || alarm.state.value === input.StateValue)
            .filter((alarm) => hasAction(alarm, input.ActionPrefix));
          const { items, nextToken } = page(found, input.NextToken, most(input.MaxRecords, 50), invalidToken);
          return {
            MetricAlarms: items.flatMap((alarm) => (alarm.kind === 'metric' ? [describeMetric(alarm)] : [])),
            CompositeAlarms: items.flatMap((alarm) =>
              alarm.kind === 'composite' ? [describeComposite(alarm)] : [],
            ),
            NextToken: nextToken,
          };
        },
      },
    ),

    DescribeAlarmsForMetric: operation<DescribeAlarmsForMetricCommandInput, object>(
      'DescribeAlarmsForMetric',
      ['MetricName', 'Namespace', 'Statistic', 'ExtendedStatistic', 'Dimensions', 'Period', 'Unit'],
      {
        permissions: () => [{ action: 'cloudwatch:DescribeAlarmsForMetric', resource: '*' }],
        run(input) {
          const key = metricKey({
            namespace: input.Namespace ?? '',
            name: input.MetricName ?? '',
            dimensions: dimensionsOf(input.Dimensions),
          });
          const stat = input.Statistic ?? input.ExtendedStatistic;
          const found = alarms
            .all()
            .filter((alarm): alarm is MetricAlarmRecord => alarm.kind === 'metric')
            .filter(({ metric }) => metric && metricKey(metric) === key)
            .filter(({ metric }) => stat === undefined || metric?.stat === stat)
            .filter(({ metric }) => input.Period === undefined || metric?.period === input.Period)
            .filter(({ metric }) => input.Unit === undefined || metric?.unit === input.Unit);
          return { MetricAlarms: found.map(describeMetric) };
        },
      },
    ),

    DescribeAlarmHistory: operation<DescribeAlarmHistoryCommandInput, object>(
      'DescribeAlarmHistory',
      [
        'AlarmName',
        'AlarmTypes',
        'HistoryItemType',
        'StartDate',
        'EndDate',
        'MaxRecords',
        'NextToken',
        'ScanBy',
      ],
      {
        permissions: onAll('DescribeAlarmHistory'),
        run(input) {
          const types: AlarmType[] = input.AlarmTypes ?? ['MetricAlarm'];
          const found = alarms
            .all()
            .filter((alarm) => input.AlarmName === undefined || alarm.name === input.AlarmName)
            .map(
              (alarm) =>
                ({ alarm, type: alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm' }) as const,
            )
            .filter(({ type }) => types.includes(type))
            .flatMap(({ alarm, type }) =>
              alarms.historyOf(alarm.name).map((item) => ({ ...item, kind: type })),
            )
            .filter((item) => input.HistoryItemType === undefined || item.type === input.HistoryItemType)
            .filter((item) => item.at >= (input.StartDate?.getTime() ?? 0))
            .filter((item) => item.at <= (input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY))
            .sort((a, b) => a.at - b.at);
          if (input.ScanBy !== 'TimestampAscending') found.reverse();
          const { items, nextToken } = page(found, input.NextToken, most(input.MaxRecords, 50), invalidToken);
          return {
            AlarmHistoryItems: items.map((item) => ({
              AlarmName: item.alarm,
              AlarmType: item.kind,
              Timestamp: new Date(item.at),
              HistoryItemType: item.type,
              HistorySummary: item.summary,
              HistoryData: item.data,
            })),
            NextToken: nextToken,
          };
        },
      },
    ),
  };

  function describe(alarm: AlarmRecord) {
    return {
      AlarmName: alarm.name,
      AlarmArn: alarmArn(world, alarm.name),
      AlarmDescription: alarm.description,
      AlarmConfigurationUpdatedTimestamp: new Date(alarm.configured),
      ActionsEnabled: alarm.actionsEnabled,
      OKActions: [...alarm.okActions],
      AlarmActions: [...alarm.alarmActions],
      InsufficientDataActions: [...alarm.insufficientDataActions],
      StateValue: alarm.state.value,
      StateReason: alarm.state.reason,
      StateReasonData: alarm.state.reasonData,
      StateUpdatedTimestamp: new Date(alarm.state.updated),
      StateTransitionedTimestamp: new Date(alarm.state.transitioned),
    };
  }

  function describeMetric(alarm: MetricAlarmRecord): MetricAlarm {
    const { metric } = alarm;
    const extended = metric && /^(p|tm)\d/.test(metric.stat);
    return {
      ...describe(alarm),
      ...(metric
        ? {
            MetricName: metric.name,
            Namespace: metric.namespace,
            ...(extended ? { ExtendedStatistic: metric.stat } : { Statistic: metric.stat as Statistic }),
            Dimensions: dimensionList(metric.dimensions),
            Period: metric.period,
            Unit: metric.unit as MetricAlarm['Unit'],
          }
        : { Metrics: [...(alarm.queries ?? [])] }),
      EvaluationPeriods: alarm.evaluationPeriods,
      DatapointsToAlarm: alarm.datapointsToAlarm,
      Threshold: alarm.threshold,
      ComparisonOperator: alarm.comparison as MetricAlarm['ComparisonOperator'],
      TreatMissingData: alarm.treatMissingData,
    };
  }

  function describeComposite(alarm: CompositeAlarmRecord): CompositeAlarm {
    return { ...describe(alarm), AlarmRule: alarm.rule };
  }
}

function hasAction(alarm: AlarmRecord, prefix: string | undefined): boolean {
  if (prefix === undefined) return true;
  return [...alarm.okActions, ...alarm.alarmActions, ...alarm.insufficientDataActions].some((action) =>
    action.startsWith(prefix),
  );
}

function most(given: number | undefined, otherwise: number): number {
  const records = given ?? otherwise;
  if (records < 1 || records > 100)
    throw invalidValue(`The value ${records} for parameter MaxRecords is invalid.`);
  return records;
}
