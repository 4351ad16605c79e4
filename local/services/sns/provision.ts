/** AWS::SNS::Topic, TopicPolicy and Subscription. */
import { physicalName } from '../../provision/names.ts';
import { type Provisioner, unsupported } from '../../service.ts';
import type { Deliveries } from './deliver.ts';
import type { Topics } from './model.ts';
import { subscribe } from './subscriptions.ts';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface InlineSubscription {
  readonly Protocol: string;
  readonly Endpoint: string;
}

export function snsProvisioners(topics: Topics, deliveries: Deliveries): Record<string, Provisioner> {
  return {
    'AWS::SNS::Topic': {
      honours: ['TopicName', 'DisplayName', 'Subscription', 'Tags', 'FifoTopic'],
      ignores: {
        KmsMasterKeyId: 'Messages lie unencrypted in the folder of the embedded AWS.',
        TracingConfig: 'There is no X-Ray here.',
        SignatureVersion: 'Messages are not signed here.',
      },
      provision(properties, place) {
        if (properties['FifoTopic'] === true) throw unsupported('AWS::SNS::Topic', 'FifoTopic');
        const name = String(properties['TopicName'] ?? physicalName(place, 256));
        const { DisplayName: displayName, Tags: tags, Subscription: inline } = properties;
        const topic = topics.create(
          name,
          displayName === undefined ? {} : { DisplayName: String(displayName) },
          Object.fromEntries(((tags ?? []) as readonly Tag[]).map(({ Key, Value }) => [Key, Value])),
        );
        for (const { Protocol, Endpoint } of (inline ?? []) as readonly InlineSubscription[]) {
          const given = { topicArn: topic.arn, protocol: Protocol, endpoint: Endpoint, attributes: {} };
          subscribe('AWS::SNS::Topic', topics, deliveries, given);
        }
        return { ref: topic.arn, attributes: { TopicArn: topic.arn, TopicName: name } };
      },
    },

    'AWS::SNS::TopicPolicy': {
      honours: ['Topics', 'PolicyDocument'],
      provision(properties, place) {
        for (const arn of properties['Topics'] as readonly string[]) {
          const topic = topics.get(arn);
          topic.attributes['Policy'] = JSON.stringify(properties['PolicyDocument']);
          topics.save(topic);
        }
        return { ref: physicalName(place) };
      },
    },

    'AWS::SNS::Subscription': {
      honours: ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery'],
      ignores: { Region: 'There is one region here.' },
      provision(properties) {
        const raw = properties['RawMessageDelivery'];
        const subscription = subscribe('AWS::SNS::Subscription', topics, deliveries, {
          topicArn: String(properties['TopicArn']),
          protocol: String(properties['Protocol']),
          endpoint: String(properties['Endpoint'] ?? ''),
          attributes: raw === undefined ? {} : { RawMessageDelivery: String(raw) },
        });
        return { ref: subscription.arn, attributes: { Arn: subscription.arn } };
      },
    },
  };
}
