import {
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { publishedMessages } from '../../local/services/sns/service.ts';
import { sessionOf } from '../local/events/role.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'events', 'sns', 'logs', 'monitoring'] });
const events = new EventBridgeClient(world.client);
const EventPattern = '{"source":["test"]}';
const TopicArn = 'arn:aws:sns:us-east-1:000000000000:events';
await world.services
  .get('sns')
  ?.provisioners?.['AWS::SNS::Topic']?.provision(
    { TopicName: 'events' },
    { stack: 'test', logicalId: 'Topic' },
  );

test('PutRule, DescribeRule, ListRules, EnableRule, DisableRule, DeleteRule', async () => {
  const { RuleArn } = await events.send(
    new PutRuleCommand({ Name: 'one', EventPattern, Description: 'first', Tags: [{ Key: 'a', Value: '1' }] }),
  );
  expect(RuleArn).toBe('arn:aws:events:us-east-1:000000000000:rule/one');
  await events.send(new PutRuleCommand({ Name: 'two', ScheduleExpression: 'rate(5 minutes)' }));
  expect(await events.send(new DescribeRuleCommand({ Name: 'one' }))).toMatchObject({
    Arn: RuleArn,
    EventPattern,
    Description: 'first',
    State: 'ENABLED',
    EventBusName: 'default',
  });
  const listed = await events.send(new ListRulesCommand({ Limit: 1 }));
  expect(listed.Rules?.map((rule) => rule.Name)).toEqual(['one']);
  const rest = await events.send(new ListRulesCommand({ Limit: 1, NextToken: listed.NextToken }));
  expect(rest.Rules?.map((rule) => rule.Name)).toEqual(['two']);
  await events.send(new DisableRuleCommand({ Name: 'two' }));
  expect((await events.send(new DescribeRuleCommand({ Name: 'two' }))).State).toBe('DISABLED');
  await events.send(new EnableRuleCommand({ Name: 'two' }));
  expect((await events.send(new DescribeRuleCommand({ Name: 'two' }))).State).toBe('ENABLED');
  expect((await events.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn }))).Tags).toEqual([
    { Key: 'a', Value: '1' },
  ]);
  for (const Name of ['one', 'two']) await events.send(new DeleteRuleCommand({ Name }));
  await expect(events.send(new DescribeRuleCommand({ Name: 'one' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Rule one does not exist on EventBus default.',
  });
});

test('a rule that EventBridge refuses is refused', async () => {
  const put = (input: object) => events.send(new PutRuleCommand({ Name: 'bad', ...input }));
  await expect(put({})).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(put({ EventPattern: '{"source":"x"}' })).rejects.toMatchObject({
    name: 'InvalidEventPatternException',
    message: 'Event pattern is not valid. Reason: "source" must be an object or an array',
  });
  await expect(put({ ScheduleExpression: 'rate(1 minutes)' })).rejects.toMatchObject({
    message: 'Parameter ScheduleExpression is not valid.',
  });
  await expect(put({ EventPattern, EventBusName: 'other' })).rejects.toMatchObject({
    message: 'Event bus other does not exist.',
  });
});

