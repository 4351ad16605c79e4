import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { publishedMessages } from '../../local/services/sns/service.ts';
import { sessionOf } from '../local/events/role.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'sns'] });
const sns = new SNSClient(world.client);
let made = 0;

async function topic(): Promise<string> {
  return (await sns.send(new CreateTopicCommand({ Name: `topic-${++made}` }))).TopicArn ?? '';
}

/** A web server that hands out what is posted to it, one at a time. */
class Listener {
  private readonly server: Server;
  private readonly received: Record<string, string>[] = [];
  private waiting: ((body: Record<string, string>) => void) | undefined;

  private constructor() {
    this.server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        response.end();
        const body = { ...JSON.parse(text), header: String(request.headers['x-amz-sns-message-type']) };
        if (this.waiting) this.waiting(body);
        else this.received.push(body);
        this.waiting = undefined;
      });
    });
  }

  static async open(): Promise<Listener> {
    const listener = new Listener();
    await new Promise<void>((resolve) => listener.server.listen(0, '127.0.0.1', resolve));
    return listener;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  next(): Promise<Record<string, string>> {
    const body = this.received.shift();
    return body
      ? Promise.resolve(body)
      : new Promise((resolve) => {
          this.waiting = resolve;
        });
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

test('CreateTopic is idempotent; ListTopics finds it; DeleteTopic removes it', async () => {
  const arn = await topic();
  expect(arn).toBe('arn:aws:sns:us-east-1:000000000000:topic-1');
  expect((await sns.send(new CreateTopicCommand({ Name: 'topic-1' }))).TopicArn).toBe(arn);
  expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn: arn }]);
  await sns.send(new DeleteTopicCommand({ TopicArn: arn }));
  expect((await sns.send(new ListTopicsCommand({}))).Topics ?? []).toEqual([]);
  await expect(sns.send(new GetTopicAttributesCommand({ TopicArn: arn }))).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'Topic does not exist',
  });
});

test('GetTopicAttributes and SetTopicAttributes', async () => {
  const TopicArn = await topic();
  await sns.send(
    new SetTopicAttributesCommand({ TopicArn, AttributeName: 'DisplayName', AttributeValue: 'Deployments' }),
  );
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes).toMatchObject({
    TopicArn,
    Owner: '000000000000',
    DisplayName: 'Deployments',
    SubscriptionsConfirmed: '0',
  });
});

test('TagResource and ListTagsForResource', async () => {
  const ResourceArn = await topic();
  await sns.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: '1' }] }));
  expect((await sns.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags).toEqual([
    { Key: 'a', Value: '1' },
  ]);
});

test('Publish and PublishBatch keep the messages for whoever wants to look', async () => {
  const TopicArn = await topic();
  const { MessageId } = await sns.send(
    new PublishCommand({
      TopicArn,
      Message: 'done',
      Subject: 'backend',
      MessageAttributes: { verdict: { DataType: 'String', StringValue: 'succeeded' } },
    }),
  );
  const batch = await sns.send(
    new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [{ Id: 'a', Message: 'second' }] }),
  );
  expect(batch.Successful).toEqual([{ Id: 'a', MessageId: expect.any(String) }]);
  expect(publishedMessages(world, TopicArn)).toMatchObject([
    {
      id: MessageId,
      message: 'done',
      subject: 'backend',
      attributes: { verdict: { Type: 'String', Value: 'succeeded' } },
    },
    { message: 'second' },
  ]);
  await expect(
    sns.send(new PublishCommand({ TopicArn, Message: 'x', Subject: 'two\nlines' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException', message: 'Invalid parameter: Subject' });
});

test('Subscribe asks a web server to confirm, and then sends it what is published', async () => {
  const listener = await Listener.open();
  try {
    const TopicArn = await topic();
    const subscribed = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: listener.url }),
    );
    expect(subscribed.SubscriptionArn).toBe('pending confirmation');
    const asked = await listener.next();
    expect(asked).toMatchObject({
      Type: 'SubscriptionConfirmation',
      TopicArn,
      header: 'SubscriptionConfirmation',
    });
    expect((await fetch(asked['SubscribeURL'] ?? '')).status).toBe(200);
    await sns.send(new PublishCommand({ TopicArn, Message: 'hello', Subject: 'hi' }));
    expect(await listener.next()).toMatchObject({
      Type: 'Notification',
      TopicArn,
      Message: 'hello',
      Subject: 'hi',
    });
  } finally {
    await listener.close();
  }
});

test('ConfirmSubscription, ListSubscriptions, ListSubscriptionsByTopic, GetSubscriptionAttributes, Unsubscribe', async () => {
  const listener = await Listener.open();
  try {
    const TopicArn = await topic();
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: listener.url }));
    const { Token } = await listener.next();
    const list = async () =>
      (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];
    expect(await list()).toMatchObject([{ SubscriptionArn: 'PendingConfirmation', Endpoint: listener.url }]);
    const { SubscriptionArn } = await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
    expect(await list()).toMatchObject([{ SubscriptionArn }]);
    const all = await sns.send(new ListSubscriptionsCommand({}));
    expect(all.Subscriptions?.map((each) => each.SubscriptionArn)).toContain(SubscriptionArn);
    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    expect(Attributes).toMatchObject({ PendingConfirmation: 'false', Protocol: 'http' });
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect(await list()).toEqual([]);
    await expect(sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  } finally {
    await listener.close();
  }
});

test('nobody outside this machine is called, and queues cannot subscribe', async () => {
  const TopicArn = await topic();
  await expect(
    sns.send(new SubscribeCommand({ TopicArn, Protocol: 'https', Endpoint: 'https://example.com/' })),
  ).rejects.toThrow(/calls only 127\.0\.0\.1/);
  await expect(
    sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: 'arn:aws:sqs:us-east-1:1:q' })),
  ).rejects.toThrow('Subscribe: the protocol sqs is not supported here.');
});

test('a role may publish to the topic that its policy names', async () => {
  const TopicArn = await topic();
  const other = await topic();
  const mine = new SNSClient(
    await sessionOf(world, 'notifier', [{ Action: 'sns:Publish', Resource: TopicArn }]),
  );
  await mine.send(new PublishCommand({ TopicArn, Message: 'x' }));
  await expect(mine.send(new PublishCommand({ TopicArn: other, Message: 'x' }))).rejects.toThrow(
    `is not authorized to perform: sns:Publish on resource: ${other}`,
  );
});
