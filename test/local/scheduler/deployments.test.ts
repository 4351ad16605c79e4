/**
 * The way from a schedule to a deployment in virtual time: EventBridge Scheduler, the machine `schedule` as it is, and Step
 * Functions, over the two days a year on which the clocks change. Only the machine `deploy` is one that waits ten minutes.
 */
import * as sfn from '@aws-sdk/client-sfn';
import { scheduledNamePrefix } from '../../../core/request.ts';
import { translateCron } from '../../../core/schedule/unix-cron.ts';
import { VirtualClock } from '../../../local/clock.ts';
import { readMachine } from '../../../scripts/docs/state-machine.ts';
import { openTestWorld } from '../../setup/world.ts';

const place = { stack: 'test', logicalId: 'X' };

async function open(start: string) {
  const clock = new VirtualClock(Date.parse(start));
  const world = await openTestWorld({
    services: ['iam', 'sts', 'logs', 'monitoring', 'events', 'scheduler', 'states'],
    clock,
    volatile: true,
  });
  const client = new sfn.SFNClient({ ...world.client, disableHostPrefix: true });
  const provision = async (type: string, properties: Record<string, unknown>) => {
    const found = [...world.services.values()].find(({ provisioners }) => provisioners?.[type]);
    return (await found?.provisioners?.[type]?.provision(properties, place))?.ref ?? '';
  };
  const role = async (name: string, service: string) => {
    await provision('AWS::IAM::Role', {
      RoleName: name,
      AssumeRolePolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: `${service}.amazonaws.com` } },
        ],
      },
      Policies: [
        {
          PolicyName: 'start',
          PolicyDocument: {
            Statement: [{ Effect: 'Allow', Action: 'states:StartExecution', Resource: '*' }],
          },
        },
      ],
    });
    return `arn:aws:iam::000000000000:role/${name}`;
  };
  const machine = async (name: string, DefinitionString: string) =>
    provision('AWS::StepFunctions::StateMachine', {
      StateMachineName: name,
      RoleArn: await role(`${name}-role`, 'states'),
      DefinitionString,
    });
  const Busy = { Type: 'Wait', Seconds: 600, End: true };
  const busy = { QueryLanguage: 'JSONata', StartAt: 'Busy', States: { Busy } };
  const deploy = await machine('deploy', JSON.stringify(busy));
  const schedule = await machine(
    'schedule',
    JSON.stringify(readMachine('schedule')).replaceAll(`\${DeployStateMachineArn}`, deploy),
  );
  await world.start();
  const RoleArn = await role('starter', 'scheduler');
  const send = <Output>(command: object): Promise<Output> =>
    clock.during(client.send(command as never) as Promise<Output>);
  return {
    clock,
    schedule,
    send,
    async plan(cron: string) {
      const read = translateCron(cron);
      if ('problem' in read) throw new Error(read.problem);
      const input = {
        name: scheduledNamePrefix('backend', 'production'),
        at: '<aws.scheduler.scheduled-time>',
        request: { version: 1, service: 'backend', environment: 'production', action: 'update' },
      };
      await provision('AWS::Scheduler::Schedule', {
        Name: 'lockstep-production-deploy-backend',
        ScheduleExpression: read.expression,
        ScheduleExpressionTimezone: 'Europe/Berlin',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: schedule, RoleArn, Input: JSON.stringify(input) },
      });
    },
    async executions(stateMachineArn = deploy) {
      const list = await send<sfn.ListExecutionsCommandOutput>(
        new sfn.ListExecutionsCommand({ stateMachineArn }),
      );
      return (list.executions ?? []).toReversed();
    },
  };
}

const names = (executions: readonly sfn.ExecutionListItem[]) =>
  executions.map(({ name }) => name?.replace('backend-production-schedule-', ''));

// EventBridge Scheduler leaves out a time that does not exist, and runs at the first of one that exists twice.
test.each([
  ['02:30 on 29 March', '2026-03-28T00:00Z', '30 2 * * *', ['20260328T013000Z', '20260330T003000Z']],
  [
    '03:00 on 29 March',
    '2026-03-28T00:00Z',
    '0 3 * * *',
    ['20260328T020000Z', '20260329T010000Z', '20260330T010000Z'],
  ],
  [
    '02:30 on 25 October',
    '2026-10-24T12:00Z',
    '30 2 * * *',
    ['20261025T003000Z', '20261026T013000Z', '20261027T013000Z'],
  ],
  ['Tuesday at 03:00 in autumn', '2026-10-19T12:00Z', '0 3 * * 2', ['20261020T010000Z']],
])('%s', async (_, start, cron, expected) => {
  const { clock, plan, executions } = await open(start);
  await plan(cron);
  await clock.sleep(3 * 86_400_000);
  expect(names(await executions())).toEqual(expected);
});

test('a time that is delivered three times, twice while its deployment runs, starts one deployment', async () => {
  const opened = await open('2026-11-24T01:50Z');
  await opened.plan('0 3 * * 2');
  await opened.clock.sleep(12 * 60_000);
  const [first] = await opened.executions(opened.schedule);
  const { input } = await opened.send<sfn.DescribeExecutionCommandOutput>(
    new sfn.DescribeExecutionCommand({ executionArn: first?.executionArn }),
  );
  const deliver = () =>
    opened.send(new sfn.StartExecutionCommand({ stateMachineArn: opened.schedule, input }));
  await deliver();
  await opened.clock.sleep(60_000);
  expect((await opened.executions()).map(({ status }) => status)).toEqual(['RUNNING']);
  await opened.clock.sleep(20 * 60_000);
  await deliver();
  await opened.clock.sleep(60_000);
  expect(names(await opened.executions())).toEqual(['20261124T020000Z']);
  const starts = await opened.executions(opened.schedule);
  expect(starts.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
});
