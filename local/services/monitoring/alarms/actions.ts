/** What an alarm does when its state changes: an event on the default bus, messages to topics, calls of functions. */
import type { EventsPort } from '../../../ports.ts';
import type { World } from '../../../service.ts';
import { alarmArn, dimensionList } from '../model.ts';
import type { AlarmRecord, AlarmState, MetricAlarmRecord } from './model.ts';

/** Actions that the embedded AWS can carry out; PutMetricAlarm refuses the others. */
export function isAction(arn: string): boolean {
  return /^arn:aws:(sns|lambda):/.test(arn);
}

export async function actionOf(
  world: World,
  action: string,
  record: AlarmRecord,
  previous: AlarmState,
): Promise<void> {
  if (action.includes(':lambda:')) {
    const answer = await world.ports.lambda.invoke(action, lambdaEvent(world, record, previous));
    if (answer.functionError) throw new Error(`The function failed: ${JSON.stringify(answer.payload)}`);
    return;
  }
  const message = {
    TopicArn: action,
    Subject: `${record.state.value}: "${record.name}" in ${world.region}`.slice(0, 100),
    Message: JSON.stringify(snsMessage(world, record, previous)),
  };
  // A topic's policy lets CloudWatch publish; as nothing here stands for that policy, the account itself does it.
  await world.ports.dispatch.call('sns', 'Publish', message, { arn: `arn:aws:iam::${world.account}:root` });
}

export function alarmEvent(
  world: World,
  record: AlarmRecord,
  previous: AlarmState,
): Parameters<EventsPort['emit']>[0] {
  return {
    source: 'aws.cloudwatch',
    detailType: 'CloudWatch Alarm State Change',
    resources: [alarmArn(world, record.name)],
    detail: detailOf(record, previous),
  };
}

function lambdaEvent(world: World, record: AlarmRecord, previous: AlarmState) {
  return {
    source: 'aws.cloudwatch',
    alarmArn: alarmArn(world, record.name),
    accountId: world.account,
    time: eventTime(record.state.updated),
    region: world.region,
    alarmData: detailOf(record, previous),
  };
}

function detailOf(record: AlarmRecord, previous: AlarmState) {
  return {
    alarmName: record.name,
    state: eventState(record.state),
    previousState: eventState(previous),
    configuration: {
      ...(record.description === undefined ? {} : { description: record.description }),
      ...(record.kind === 'composite' ? { alarmRule: record.rule } : { metrics: eventMetrics(record) }),
    },
  };
}

function eventState(state: AlarmState) {
  return {
    value: state.value,
    reason: state.reason,
    ...(state.reasonData === undefined ? {} : { reasonData: state.reasonData }),
    timestamp: eventTime(state.updated),
  };
}

function eventMetrics(record: MetricAlarmRecord): object[] {
  if (record.metric) {
    const { namespace, name, dimensions, period, stat } = record.metric;
    return [
      { id: 'm1', metricStat: { metric: { namespace, name, dimensions }, period, stat }, returnData: true },
    ];
  }
  return (record.queries ?? []).map((query) => ({
    id: query.Id,
    ...(query.Expression === undefined ? {} : { expression: query.Expression }),
    ...(query.MetricStat
      ? {
          metricStat: {
            metric: {
              namespace: query.MetricStat.Metric?.Namespace,
              name: query.MetricStat.Metric?.MetricName,
              dimensions: Object.fromEntries(
                (query.MetricStat.Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]),
              ),
            },
            period: query.MetricStat.Period,
            stat: query.MetricStat.Stat,
          },
        }
      : {}),
    returnData: query.ReturnData ?? true,
  }));
}

function snsMessage(world: World, record: AlarmRecord, previous: AlarmState) {
  return {
    AlarmName: record.name,
    AlarmDescription: record.description ?? null,
    AWSAccountId: world.account,
    AlarmConfigurationUpdatedTimestamp: eventTime(record.configured),
    NewStateValue: record.state.value,
    NewStateReason: record.state.reason,
    StateChangeTime: eventTime(record.state.updated),
    Region: world.region,
    AlarmArn: alarmArn(world, record.name),
    OldStateValue: previous.value,
    OKActions: record.okActions,
    AlarmActions: record.alarmActions,
    InsufficientDataActions: record.insufficientDataActions,
    ...(record.kind === 'composite' ? { AlarmRule: record.rule } : { Trigger: trigger(record) }),
  };
}

function trigger(record: MetricAlarmRecord) {
  return {
    ...(record.metric
      ? {
          MetricName: record.metric.name,
          Namespace: record.metric.namespace,
          StatisticType: record.metric.stat.startsWith('p') ? 'ExtendedStatistic' : 'Statistic',
          Statistic: record.metric.stat.toUpperCase(),
          Unit: record.metric.unit ?? null,
          Dimensions: dimensionList(record.metric.dimensions).map(({ Name, Value }) => ({
            name: Name,
            value: Value,
          })),
          Period: record.metric.period,
        }
      : { Metrics: record.queries }),
    EvaluationPeriods: record.evaluationPeriods,
    DatapointsToAlarm: record.datapointsToAlarm,
    ComparisonOperator: record.comparison,
    Threshold: record.threshold,
    TreatMissingData: record.treatMissingData ?? '',
    EvaluateLowSampleCountPercentile: '',
  };
}

function eventTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '+0000');
}
