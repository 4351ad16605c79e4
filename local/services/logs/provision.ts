/** AWS::Logs::LogGroup, LogStream and MetricFilter. */
import { physicalName } from '../../provision/names.ts';
import { type Provisioner, unsupported, type World } from '../../service.ts';
import type { Groups } from './groups.ts';
import { checkRetention } from './log-groups.ts';
import { putMetricFilter } from './metric-filters.ts';
import { checkGroupName, checkStreamName, groupArn } from './model.ts';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface TransformationProperties {
  readonly MetricName: string;
  readonly MetricNamespace: string;
  readonly MetricValue: string | number;
  readonly DefaultValue?: string | number;
  readonly Unit?: string;
  readonly Dimensions?: readonly Tag[];
}

export function logsProvisioners(world: World, groups: Groups): Record<string, Provisioner> {
  return {
    'AWS::Logs::LogGroup': {
      honours: ['LogGroupName', 'RetentionInDays', 'Tags'],
      ignores: {
        KmsKeyId: 'Events lie unencrypted in the folder of the embedded AWS.',
        LogGroupClass: 'Every group behaves as one of the class STANDARD.',
        DeletionProtectionEnabled: '`lockstep local reset` deletes everything.',
      },
      provision(properties, place) {
        const name = String(properties['LogGroupName'] ?? physicalName(place, 512));
        checkGroupName(name);
        const group = groups.find(name) ?? groups.create(name);
        const tags = (properties['Tags'] ?? []) as readonly Tag[];
        group.tags = Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value]));
        if (properties['RetentionInDays'] === undefined) delete group.retentionInDays;
        else group.retentionInDays = checkRetention(Number(properties['RetentionInDays']));
        groups.save(group);
        return { ref: name, attributes: { Arn: `${groupArn(world, name)}:*` } };
      },
    },

    'AWS::Logs::LogStream': {
      honours: ['LogGroupName', 'LogStreamName'],
      provision(properties, place) {
        const group = groups.get(String(properties['LogGroupName']));
        const name = String(properties['LogStreamName'] ?? physicalName(place, 512));
        checkStreamName(name);
        if (!groups.streamsOf(group).some((stream) => stream.name === name)) groups.createStream(group, name);
        return { ref: name };
      },
    },

    'AWS::Logs::MetricFilter': {
      honours: ['LogGroupName', 'FilterName', 'FilterPattern', 'MetricTransformations'],
      provision(properties, place) {
        const filterName = String(properties['FilterName'] ?? physicalName(place, 512));
        const transformations = properties['MetricTransformations'] as readonly TransformationProperties[];
        putMetricFilter(world, groups, groups.get(String(properties['LogGroupName'])), {
          filterName,
          filterPattern: String(properties['FilterPattern'] ?? ''),
          metricTransformations: transformations.map(transformation),
        });
        return { ref: filterName };
      },
    },

    'AWS::Logs::SubscriptionFilter': {
      honours: [],
      provision() {
        throw unsupported(
          'AWS::Logs::SubscriptionFilter',
          'the resource',
          'Follow the group with live tail instead.',
        );
      },
    },
  };
}

function transformation(properties: TransformationProperties) {
  const { Dimensions: dimensions } = properties;
  return {
    metricName: properties.MetricName,
    metricNamespace: properties.MetricNamespace,
    metricValue: String(properties.MetricValue),
    ...(properties.DefaultValue === undefined ? {} : { defaultValue: Number(properties.DefaultValue) }),
    ...(properties.Unit === undefined ? {} : { unit: properties.Unit }),
    ...(dimensions
      ? { dimensions: Object.fromEntries(dimensions.map((each) => [each.Key, each.Value])) }
      : {}),
  };
}
