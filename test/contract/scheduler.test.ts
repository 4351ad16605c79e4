import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  SchedulerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { publishedMessages } from '../../local/services/sns/service.ts';
import { sessionOf } from '../local/events/role.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'scheduler', 'sns', 'states'] });
const scheduler = new SchedulerClient(world.client);
const TopicArn = 'arn:aws:sns:us-east-1:000000000000:nightly';
const RoleArn = 'arn:aws:iam::000000000000:role/scheduler';
const place = { stack: 'test', logicalId: 'X' };
await world.services
  .get('sns')
  ?.provisioners?.['AWS::SNS::Topic']?.provision({ TopicName: 'nightly' }, place);
await world.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
  {
    RoleName: 'scheduler',
    AssumeRolePolicyDocument: {
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'scheduler.amazonaws.com' } },
      ],
    },
    Policies: [
      {
        PolicyName: 'publish',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sns:Publish', Resource: TopicArn }] },
      },
    ],
  },
  place,
);

const schedule = (
  Name: string,
  rest: Partial<CreateScheduleCommandInput> = {},
): CreateScheduleCommandInput => ({
  Name,
  ScheduleExpression: 'cron(0 3 * * ? *)',
  ScheduleExpressionTimezone: 'Europe/Berlin',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: TopicArn, RoleArn, Input: '"hello"' },
  ...rest,
});

