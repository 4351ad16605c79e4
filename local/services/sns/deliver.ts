/** Takes a message to the subscriptions of its topic: to functions, and to web servers of this machine. */
import { randomUUID } from 'node:crypto';
import type { World } from '../../service.ts';
import { invalid, type PublishedMessage, type Subscription, type Topics } from './model.ts';

const ATTEMPTS = 4;
const RETRY_MS = 1000;
const ANSWER_MS = 15_000;
export const CONFIRM_PATH = '/?Action=ConfirmSubscription';

/** Throws for an address that is not of this machine: the embedded AWS calls nobody outside. */
export function checkEndpoint(protocol: Subscription['protocol'], endpoint: string): void {
  if (protocol === 'lambda') {
    if (!/^arn:aws:lambda:/.test(endpoint)) throw invalid('Endpoint', 'Lambda endpoint ARN is not valid');
    return;
  }
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== `${protocol}:`) {
    throw invalid('Endpoint', 'Endpoint must match the specified protocol');
  }
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw invalid('Endpoint', `The embedded AWS calls only 127.0.0.1, not ${url.hostname}`);
  }
}

export class Deliveries {
  private readonly world: World;
  private readonly topics: Topics;
  private readonly stopped = new AbortController();

  constructor(world: World, topics: Topics) {
    this.world = world;
    this.topics = topics;
  }

  stop(): void {
    this.stopped.abort(new Error('The embedded AWS stops.'));
  }

  /** Returns at once; a delivery that fails for good is said, as SNS has no other place for it without a queue. */
  deliver(topicArn: string, message: PublishedMessage): void {
    for (const subscription of this.topics.subscriptionsOf(topicArn)) {
      if (subscription.token !== undefined) continue;
      void this.attempt(() => this.once(subscription, message)).catch((error: Error) => {
        this.world.say(`sns: ${subscription.endpoint} did not take message ${message.id}: ${error.message}`);
      });
    }
  }

  /** Asks a web server to confirm that it wants the messages. */
  askToConfirm(subscription: Subscription, token: string): void {
    const body = {
      Type: 'SubscriptionConfirmation',
      MessageId: randomUUID(),
      Token: token,
      TopicArn: subscription.topicArn,
      Message: `You have chosen to subscribe to the topic ${subscription.topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      SubscribeURL: `${this.world.endpoint}${CONFIRM_PATH}&TopicArn=${encodeURIComponent(subscription.topicArn)}&Token=${token}`,
      Timestamp: new Date(this.world.clock.now()).toISOString(),
      SignatureVersion: '1',
    };
    void this.attempt(() => this.post(subscription, 'SubscriptionConfirmation', JSON.stringify(body))).catch(
      (error: Error) => this.world.say(`sns: ${subscription.endpoint} was not reached: ${error.message}`),
    );
  }

  private async attempt(send: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.world.clock.during(send());
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || this.stopped.signal.aborted) throw error;
        await this.world.clock.sleep(RETRY_MS, this.stopped.signal);
      }
    }
  }

  private async once(subscription: Subscription, message: PublishedMessage): Promise<void> {
    if (subscription.protocol === 'lambda') {
      const event = { Records: [this.record(subscription, message)] };
      const answer = await this.world.ports.lambda.invoke(subscription.endpoint, event, this.stopped.signal);
      if (answer.functionError) throw new Error(JSON.stringify(answer.payload));
      return;
    }
    const raw = subscription.attributes['RawMessageDelivery'] === 'true';
    const body = raw ? message.message : JSON.stringify(this.notification(subscription, message));
    await this.post(subscription, 'Notification', body);
  }

  private async post(subscription: Subscription, type: string, body: string): Promise<void> {
    const response = await fetch(subscription.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'text/plain; charset=UTF-8',
        'x-amz-sns-message-type': type,
        'x-amz-sns-topic-arn': subscription.topicArn,
        'x-amz-sns-subscription-arn': subscription.arn,
        'user-agent': 'Amazon Simple Notification Service Agent',
      },
      body,
      redirect: 'error',
      signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`it answered ${response.status}`);
  }

  private notification(subscription: Subscription, message: PublishedMessage) {
    return {
      Type: 'Notification',
      MessageId: message.id,
      TopicArn: subscription.topicArn,
      ...(message.subject === undefined ? {} : { Subject: message.subject }),
      Message: message.message,
      Timestamp: new Date(message.at).toISOString(),
      SignatureVersion: '1',
      ...(Object.keys(message.attributes).length > 0 ? { MessageAttributes: message.attributes } : {}),
    };
  }

  private record(subscription: Subscription, message: PublishedMessage) {
    return {
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: subscription.arn,
      Sns: {
        ...this.notification(subscription, message),
        Subject: message.subject ?? null,
        MessageAttributes: message.attributes,
      },
    };
  }
}
