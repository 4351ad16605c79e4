import { VirtualClock } from '../../../local/clock.ts';
import { deadLetters } from '../../../local/delivery.ts';
import type { Datum } from '../../../local/ports.ts';
import { create } from '../../../local/services/scheduler/service.ts';
import { type BareWorld, bareWorld, recordingPorts } from '../events/bare-world.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:deploy';
const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:undelivered';

function open(start: string) {
  const clock = new VirtualClock(Date.parse(start));
  const recording = recordingPorts(() => clock.now(), { [ROLE]: ['scheduler.amazonaws.com'] });
  const metrics: Datum[] = [];
  const world = bareWorld(
    {
      ...recording.ports,
      metrics: { put: (data) => void metrics.push(...data), statistics: () => undefined, inAlarm: () => [] },
    },
    clock,
  );
  return { ...recording, clock, world, metrics, ...running(world) };
}

function running(world: BareWorld) {
  const { service } = create(world);
  const provision = async (properties: Record<string, unknown>, target: Record<string, unknown> = {}) =>
    service.provisioners?.['AWS::Scheduler::Schedule']?.provision(
      {
        Name: 'nightly',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ...properties,
        Target: { Arn: MACHINE, RoleArn: ROLE, Input: '{}', ...target },
      },
      { stack: 'test', logicalId: 'Schedule' },
    );
  return { service, provision };
}

const times = (calls: readonly { at: number }[]) =>
  calls.map(({ at }) => new Date(at).toISOString().slice(0, 16));

test('a cron schedule starts the machine as its role, at its local time before and after the clocks change', async () => {
  const { service, provision, calls, clock } = open('2026-10-23T12:00:00Z');
  service.start?.();
  await provision({ ScheduleExpression: 'cron(0 3 * * ? *)', ScheduleExpressionTimezone: 'Europe/Berlin' });
  await clock.sleep(3 * 86_400_000);
  expect(times(calls)).toEqual(['2026-10-24T01:00', '2026-10-25T02:00', '2026-10-26T02:00']);
  expect(calls[0]).toMatchObject({
    service: 'states',
    operation: 'StartExecution',
    input: { stateMachineArn: MACHINE, input: '{}' },
    principal: `session of ${ROLE}`,
  });
  service.stop?.();
});

test('a rate without a start date runs at once and then by the clock; with one, from there; and ends with its end date', async () => {
  const { service, provision, calls, clock } = open('2026-11-24T09:00:00Z');
  service.start?.();
  await provision({ Name: 'now', ScheduleExpression: 'rate(5 minutes)', EndDate: '2026-11-24T09:11:00Z' });
  await provision({ Name: 'later', ScheduleExpression: 'rate(1 hours)', StartDate: '2026-11-24T09:30:00Z' });
  await clock.sleep(2 * 3_600_000);
  expect(times(calls)).toEqual([
    '2026-11-24T09:00',
    '2026-11-24T09:05',
    '2026-11-24T09:10',
    '2026-11-24T09:30',
    '2026-11-24T10:30',
  ]);
  service.stop?.();
});

test('a disabled schedule does not run', async () => {
  const { service, provision, calls, clock } = open('2026-11-24T09:00:00Z');
  service.start?.();
  await provision({ ScheduleExpression: 'rate(5 minutes)', State: 'DISABLED' });
  await clock.sleep(3_600_000);
  expect(calls).toEqual([]);
  service.stop?.();
});

test('the input tells the scheduled time, the schedule and the attempt', async () => {
  const { service, provision, calls, failures, clock } = open('2026-11-24T09:00:00Z');
  service.start?.();
  failures.push(new Error('socket hang up'));
  await provision(
    { ScheduleExpression: 'at(2026-11-24T10:00:00)' },
    {
      Input:
        '{"time":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>","id":"<aws.scheduler.execution-id>","attempt":<aws.scheduler.attempt-number>}',
    },
  );
  await clock.sleep(2 * 3_600_000);
  expect(calls.map(({ input }) => JSON.parse(String(input['input'])))).toEqual([
    {
      time: '2026-11-24T10:00:00Z',
      by: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      attempt: 2,
    },
  ]);
  service.stop?.();
});