test('PutTargets, ListTargetsByRule, ListRuleNamesByTarget, RemoveTargets', async () => {
  await events.send(new PutRuleCommand({ Name: 'targets', EventPattern }));
  const Targets = [{ Id: 'a', Arn: TopicArn, InputPath: '$.detail' }];
  expect(await events.send(new PutTargetsCommand({ Rule: 'targets', Targets }))).toMatchObject({
    FailedEntryCount: 0,
  });
  expect((await events.send(new ListTargetsByRuleCommand({ Rule: 'targets' }))).Targets).toMatchObject(
    Targets,
  );
  const byTarget = await events.send(new ListRuleNamesByTargetCommand({ TargetArn: TopicArn }));
  expect(byTarget.RuleNames).toEqual(['targets']);
  await expect(events.send(new DeleteRuleCommand({ Name: 'targets' }))).rejects.toMatchObject({
    message: "Rule can't be deleted since it has targets.",
  });
  await events.send(new RemoveTargetsCommand({ Rule: 'targets', Ids: ['a'] }));
  await events.send(new DeleteRuleCommand({ Name: 'targets' }));
  await events.send(new PutRuleCommand({ Name: 'sqs', EventPattern }));
  await expect(
    events.send(
      new PutTargetsCommand({ Rule: 'sqs', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:1:q' }] }),
    ),
  ).rejects.toMatchObject({ name: 'LockstepLocalUnsupported' });
});

test('PutEvents reaches the targets of the rules that match, and names the entries that it refuses', async () => {
  await events.send(new PutRuleCommand({ Name: 'deliver', EventPattern }));
  await events.send(
    new PutTargetsCommand({ Rule: 'deliver', Targets: [{ Id: 'a', Arn: TopicArn, InputPath: '$.detail' }] }),
  );
  const { FailedEntryCount, Entries } = await events.send(
    new PutEventsCommand({
      Entries: [
        { Source: 'test', DetailType: 'x', Detail: '{"a":1}' },
        { Source: 'other', DetailType: 'x', Detail: '{"a":2}' },
        { Source: 'test', DetailType: 'x', Detail: 'no' },
        { Source: 'aws.ecs', DetailType: 'x', Detail: '{}' },
        { Source: 'test', Detail: '{}' },
      ],
    }),
  );
  expect(FailedEntryCount).toBe(3);
  expect(Entries?.map((entry) => entry.ErrorCode ?? 'ok')).toEqual([
    'ok',
    'ok',
    'MalformedDetail',
    'NotAuthorizedForSourceException',
    'InvalidArgument',
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(publishedMessages(world, TopicArn).map(({ message }) => message)).toEqual(['{"a":1}']);
});

test('TestEventPattern', async () => {
  const Event = JSON.stringify({
    id: '1',
    'detail-type': 'x',
    source: 'test',
    account: '000000000000',
    time: '2026-11-24T00:00:00Z',
    region: 'us-east-1',
    resources: [],
    detail: {},
  });
  expect((await events.send(new TestEventPatternCommand({ EventPattern, Event }))).Result).toBe(true);
  const other = new TestEventPatternCommand({ EventPattern: '{"source":["no"]}', Event });
  expect((await events.send(other)).Result).toBe(false);
});

test('DescribeEventBus and ListEventBuses know the default bus', async () => {
  const Arn = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
  expect(await events.send(new DescribeEventBusCommand({}))).toMatchObject({ Name: 'default', Arn });
  expect((await events.send(new ListEventBusesCommand({}))).EventBuses).toMatchObject([
    { Name: 'default', Arn },
  ]);
});

test('a role needs the bus to put events, and PassRole to hand a role to a target', async () => {
  const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
  const rule = 'arn:aws:events:us-east-1:000000000000:rule/own';
  const mine = new EventBridgeClient(
    await sessionOf(world, 'author', [
      { Action: 'events:PutEvents', Resource: bus },
      { Action: ['events:PutRule', 'events:PutTargets'], Resource: rule },
    ]),
  );
  await mine.send(new PutEventsCommand({ Entries: [{ Source: 'x', DetailType: 'x', Detail: '{}' }] }));
  await mine.send(new PutRuleCommand({ Name: 'own', EventPattern }));
  const RoleArn = 'arn:aws:iam::000000000000:role/author';
  const Arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:m';
  await expect(
    mine.send(new PutTargetsCommand({ Rule: 'own', Targets: [{ Id: 'a', Arn, RoleArn }] })),
  ).rejects.toThrow(`is not authorized to perform: iam:PassRole on resource: ${RoleArn}`);
  await expect(mine.send(new PutRuleCommand({ Name: 'other', EventPattern }))).rejects.toThrow(
    /is not authorized to perform: events:PutRule/,
  );
});
