import { VirtualClock } from '../../../local/clock.ts';
import { deadLetters } from '../../../local/delivery.ts';
import type { Datum, LogLine } from '../../../local/ports.ts';
import { AwsError } from '../../../local/service.ts';
import { create } from '../../../local/services/events/service.ts';
import { bareWorld, recordingPorts } from './bare-world.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:recover';
const ROLE = 'arn:aws:iam::000000000000:role/events';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:undelivered';

function open() {
  const clock = new VirtualClock(Date.UTC(2026, 10, 24, 9, 0, 0));
  const recording = recordingPorts(() => clock.now(), { [ROLE]: ['events.amazonaws.com'] });
  const metrics: Datum[] = [];
  const lines: [string, LogLine][] = [];
  const invoked: { at: number; payload: unknown }[] = [];
  let functionErrors = 0;
  const world = bareWorld(
    {
      ...recording.ports,
      metrics: { put: (data) => void metrics.push(...data), statistics: () => undefined, inAlarm: () => [] },
      logs: {
        append: (group, _stream, added) =>
          void lines.push(...added.map((line): [string, LogLine] => [group, line])),
        hasGroup: (group) => group === '/aws/events/all',
      },
      lambda: {
        async invoke(_arn, payload) {
          invoked.push({ at: clock.now(), payload });
          return functionErrors-- > 0
            ? { payload: {}, functionError: 'Unhandled', executedVersion: '$LATEST' }
            : { payload: {}, executedVersion: '$LATEST' };
        },
      },
    },
    clock,
  );
  const { service, ports } = create(world);
  const rule = async (properties: Record<string, unknown>) =>
    service.provisioners?.['AWS::Events::Rule']?.provision(properties, { stack: 'test', logicalId: 'Rule' });
  const emit = (detail: Record<string, unknown> = {}) =>
    ports.events.emit({ source: 'aws.states', detailType: 'Execution', resources: ['arn:x'], detail });
  return {
    ...recording,
    world,
    clock,
    service,
    metrics,
    lines,
    invoked,
    rule,
    emit,
    failFunction: (times: number) => {
      functionErrors = times;
    },
  };
}

const pattern = { source: ['aws.states'] };

test('a state machine is started as the role of the rule, with the event as its input', async () => {
  const { rule, emit, calls, clock } = open();
  await rule({ EventPattern: pattern, Targets: [{ Id: 'a', Arn: MACHINE, RoleArn: ROLE }] });
  emit({ status: 'FAILED' });
  await clock.sleep(1);
  expect(calls).toEqual([
    {
      at: expect.any(Number),
      service: 'states',
      operation: 'StartExecution',
      input: { stateMachineArn: MACHINE, input: expect.any(String) },
      principal: `session of ${ROLE}`,
    },
  ]);
  expect(JSON.parse(String(calls[0]?.input['input']))).toEqual({
    version: '0',
    id: expect.any(String),
    'detail-type': 'Execution',
    source: 'aws.states',
    account: '000000000000',
    time: '2026-11-24T09:00:00Z',
    region: 'us-east-1',
    resources: ['arn:x'],
    detail: { status: 'FAILED' },
  });
});

test('a role that does not trust EventBridge starts nothing: the event lies in the dead-letter queue, and its alarm can see it', async () => {
  const { rule, emit, calls, clock, world, metrics } = open();
  const RoleArn = 'arn:aws:iam::000000000000:role/other';
  await rule({
    EventPattern: pattern,
    Targets: [{ Id: 'a', Arn: MACHINE, RoleArn, DeadLetterConfig: { Arn: QUEUE } }],
  });
  emit();
  await clock.sleep(1);
  expect(calls).toEqual([]);
  expect(deadLetters(world, QUEUE)).toMatchObject([
    { errorCode: 'AccessDeniedException', targetArn: MACHINE },
  ]);
  expect(metrics).toMatchObject([
    {
      namespace: 'AWS/SQS',
      name: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: 'undelivered' },
      value: 1,
    },
  ]);
});

test('a passing fault is tried again with growing pauses; a mistake is not', async () => {
  const { rule, emit, calls, failures, clock, world } = open();
  await rule({
    EventPattern: pattern,
    Targets: [{ Id: 'a', Arn: MACHINE, RoleArn: ROLE, DeadLetterConfig: { Arn: QUEUE } }],
  });
  const start = clock.now();
  failures.push(new AwsError('ThrottlingException', 'slow down'), new Error('socket hang up'));
  emit();
  await clock.sleep(10_000);
  expect(calls.map((call) => call.at - start)).toEqual([3000]);
  failures.push(new AwsError('StateMachineDoesNotExist', 'gone'));
  emit();
  await clock.sleep(10_000);
  expect(calls).toHaveLength(1);
  expect(deadLetters(world, QUEUE)).toMatchObject([{ errorCode: 'StateMachineDoesNotExist' }]);
});