test('a universal target is called with the members of the SDK, in its spelling', async () => {
  const { service, provision, calls, clock, world } = open('2026-11-24T09:00:00Z');
  service.start?.();
  const Arn = 'arn:aws:scheduler:::aws-sdk:sfn:startExecution';
  const Input = JSON.stringify({
    StateMachineArn: MACHINE,
    Name: 'nightly-<aws.scheduler.execution-id>',
    Input: '{"time":"<aws.scheduler.scheduled-time>"}',
  });
  await provision({ ScheduleExpression: 'at(2026-11-24T10:00:00)' }, { Arn, Input });
  await provision(
    { Name: 'wrong', ScheduleExpression: 'at(2026-11-24T10:00:00)' },
    { Arn, Input: '{"Nonsense":1}', DeadLetterConfig: { Arn: QUEUE } },
  );
  await clock.sleep(2 * 3_600_000);
  expect(calls).toMatchObject([
    {
      service: 'states',
      operation: 'StartExecution',
      input: {
        stateMachineArn: MACHINE,
        name: expect.stringMatching(/^nightly-[0-9a-f]{16}$/),
        input: '{"time":"2026-11-24T10:00:00Z"}',
      },
    },
  ]);
  expect(deadLetters(world, QUEUE)).toMatchObject([
    { errorMessage: 'StartExecution has no parameter Nonsense.' },
  ]);
  service.stop?.();
});

describe('a restart', () => {
  test('makes up for the latest missed time, once, and says what time it was for', async () => {
    const { service, provision, calls, clock, world } = open('2026-11-20T00:00:00Z');
    const properties = { ScheduleExpression: 'cron(0 3 * * ? *)' };
    const Input = '{"time":"<aws.scheduler.scheduled-time>"}';
    service.start?.();
    await provision(properties, { Input });
    await clock.sleep(4 * 3_600_000);
    service.stop?.();
    await clock.sleep(3 * 86_400_000);
    expect(times(calls)).toEqual(['2026-11-20T03:00']);

    const next = running(world.again(world.ports, clock));
    await next.provision(properties, { Input });
    next.service.start?.();
    await clock.sleep(60_000);
    next.service.stop?.();
    expect(times(calls)).toEqual(['2026-11-20T03:00', '2026-11-23T04:00']);
    expect(calls[1]?.input['input']).toBe('{"time":"2026-11-23T03:00:00Z"}');

    const third = running(world.again(world.ports, clock));
    await third.provision(properties, { Input });
    third.service.start?.();
    await clock.sleep(60_000);
    third.service.stop?.();
    expect(calls).toHaveLength(2);
  });

  test('does not make up for what is older than the target would have been tried', async () => {
    const { service, provision, calls, clock, world } = open('2026-11-20T00:00:00Z');
    const properties = { ScheduleExpression: 'cron(0 3 * * ? *)' };
    const target = { RetryPolicy: { MaximumEventAgeInSeconds: '300' } };
    service.start?.();
    await provision(properties, target);
    service.stop?.();
    await clock.sleep(12 * 3_600_000);
    const next = running(world.again(world.ports, clock));
    await next.provision(properties, target);
    next.service.start?.();
    await clock.sleep(3_600_000);
    next.service.stop?.();
    expect(calls).toEqual([]);
  });

  test('with a changed schedule begins anew', async () => {
    const { service, provision, calls, clock, world } = open('2026-11-20T00:00:00Z');
    service.start?.();
    await provision({ ScheduleExpression: 'cron(0 3 * * ? *)' });
    service.stop?.();
    await clock.sleep(12 * 3_600_000);
    const next = running(world.again(world.ports, clock));
    await next.provision({ ScheduleExpression: 'cron(0 4 * * ? *)' });
    next.service.start?.();
    await clock.sleep(20 * 3_600_000);
    next.service.stop?.();
    expect(times(calls)).toEqual(['2026-11-21T04:00']);
  });
});

test('what nobody takes lies in the dead-letter queue, and its metric is put', async () => {
  const { service, provision, failures, clock, world, metrics } = open('2026-11-24T09:00:00Z');
  service.start?.();
  for (let left = 0; left < 5; left++) failures.push(new Error('down'));
  await provision(
    { ScheduleExpression: 'at(2026-11-24T10:00:00)' },
    { DeadLetterConfig: { Arn: QUEUE }, RetryPolicy: { MaximumRetryAttempts: 2 } },
  );
  await clock.sleep(2 * 3_600_000);
  expect(deadLetters(world, QUEUE)).toMatchObject([{ body: '{}', errorMessage: 'down', targetArn: MACHINE }]);
  expect(metrics).toMatchObject([{ dimensions: { QueueName: 'undelivered' }, value: 1 }]);
  service.stop?.();
});

test('a role that does not trust Scheduler is refused when the schedule is made', async () => {
  const { provision } = open('2026-11-24T09:00:00Z');
  await expect(
    provision({ ScheduleExpression: 'rate(1 day)' }, { RoleArn: 'arn:aws:iam::000000000000:role/other' }),
  ).rejects.toMatchObject({
    code: 'ValidationException',
    message: 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
  });
});
