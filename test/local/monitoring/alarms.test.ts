import type {
  DescribeAlarmHistoryCommandOutput,
  DescribeAlarmsCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import { VirtualClock } from '../../../local/clock.ts';
import type { EventsPort } from '../../../local/ports.ts';
import type { Operation, Service } from '../../../local/service.ts';
import { create } from '../../../local/services/monitoring/service.ts';
import { bareWorld, recordingPorts } from '../events/bare-world.ts';

const START = Date.UTC(2026, 10, 24, 9, 0, 0);
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:alarms';
const call = { principal: { arn: 'arn:aws:iam::000000000000:root' }, requestId: 'r' };

async function run<Output>(service: Service, name: string, input: object): Promise<Output> {
  return (service.operations[name] as unknown as Operation<object, Output>).run(input, call);
}

function open() {
  const clock = new VirtualClock(START);
  const recording = recordingPorts(() => clock.now());
  const emitted: Parameters<EventsPort['emit']>[0][] = [];
  const world = bareWorld(
    { ...recording.ports, events: { emit: (event) => void emitted.push(event) } },
    clock,
  );
  return { clock, world, emitted, ...recording, ...running(world) };
}

function running(world: Parameters<typeof create>[0]) {
  const made = create(world);
  const alarm = (properties: Record<string, unknown>) =>
    made.service.provisioners?.['AWS::CloudWatch::Alarm']?.provision(
      {
        AlarmName: 'errors',
        Namespace: 'Test',
        MetricName: 'Errors',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: [TOPIC],
        ...properties,
      },
      { stack: 'test', logicalId: 'Alarm' },
    );
  const put = (name: string, value: number) =>
    made.ports.metrics.put([{ namespace: 'Test', name, dimensions: {}, value, unit: 'Count' }]);
  const state = async (name = 'errors') =>
    (await run<DescribeAlarmsCommandOutput>(made.service, 'DescribeAlarms', { AlarmNames: [name] }))
      .MetricAlarms?.[0]?.StateValue;
  return { ...made, alarm, put, state };
}

test('an alarm goes off after the period in which its threshold was crossed, acts once, and comes back', async () => {
  const { service, ports, clock, alarm, put, state, calls, emitted } = open();
  alarm({});
  service.start?.();
  expect(await state()).toBe('INSUFFICIENT_DATA');
  await clock.sleep(60_000);
  expect(await state()).toBe('OK');
  put('Errors', 3);
  await clock.sleep(60_000);
  expect(await state()).toBe('ALARM');
  expect(ports.metrics.inAlarm(['errors', 'others'])).toEqual(['errors']);
  await clock.sleep(5 * 60_000);
  expect(await state()).toBe('OK');
  expect(calls).toMatchObject([
    {
      service: 'sns',
      operation: 'Publish',
      input: { TopicArn: TOPIC, Subject: 'ALARM: "errors" in us-east-1' },
    },
  ]);
  expect(JSON.parse(String(calls[0]?.input['Message']))).toMatchObject({
    AlarmName: 'errors',
    NewStateValue: 'ALARM',
    OldStateValue: 'OK',
    NewStateReason: expect.stringContaining('Threshold Crossed: 1 out of the last 1 datapoints [3.0'),
    Trigger: { MetricName: 'Errors', Threshold: 1 },
  });
  expect(
    emitted.map(({ detailType, detail }) => [detailType, (detail['state'] as { value: string }).value]),
  ).toEqual([
    ['CloudWatch Alarm State Change', 'OK'],
    ['CloudWatch Alarm State Change', 'ALARM'],
    ['CloudWatch Alarm State Change', 'OK'],
  ]);
  expect(emitted[1]).toMatchObject({
    source: 'aws.cloudwatch',
    resources: ['arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors'],
    detail: { alarmName: 'errors', previousState: { value: 'OK' } },
  });
  const history = await run<DescribeAlarmHistoryCommandOutput>(service, 'DescribeAlarmHistory', {
    AlarmName: 'errors',
    HistoryItemType: 'Action',
  });
  expect(history.AlarmHistoryItems?.map((item) => item.HistorySummary)).toEqual([
    `Successfully executed action ${TOPIC}`,
  ]);
  service.stop?.();
});

test('an alarm on an expression watches what the expression gives', async () => {
  const { service, clock, alarm, put, state } = open();
  const metric = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'Test', MetricName }, Period: 60, Stat: 'Sum' },
    ReturnData: false,
  });
  alarm({
    AlarmName: 'rate',
    Namespace: undefined,
    MetricName: undefined,
    Statistic: undefined,
    Period: undefined,
    Threshold: 50,
    Metrics: [
      metric('errors', 'Errors'),
      metric('requests', 'Requests'),
      { Id: 'rate', Expression: '100 * errors / requests', ReturnData: true },
    ],
  });
  service.start?.();
  put('Errors', 1);
  put('Requests', 10);
  await clock.sleep(60_000);
  expect(await state('rate')).toBe('OK');
  put('Errors', 6);
  put('Requests', 10);
  await clock.sleep(60_000);
  expect(await state('rate')).toBe('ALARM');
  service.stop?.();
});

test('an action that fails is written into the history, and does not keep the alarm from its state', async () => {
  const { service, clock, alarm, put, state, failures } = open();
  alarm({});
  service.start?.();
  failures.push(new Error('no such topic'));
  put('Errors', 3);
  await clock.sleep(60_000);
  expect(await state()).toBe('ALARM');
  const history = await run<DescribeAlarmHistoryCommandOutput>(service, 'DescribeAlarmHistory', {});
  expect(history.AlarmHistoryItems?.[0]?.HistorySummary).toBe(
    `Failed to execute action ${TOPIC}. Received error: "no such topic"`,
  );
  service.stop?.();
});

test('a restart keeps states, history and metrics; an unchanged template changes nothing', async () => {
  const { service, clock, world, alarm, put } = open();
  alarm({});
  service.start?.();
  put('Errors', 3);
  await clock.sleep(60_000);
  service.stop?.();
  const next = running(world.again(world.ports, clock));
  next.alarm({});
  expect(await next.state()).toBe('ALARM');
  const history = await run<DescribeAlarmHistoryCommandOutput>(next.service, 'DescribeAlarmHistory', {
    HistoryItemType: 'ConfigurationUpdate',
  });
  expect(history.AlarmHistoryItems).toHaveLength(1);
  const metric = { namespace: 'Test', name: 'Errors', dimensions: {} };
  expect(next.ports.metrics.statistics(metric, START, START + 60_000)).toEqual({
    count: 1,
    sum: 3,
    minimum: 3,
    maximum: 3,
  });
  next.alarm({ Threshold: 10 });
  next.service.start?.();
  await clock.sleep(60_000);
  expect(await next.state()).toBe('OK');
  next.service.stop?.();
});
