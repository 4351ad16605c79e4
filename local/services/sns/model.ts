/** Topics, subscriptions and published messages, as they are stored. */
import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';

export interface Topic {
  readonly arn: string;
  readonly name: string;
  attributes: Record<string, string>;
  tags: Record<string, string>;
}

export interface Subscription {
  /** `TOPIC_ARN:UUID`. */
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: 'lambda' | 'http' | 'https';
  readonly endpoint: string;
  attributes: Record<string, string>;
  /** Undefined once the endpoint has confirmed. */
  token?: string;
}

export interface PublishedMessage {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly subject?: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
}

export interface MessageAttribute {
  readonly Type: string;
  readonly Value: string;
}

const KEPT_MESSAGES = 100;

export class Topics {
  private readonly world: World;
  private readonly topics: Collection<Topic>;
  private readonly subscriptions: Collection<Subscription>;
  private readonly messages: Collection<PublishedMessage[]>;

  constructor(world: World) {
    const store = world.store('sns');
    this.world = world;
    this.topics = store.collection<Topic>('topics');
    this.subscriptions = store.collection<Subscription>('subscriptions');
    this.messages = messagesOf(world);
  }

  arn(name: string): string {
    return `arn:aws:sns:${this.world.region}:${this.world.account}:${name}`;
  }

  all(): Topic[] {
    return this.topics.values().sort((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  get(arn: string): Topic {
    if (!/^arn:aws:sns:[^:]+:\d+:[^:]+$/.test(arn)) throw invalid('TopicArn');
    const topic = this.topics.get(arn);
    if (!topic) throw new AwsError('NotFoundException', 'Topic does not exist', {}, 404);
    return topic;
  }

  /** Makes the topic, or gives the one that is there: CreateTopic is idempotent. */
  create(name: string, attributes: Record<string, string> = {}, tags: Record<string, string> = {}): Topic {
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw invalid('Topic Name');
    const arn = this.arn(name);
    const topic = this.topics.get(arn) ?? { arn, name, attributes: {}, tags: {} };
    topic.attributes = { ...topic.attributes, ...attributes };
    topic.tags = { ...topic.tags, ...tags };
    this.topics.set(arn, topic);
    return topic;
  }

  save(topic: Topic): void {
    this.topics.set(topic.arn, topic);
  }

  delete(arn: string): void {
    for (const subscription of this.subscriptionsOf(arn)) this.unsubscribe(subscription.arn);
    this.topics.delete(arn);
    this.messages.delete(arn);
  }

  subscriptionsOf(topicArn?: string): Subscription[] {
    return this.subscriptions
      .values()
      .filter((subscription) => topicArn === undefined || subscription.topicArn === topicArn)
      .sort((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  subscription(arn: string): Subscription {
    const subscription = this.subscriptions.get(arn);
    if (!subscription) throw new AwsError('NotFoundException', 'Subscription does not exist', {}, 404);
    return subscription;
  }

  subscribe(subscription: Subscription): void {
    this.subscriptions.set(subscription.arn, subscription);
  }

  unsubscribe(arn: string): void {
    this.subscriptions.delete(arn);
  }

  keep(topicArn: string, message: PublishedMessage): void {
    const messages = this.messages.get(topicArn) ?? [];
    this.messages.set(topicArn, [...messages, message].slice(-KEPT_MESSAGES));
  }
}

function messagesOf(world: World): Collection<PublishedMessage[]> {
  return world.store('sns').collection<PublishedMessage[]>('messages');
}

/** The last messages of a topic, oldest first: for tests and the console; AWS keeps none and has no such operation. */
export function publishedMessages(world: World, topicArn: string): readonly PublishedMessage[] {
  return messagesOf(world).get(topicArn) ?? [];
}

export function invalid(parameter: string, reason?: string): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `Invalid parameter: ${parameter}${reason === undefined ? '' : ` Reason: ${reason}`}`,
  );
}
