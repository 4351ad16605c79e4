/** AWS::ApplicationAutoScaling::ScalableTarget and ScalingPolicy. */
import type {
  SuspendedState,
  TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';
import { type Provisioner, unsupported } from '../../service.ts';
import { checkKind, DIMENSION, NAMESPACE, type Scaling } from './model.ts';
import { policyOf } from './policies.ts';
import type { Tracking } from './tracking.ts';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export function scalingProvisioners(scaling: Scaling, tracking: Tracking): Record<string, Provisioner> {
  return {
    'AWS::ApplicationAutoScaling::ScalableTarget': {
      honours: [
        'ServiceNamespace',
        'ScalableDimension',
        'ResourceId',
        'MinCapacity',
        'MaxCapacity',
        'SuspendedState',
        'ScheduledActions',
        'Tags',
      ],
      ignores: { RoleARN: 'The embedded Application Auto Scaling has the rights that it needs.' },
      provision(properties) {
        const type = 'AWS::ApplicationAutoScaling::ScalableTarget';
        checkKind(type, String(properties['ServiceNamespace']), String(properties['ScalableDimension']));
        const actions = (properties['ScheduledActions'] ?? []) as readonly unknown[];
        if (actions.length > 0) throw unsupported(type, 'ScheduledActions');
        const suspended = (properties['SuspendedState'] ?? {}) as SuspendedState;
        const tags = (properties['Tags'] ?? []) as readonly Tag[];
        const target = scaling.register(String(properties['ResourceId']), {
          min: Number(properties['MinCapacity']),
          max: Number(properties['MaxCapacity']),
          suspended: {
            in: suspended.DynamicScalingInSuspended === true,
            out: suspended.DynamicScalingOutSuspended === true,
            scheduled: suspended.ScheduledScalingSuspended === true,
          },
          tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
        });
        tracking.keepWithin(target);
        const ref = `${target.resourceId}|${DIMENSION}|${NAMESPACE}`;
        return { ref, attributes: { Id: ref } };
      },
    },

    'AWS::ApplicationAutoScaling::ScalingPolicy': {
      honours: [
        'PolicyName',
        'PolicyType',
        'ScalingTargetId',
        'ResourceId',
        'ScalableDimension',
        'ServiceNamespace',
        'TargetTrackingScalingPolicyConfiguration',
      ],
      provision(properties) {
        const [resourceId = '', dimension, namespace] = properties['ScalingTargetId']
          ? String(properties['ScalingTargetId']).split('|')
          : ['ResourceId', 'ScalableDimension', 'ServiceNamespace'].map((name) => String(properties[name]));
        checkKind('AWS::ApplicationAutoScaling::ScalingPolicy', namespace, dimension);
        const policy = scaling.putPolicy(
          policyOf('AWS::ApplicationAutoScaling::ScalingPolicy', {
            name: String(properties['PolicyName']),
            resourceId,
            type: String(properties['PolicyType']),
            tracking: properties['TargetTrackingScalingPolicyConfiguration'] as
              | TargetTrackingScalingPolicyConfiguration
              | undefined,
          }),
        );
        tracking.schedule();
        return { ref: policy.arn, attributes: { Arn: policy.arn } };
      },
    },
  };
}
