/** Publish and PublishBatch. */
import { randomUUID } from 'node:crypto';
import type {
  MessageAttributeValue,
  PublishBatchCommandInput,
  PublishCommandInput,
} from '@aws-sdk/client-sns';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, unsupported, type World } from '../../service.ts';
import type { Deliveries } from './deliver.ts';
import { invalid, type MessageAttribute, type Topics } from './model.ts';

const MOST_BYTES = 262_144;
const MOST_ENTRIES = 10;

interface Message {
  readonly Message?: string | undefined;
  readonly Subject?: string | undefined;
  readonly MessageAttributes?: Record<string, MessageAttributeValue> | undefined;
}

export function publishOperations(
  world: World,
  topics: Topics,
  deliveries: Deliveries,
): Record<string, Operation> {
  const publish = (topicArn: string, message: Message): string => {
    const { Message: text = '', Subject: subject } = message;
    check(text, subject);
    const published = {
      id: randomUUID(),
      at: world.clock.now(),
      ...(subject === undefined ? {} : { subject }),
      message: text,
      attributes: attributesOf(message.MessageAttributes),
    };
    topics.keep(topicArn, published);
    deliveries.deliver(topicArn, published);
    return published.id;
  };

  return {
    Publish: operation<PublishCommandInput, object>(
      'Publish',
      ['TopicArn', 'TargetArn', 'Message', 'Subject', 'MessageStructure', 'MessageAttributes'],
      {
        permissions: (input) => [
          { action: 'sns:Publish', resource: input.TopicArn ?? input.TargetArn ?? '*' },
        ],
        run(input) {
          const arn = input.TopicArn ?? input.TargetArn;
          if (arn === undefined) throw invalid('TopicArn or TargetArn', 'no value for required parameter');
          const topic = topics.get(arn);
          if (input.MessageStructure === undefined) return { MessageId: publish(topic.arn, input) };
          if (input.MessageStructure !== 'json') throw invalid('MessageStructure');
          return { MessageId: publish(topic.arn, { ...input, Message: defaultOf(input.Message ?? '') }) };
        },
      },
    ),

    PublishBatch: operation<PublishBatchCommandInput, object>(
      'PublishBatch',
      ['TopicArn', 'PublishBatchRequestEntries'],
      {
        permissions: (input) => [{ action: 'sns:Publish', resource: input.TopicArn ?? '' }],
        run(input) {
          const topic = topics.get(input.TopicArn ?? '');
          const entries = input.PublishBatchRequestEntries ?? [];
          if (entries.length === 0)
            throw new AwsError('EmptyBatchRequestException', 'The batch request contains no entries.');
          if (entries.length > MOST_ENTRIES) {
            throw new AwsError(
              'TooManyEntriesInBatchRequestException',
              'The batch request contains more entries than permissible.',
            );
          }
          if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
            throw new AwsError(
              'BatchEntryIdsNotDistinctException',
              'Two or more batch entries in the request have the same Id.',
            );
          }
          if (entries.some((entry) => entry.MessageStructure !== undefined)) {
            throw unsupported('PublishBatch', 'MessageStructure');
          }
          for (const entry of entries) check(entry.Message ?? '', entry.Subject);
          return {
            Successful: entries.map((entry) => ({ Id: entry.Id, MessageId: publish(topic.arn, entry) })),
            Failed: [],
          };
        },
      },
    ),
  };
}

function check(message: string, subject: string | undefined): void {
  if (message === '') throw invalid('Empty message');
  if (Buffer.byteLength(message) > MOST_BYTES) throw invalid('Message too long');
  if (subject !== undefined && (subject.length === 0 || subject.length > 100 || /[\n\r]/.test(subject))) {
    throw invalid('Subject');
  }
}

/** Of a message per protocol only the default is used: there is no protocol here that would differ. */
function defaultOf(message: string): string {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  const { default: text } = value as { default?: unknown };
  if (typeof text !== 'string') throw invalid('Message Structure - No default entry in JSON message body');
  return text;
}

function attributesOf(
  given: Record<string, MessageAttributeValue> | undefined,
): Record<string, MessageAttribute> {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        Type: DataType ?? '',
        Value: StringValue ?? Buffer.from(BinaryValue ?? new Uint8Array()).toString('base64'),
      },
    ]),
  );
}
