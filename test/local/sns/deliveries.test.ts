import type { PublishCommandOutput } from '@aws-sdk/client-sns';
import { VirtualClock } from '../../../local/clock.ts';
import type { Operation } from '../../../local/service.ts';
import { create, publishedMessages } from '../../../local/services/sns/service.ts';
import { bareWorld } from '../events/bare-world.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:notify';
const place = { stack: 'test', logicalId: 'Topic' };

async function open(answers: ('ok' | 'error' | 'down')[] = []) {
  const clock = new VirtualClock();
  const invoked: unknown[] = [];
  const world = bareWorld(
    {
      lambda: {
        async invoke(_arn, payload) {
          const answer = answers.shift() ?? 'ok';
          invoked.push(payload);
          if (answer === 'down') throw new Error('no such function');
          return {
            payload: {},
            executedVersion: '$LATEST',
            ...(answer === 'error' ? { functionError: 'Unhandled' } : {}),
          };
        },
      },
    },
    clock,
  );
  const { service } = create(world);
  const topic = await service.provisioners?.['AWS::SNS::Topic']?.provision(
    { TopicName: 'deployments', DisplayName: 'Deployments' },
    place,
  );
  const TopicArn = topic?.ref ?? '';
  const subscription = { TopicArn, Protocol: 'lambda', Endpoint: FUNCTION };
  await service.provisioners?.['AWS::SNS::Subscription']?.provision(subscription, place);
  const publish = (input: object) =>
    (service.operations['Publish'] as unknown as Operation<object, PublishCommandOutput>).run(
      { TopicArn, ...input },
      { principal: { arn: 'arn:aws:iam::000000000000:root' }, requestId: 'r' },
    );
  return { world, clock, service, TopicArn, subscription, invoked, publish };
}

test('a function gets the record that Lambda’s SNS events have', async () => {
  const { publish, clock, invoked, TopicArn } = await open();
  await publish({ Message: 'done', Subject: 'backend' });
  await clock.sleep(1);
  expect(invoked).toMatchObject([
    {
      Records: [
        {
          EventSource: 'aws:sns',
          EventVersion: '1.0',
          EventSubscriptionArn: expect.stringContaining(`${TopicArn}:`),
          Sns: { Type: 'Notification', TopicArn, Subject: 'backend', Message: 'done', MessageAttributes: {} },
        },
      ],
    },
  ]);
});

test('a delivery is tried again, and one that fails for good is said', async () => {
  const { publish, clock, invoked, world } = await open(['error', 'down', 'ok']);
  await publish({ Message: 'one' });
  await clock.sleep(60_000);
  expect(invoked).toHaveLength(3);
  expect(world.said).toEqual([]);
  const failing = await open(['down', 'down', 'down', 'down']);
  await failing.publish({ Message: 'two' });
  await failing.clock.sleep(60_000);
  expect(failing.world.said).toEqual([expect.stringContaining(`${FUNCTION} did not take message`)]);
});

test('a start finds the subscription of an earlier one', async () => {
  const { service, subscription } = await open();
  const provisioner = service.provisioners?.['AWS::SNS::Subscription'];
  const first = await provisioner?.provision(subscription, place);
  expect((await provisioner?.provision(subscription, place))?.ref).toBe(first?.ref);
});

test('the last hundred messages of a topic are kept', async () => {
  const { publish, world, TopicArn } = await open();
  for (let number = 0; number < 120; number++) await publish({ Message: String(number) });
  const kept = publishedMessages(world, TopicArn);
  expect(kept).toHaveLength(100);
  expect(kept[0]?.message).toBe('20');
});