test('CreateSchedule, GetSchedule, UpdateSchedule, DeleteSchedule', async () => {
  const { ScheduleArn } = await scheduler.send(
    new CreateScheduleCommand(
      schedule('one', { EndDate: new Date('2099-01-01T00:00:00Z'), Description: 'd' }),
    ),
  );
  expect(ScheduleArn).toBe('arn:aws:scheduler:us-east-1:000000000000:schedule/default/one');
  expect(await scheduler.send(new GetScheduleCommand({ Name: 'one' }))).toMatchObject({
    Arn: ScheduleArn,
    GroupName: 'default',
    Description: 'd',
    ScheduleExpression: 'cron(0 3 * * ? *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    State: 'ENABLED',
    EndDate: new Date('2099-01-01T00:00:00Z'),
    CreationDate: expect.any(Date),
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: TopicArn, RoleArn, Input: '"hello"', RetryPolicy: { MaximumRetryAttempts: 185 } },
  });
  await expect(scheduler.send(new CreateScheduleCommand(schedule('one')))).rejects.toMatchObject({
    name: 'ConflictException',
  });
  await scheduler.send(new UpdateScheduleCommand(schedule('one', { State: 'DISABLED' })));
  const updated = await scheduler.send(new GetScheduleCommand({ Name: 'one' }));
  expect(updated.State).toBe('DISABLED');
  expect(updated.Description).toBeUndefined();
  await scheduler.send(new DeleteScheduleCommand({ Name: 'one' }));
  await expect(scheduler.send(new GetScheduleCommand({ Name: 'one' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Schedule one does not exist.',
  });
});

test('ListSchedules filters and pages', async () => {
  await scheduler.send(new CreateScheduleGroupCommand({ Name: 'listed' }));
  for (const name of ['a', 'b', 'c']) {
    const State = name === 'c' ? 'DISABLED' : 'ENABLED';
    await scheduler.send(new CreateScheduleCommand(schedule(name, { GroupName: 'listed', State })));
  }
  const GroupName = 'listed';
  const first = await scheduler.send(new ListSchedulesCommand({ GroupName, MaxResults: 2 }));
  expect(first.Schedules?.map(({ Name }) => Name)).toEqual(['a', 'b']);
  const { NextToken } = first;
  const second = await scheduler.send(new ListSchedulesCommand({ GroupName, MaxResults: 2, NextToken }));
  expect(second.Schedules?.map(({ Name }) => Name)).toEqual(['c']);
  const disabled = await scheduler.send(new ListSchedulesCommand({ GroupName, State: 'DISABLED' }));
  expect(disabled.Schedules).toMatchObject([{ Name: 'c', Target: { Arn: TopicArn } }]);
});

test('CreateScheduleGroup, GetScheduleGroup, ListScheduleGroups, tags, DeleteScheduleGroup', async () => {
  const { ScheduleGroupArn } = await scheduler.send(
    new CreateScheduleGroupCommand({ Name: 'group', Tags: [{ Key: 'a', Value: '1' }] }),
  );
  await scheduler.send(
    new TagResourceCommand({ ResourceArn: ScheduleGroupArn, Tags: [{ Key: 'b', Value: '2' }] }),
  );
  await scheduler.send(new UntagResourceCommand({ ResourceArn: ScheduleGroupArn, TagKeys: ['a'] }));
  const tagged = await scheduler.send(new ListTagsForResourceCommand({ ResourceArn: ScheduleGroupArn }));
  expect(tagged.Tags).toEqual([{ Key: 'b', Value: '2' }]);
  expect(await scheduler.send(new GetScheduleGroupCommand({ Name: 'group' }))).toMatchObject({
    State: 'ACTIVE',
  });
  const { ScheduleGroups } = await scheduler.send(new ListScheduleGroupsCommand({}));
  expect(ScheduleGroups?.map(({ Name }) => Name)).toEqual(expect.arrayContaining(['default', 'group']));
  await scheduler.send(new CreateScheduleCommand(schedule('inside', { GroupName: 'group' })));
  await scheduler.send(new DeleteScheduleGroupCommand({ Name: 'group' }));
  await expect(
    scheduler.send(new GetScheduleCommand({ Name: 'inside', GroupName: 'group' })),
  ).rejects.toMatchObject({ message: 'Schedule group group does not exist.' });
});

test('a rate runs at once, as the role of the schedule', async () => {
  await scheduler.send(new CreateScheduleCommand(schedule('now', { ScheduleExpression: 'rate(1 hour)' })));
  const deadline = Date.now() + 5000;
  while (publishedMessages(world, TopicArn).length === 0 && Date.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(publishedMessages(world, TopicArn).map(({ message }) => message)).toEqual(['"hello"']);
});

test.each([
  [
    'an expression that is none',
    { ScheduleExpression: 'cron(0 3 * * * *)' },
    'Invalid Schedule Expression cron(0 3 * * * *).',
  ],
  [
    'a zone that does not exist',
    { ScheduleExpressionTimezone: 'Europe/Bonn' },
    'Invalid Schedule Expression Timezone Europe/Bonn.',
  ],
  [
    'an end before the start',
    { StartDate: new Date('2099-01-02'), EndDate: new Date('2099-01-01') },
    'The StartDate you specify must come before the EndDate.',
  ],
  [
    'a universal target that only reads',
    { Target: { Arn: 'arn:aws:scheduler:::aws-sdk:sfn:describeExecution', RoleArn } },
    'Unsupported operation DescribeExecution for a universal target.',
  ],
  [
    'a universal target that does not exist',
    { Target: { Arn: 'arn:aws:scheduler:::aws-sdk:sfn:startNothing', RoleArn } },
    /there is no such service or operation/,
  ],
])('%s is refused', async (_what, rest, message) => {
  await expect(scheduler.send(new CreateScheduleCommand(schedule('bad', rest)))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringMatching(message instanceof RegExp ? message : message.replace(/[.*()?]/g, '\\$&')),
  });
});

test('a flexible time window is refused by name', async () => {
  await expect(
    scheduler.send(
      new CreateScheduleCommand(
        schedule('x', { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } }),
      ),
    ),
  ).rejects.toThrow('CreateSchedule: FlexibleTimeWindow FLEXIBLE is not supported here.');
});

test('a role needs PassRole to hand the schedule its role', async () => {
  const statement = {
    Action: 'scheduler:CreateSchedule',
    Resource: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/*',
  };
  const without = new SchedulerClient(await sessionOf(world, 'without', [statement]));
  await expect(without.send(new CreateScheduleCommand(schedule('passed')))).rejects.toThrow(
    `is not authorized to perform: iam:PassRole on resource: ${RoleArn}`,
  );
  const pass = {
    Action: 'iam:PassRole',
    Resource: RoleArn,
    Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
  };
  const mine = new SchedulerClient(await sessionOf(world, 'with', [statement, pass]));
  await mine.send(new CreateScheduleCommand(schedule('passed')));
});
