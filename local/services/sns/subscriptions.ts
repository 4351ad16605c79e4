/** Subscriptions of functions and of web servers of this machine. */
import { randomUUID } from 'node:crypto';
import type {
  ConfirmSubscriptionCommandInput,
  GetSubscriptionAttributesCommandInput,
  ListSubscriptionsByTopicCommandInput,
  ListSubscriptionsCommandInput,
  SubscribeCommandInput,
  UnsubscribeCommandInput,
} from '@aws-sdk/client-sns';
import { operation, page } from '../../operation.ts';
import { type Operation, unsupported, type World } from '../../service.ts';
import { checkEndpoint, type Deliveries } from './deliver.ts';
import { invalid, type Subscription, type Topics } from './model.ts';

const A_PAGE = 100;
const PROTOCOLS: readonly string[] = ['lambda', 'http', 'https'];

/** Subscribes once: the same endpoint of the same topic is the same subscription. */
export function subscribe(
  operationName: string,
  topics: Topics,
  deliveries: Deliveries,
  given: { topicArn: string; protocol: string; endpoint: string; attributes: Record<string, string> },
): Subscription {
  const topic = topics.get(given.topicArn);
  if (!PROTOCOLS.includes(given.protocol)) {
    throw unsupported(
      operationName,
      `the protocol ${given.protocol}`,
      'Functions and web servers of this machine can subscribe.',
    );
  }
  for (const name of Object.keys(given.attributes)) {
    if (name !== 'RawMessageDelivery') throw unsupported(operationName, `the attribute ${name}`);
  }
  const protocol = given.protocol as Subscription['protocol'];
  checkEndpoint(protocol, given.endpoint);
  const known = topics
    .subscriptionsOf(topic.arn)
    .find((each) => each.protocol === protocol && each.endpoint === given.endpoint);
  const token = protocol === 'lambda' ? undefined : (known?.token ?? randomUUID().replaceAll('-', ''));
  const subscription: Subscription = {
    arn: known?.arn ?? `${topic.arn}:${randomUUID()}`,
    topicArn: topic.arn,
    protocol,
    endpoint: given.endpoint,
    attributes: given.attributes,
    // One that has been confirmed stays so.
    ...(token === undefined || (known && known.token === undefined) ? {} : { token }),
  };
  topics.subscribe(subscription);
  if (subscription.token !== undefined) deliveries.askToConfirm(subscription, subscription.token);
  return subscription;
}

/** Undefined where no subscription of the topic waits for that token. */
export function confirm(topics: Topics, topicArn: string, token: string): Subscription | undefined {
  const waiting = topics.subscriptionsOf(topicArn).find((subscription) => subscription.token === token);
  if (!waiting) return undefined;
  const { token: _token, ...confirmed } = waiting;
  topics.subscribe(confirmed);
  return confirmed;
}

export function subscriptionOperations(
  world: World,
  topics: Topics,
  deliveries: Deliveries,
): Record<string, Operation> {
  const on = (action: string) => (input: { TopicArn?: string | undefined }) => [
    { action: `sns:${action}`, resource: input.TopicArn ?? '' },
  ];
  const onSubscription = (action: string) => (input: { SubscriptionArn?: string | undefined }) => [
    { action: `sns:${action}`, resource: (input.SubscriptionArn ?? '').split(':').slice(0, 6).join(':') },
  ];
  const list = (found: readonly Subscription[], token: string | undefined) => {
    const { items, nextToken } = page(found, token, A_PAGE, () => invalid('NextToken'));
    return {
      Subscriptions: items.map((subscription) => ({
        SubscriptionArn: subscription.token === undefined ? subscription.arn : 'PendingConfirmation',
        Owner: world.account,
        Protocol: subscription.protocol,
        Endpoint: subscription.endpoint,
        TopicArn: subscription.topicArn,
      })),
      NextToken: nextToken,
    };
  };

  return {
    Subscribe: operation<SubscribeCommandInput, object>(
      'Subscribe',
      ['TopicArn', 'Protocol', 'Endpoint', 'Attributes', 'ReturnSubscriptionArn'],
      {
        permissions: on('Subscribe'),
        run(input) {
          const subscription = subscribe('Subscribe', topics, deliveries, {
            topicArn: input.TopicArn ?? '',
            protocol: input.Protocol ?? '',
            endpoint: input.Endpoint ?? '',
            attributes: input.Attributes ?? {},
          });
          const told = subscription.token === undefined || input.ReturnSubscriptionArn === true;
          return { SubscriptionArn: told ? subscription.arn : 'pending confirmation' };
        },
      },
    ),

    ConfirmSubscription: operation<ConfirmSubscriptionCommandInput, object>(
      'ConfirmSubscription',
      ['TopicArn', 'Token', 'AuthenticateOnUnsubscribe'],
      {
        permissions: on('ConfirmSubscription'),
        run(input) {
          const confirmed = confirm(topics, topics.get(input.TopicArn ?? '').arn, input.Token ?? '');
          if (!confirmed) throw invalid('Token');
          return { SubscriptionArn: confirmed.arn };
        },
      },
    ),

    Unsubscribe: operation<UnsubscribeCommandInput, object>('Unsubscribe', ['SubscriptionArn'], {
      permissions: onSubscription('Unsubscribe'),
      run(input) {
        topics.unsubscribe(topics.subscription(input.SubscriptionArn ?? '').arn);
        return {};
      },
    }),

    ListSubscriptions: operation<ListSubscriptionsCommandInput, object>('ListSubscriptions', ['NextToken'], {
      permissions: () => [{ action: 'sns:ListSubscriptions', resource: '*' }],
      run: (input) => list(topics.subscriptionsOf(), input.NextToken),
    }),

    ListSubscriptionsByTopic: operation<ListSubscriptionsByTopicCommandInput, object>(
      'ListSubscriptionsByTopic',
      ['TopicArn', 'NextToken'],
      {
        permissions: on('ListSubscriptionsByTopic'),
        run: (input) => list(topics.subscriptionsOf(topics.get(input.TopicArn ?? '').arn), input.NextToken),
      },
    ),

    GetSubscriptionAttributes: operation<GetSubscriptionAttributesCommandInput, object>(
      'GetSubscriptionAttributes',
      ['SubscriptionArn'],
      {
        permissions: onSubscription('GetSubscriptionAttributes'),
        run(input) {
          const subscription = topics.subscription(input.SubscriptionArn ?? '');
          return {
            Attributes: {
              SubscriptionArn: subscription.arn,
              TopicArn: subscription.topicArn,
              Owner: world.account,
              Protocol: subscription.protocol,
              Endpoint: subscription.endpoint,
              PendingConfirmation: String(subscription.token !== undefined),
              ConfirmationWasAuthenticated: 'true',
              RawMessageDelivery: 'false',
              ...subscription.attributes,
            },
          };
        },
      },
    ),
  };
}