test('attempts end with the number and the age that the target allows', async () => {
  const { rule, emit, failures, clock, world } = open();
  const RetryPolicy = { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 };
  await rule({
    EventPattern: pattern,
    Targets: [{ Id: 'a', Arn: MACHINE, RoleArn: ROLE, DeadLetterConfig: { Arn: QUEUE }, RetryPolicy }],
  });
  for (let left = 0; left < 9; left++) failures.push(new Error('down'));
  emit();
  await clock.sleep(3_600_000);
  expect(failures).toHaveLength(6);
  expect(deadLetters(world, QUEUE)).toHaveLength(1);
});

test('a function gets the event, and again after one and two minutes while it fails', async () => {
  const { rule, emit, invoked, failFunction, clock } = open();
  await rule({ EventPattern: pattern, Targets: [{ Id: 'a', Arn: FUNCTION }] });
  const start = clock.now();
  failFunction(5);
  emit({ a: 1 });
  await clock.sleep(3_600_000);
  expect(invoked.map(({ at }) => at - start)).toEqual([0, 60_000, 180_000]);
  expect(invoked[0]?.payload).toMatchObject({ detail: { a: 1 } });
});

test('a topic gets a message, a log group a line', async () => {
  const { rule, emit, calls, lines, clock } = open();
  const topic = 'arn:aws:sns:us-east-1:000000000000:t';
  await rule({
    EventPattern: pattern,
    Targets: [
      { Id: 'topic', Arn: topic, InputPath: '$.detail' },
      { Id: 'log', Arn: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/all', Input: '{"x":1}' },
    ],
  });
  emit({ a: 1 });
  await clock.sleep(1);
  expect(calls).toMatchObject([
    { service: 'sns', operation: 'Publish', input: { TopicArn: topic, Message: '{"a":1}' } },
  ]);
  expect(lines).toMatchObject([['/aws/events/all', { message: '{"x":1}' }]]);
});

test.each([
  [
    'values in text and outside of it',
    { name: '$.detail.name', list: '$.detail.list' },
    '{"text": "deployed <name>: <list>", "name": <name>, "list": <list>}',
    { text: 'deployed back"end: [1,2]', name: 'back"end', list: [1, 2] },
  ],
  ['a single text', { name: '$.detail.name' }, '"<name> is done"', 'back"end is done'],
  [
    'what EventBridge knows of the rule',
    {},
    '{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>"}',
    { rule: 'named', arn: 'arn:aws:events:us-east-1:000000000000:rule/named' },
  ],
])('an input transformer fills in %s', async (_what, InputPathsMap, InputTemplate, expected) => {
  const { rule, emit, invoked, clock } = open();
  await rule({
    Name: 'named',
    EventPattern: pattern,
    Targets: [{ Id: 'a', Arn: FUNCTION, InputTransformer: { InputPathsMap, InputTemplate } }],
  });
  emit({ name: 'back"end', list: [1, 2] });
  await clock.sleep(1);
  expect(invoked.map(({ payload }) => payload)).toEqual([expected]);
});

test('a schedule fires by rate from when the rule was made, by cron at its times, and not while it is disabled', async () => {
  const { rule, service, invoked, clock } = open();
  const start = clock.now();
  service.start?.();
  const Targets = [{ Id: 'a', Arn: FUNCTION }];
  await rule({ Name: 'rate', ScheduleExpression: 'rate(5 minutes)', Targets });
  await clock.sleep(11 * 60_000);
  expect(invoked.map(({ at }) => (at - start) / 60_000)).toEqual([5, 10]);
  expect(invoked[0]?.payload).toMatchObject({
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    time: '2026-11-24T09:05:00Z',
    resources: ['arn:aws:events:us-east-1:000000000000:rule/rate'],
    detail: {},
  });
  await rule({ Name: 'rate', ScheduleExpression: 'rate(5 minutes)', State: 'DISABLED', Targets });
  await rule({ Name: 'cron', ScheduleExpression: 'cron(0 10 * * ? *)', Targets });
  invoked.length = 0;
  await clock.sleep(25 * 3_600_000);
  expect(invoked.map(({ at }) => new Date(at).toISOString())).toEqual([
    '2026-11-24T10:00:00.000Z',
    '2026-11-25T10:00:00.000Z',
  ]);
  service.stop?.();
});

test('a start after an absence goes on with the next time, and never with one that has fired', async () => {
  const { rule, service, world, invoked, clock } = open();
  service.start?.();
  await rule({ Name: 'rate', ScheduleExpression: 'rate(5 minutes)', Targets: [{ Id: 'a', Arn: FUNCTION }] });
  await clock.sleep(6 * 60_000);
  service.stop?.();
  await clock.sleep(3_600_000);
  expect(invoked).toHaveLength(1);
  const next = create(world.again(world.ports, clock)).service;
  next.start?.();
  const resumed = clock.now();
  await clock.sleep(5 * 60_000);
  expect(invoked.slice(1).map(({ at }) => (at - resumed) / 60_000)).toEqual([4]);
  next.stop?.();
});
