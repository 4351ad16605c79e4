/** Topics: made, found, described, tagged. */
import type {
  CreateTopicCommandInput,
  DeleteTopicCommandInput,
  GetTopicAttributesCommandInput,
  ListTagsForResourceCommandInput,
  ListTopicsCommandInput,
  SetTopicAttributesCommandInput,
  TagResourceCommandInput,
} from '@aws-sdk/client-sns';
import { operation, page } from '../../operation.ts';
import { type Operation, unsupported, type World } from '../../service.ts';
import { invalid, type Topic, type Topics } from './model.ts';

const A_PAGE = 100;
const SETTABLE = ['DisplayName', 'Policy', 'TracingConfig', 'KmsMasterKeyId', 'DeliveryPolicy'];

export function topicOperations(world: World, topics: Topics): Record<string, Operation> {
  const on = (action: string) => (input: { TopicArn?: string | undefined }) => [
    { action: `sns:${action}`, resource: input.TopicArn ?? '' },
  ];
  return {
    CreateTopic: operation<CreateTopicCommandInput, object>('CreateTopic', ['Name', 'Attributes', 'Tags'], {
      permissions: (input) => [{ action: 'sns:CreateTopic', resource: topics.arn(input.Name ?? '') }],
      run(input) {
        const tags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
        for (const name of Object.keys(input.Attributes ?? {})) checkAttribute('CreateTopic', name);
        return { TopicArn: topics.create(input.Name ?? '', input.Attributes, tags).arn };
      },
    }),

    DeleteTopic: operation<DeleteTopicCommandInput, object>('DeleteTopic', ['TopicArn'], {
      permissions: on('DeleteTopic'),
      run(input) {
        topics.delete(input.TopicArn ?? '');
        return {};
      },
    }),

    ListTopics: operation<ListTopicsCommandInput, object>('ListTopics', ['NextToken'], {
      permissions: () => [{ action: 'sns:ListTopics', resource: '*' }],
      run(input) {
        const { items, nextToken } = page(topics.all(), input.NextToken, A_PAGE, () => invalid('NextToken'));
        return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), NextToken: nextToken };
      },
    }),

    GetTopicAttributes: operation<GetTopicAttributesCommandInput, object>(
      'GetTopicAttributes',
      ['TopicArn'],
      {
        permissions: on('GetTopicAttributes'),
        run: (input) => ({ Attributes: attributes(topics.get(input.TopicArn ?? '')) }),
      },
    ),

    SetTopicAttributes: operation<SetTopicAttributesCommandInput, object>(
      'SetTopicAttributes',
      ['TopicArn', 'AttributeName', 'AttributeValue'],
      {
        permissions: on('SetTopicAttributes'),
        run(input) {
          const topic = topics.get(input.TopicArn ?? '');
          checkAttribute('SetTopicAttributes', input.AttributeName ?? '');
          topic.attributes[input.AttributeName ?? ''] = input.AttributeValue ?? '';
          topics.save(topic);
          return {};
        },
      },
    ),

    ListTagsForResource: operation<ListTagsForResourceCommandInput, object>(
      'ListTagsForResource',
      ['ResourceArn'],
      {
        permissions: (input) => [{ action: 'sns:ListTagsForResource', resource: input.ResourceArn ?? '' }],
        run(input) {
          const { tags } = topics.get(input.ResourceArn ?? '');
          return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
        },
      },
    ),

    TagResource: operation<TagResourceCommandInput, object>('TagResource', ['ResourceArn', 'Tags'], {
      permissions: (input) => [{ action: 'sns:TagResource', resource: input.ResourceArn ?? '' }],
      run(input) {
        const topic = topics.get(input.ResourceArn ?? '');
        for (const { Key, Value } of input.Tags ?? []) topic.tags[Key ?? ''] = Value ?? '';
        topics.save(topic);
        return {};
      },
    }),
  };

  function attributes(topic: Topic): Record<string, string> {
    const subscriptions = topics.subscriptionsOf(topic.arn);
    const pending = subscriptions.filter((subscription) => subscription.token !== undefined).length;
    return {
      TopicArn: topic.arn,
      Owner: world.account,
      DisplayName: '',
      SubscriptionsConfirmed: String(subscriptions.length - pending),
      SubscriptionsPending: String(pending),
      SubscriptionsDeleted: '0',
      Policy: JSON.stringify({ Version: '2008-10-17', Id: '__default_policy_ID', Statement: [] }),
      ...topic.attributes,
    };
  }
}

function checkAttribute(operationName: string, name: string): void {
  if (name === 'FifoTopic') throw unsupported(operationName, 'FifoTopic');
  if (!SETTABLE.includes(name)) throw invalid('AttributeName');
}
