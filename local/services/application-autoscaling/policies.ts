/** PutScalingPolicy, DeleteScalingPolicy, DescribeScalingPolicies, and what makes a policy valid. */
import type {
  DeleteScalingPolicyCommandInput,
  DescribeScalingPoliciesCommandInput,
  PutScalingPolicyCommandInput,
  TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, unsupported } from '../../service.ts';
import {
  checkKind,
  DIMENSION,
  NAMESPACE,
  type Policy,
  type Scaling,
  type TrackedMetric,
  validation,
} from './model.ts';
import { invalidToken, type onTargets } from './targets.ts';
import type { Tracking } from './tracking.ts';

/** Seconds: what AWS uses for ECS services where a policy says nothing. */
const COOLDOWN_S = 300;
const STATISTICS = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'];

export interface GivenPolicy {
  readonly name: string;
  readonly resourceId: string;
  readonly type: string | undefined;
  readonly tracking: TargetTrackingScalingPolicyConfiguration | undefined;
}

/** Refuses by field what the embedded AWS does not scale by. */
export function policyOf(operationName: string, given: GivenPolicy): Omit<Policy, 'arn' | 'created'> {
  if (given.type !== 'TargetTrackingScaling') {
    throw unsupported(operationName, `PolicyType ${given.type ?? 'StepScaling'}`, 'Target tracking is done.');
  }
  const { tracking } = given;
  if (!tracking || !(Number(tracking.TargetValue) > 0)) {
    throw validation('TargetTrackingScalingPolicyConfiguration needs a TargetValue greater than 0.');
  }
  return {
    name: given.name,
    resourceId: given.resourceId,
    metric: metricOf(operationName, tracking),
    target: Number(tracking.TargetValue),
    outCooldown: Number(tracking.ScaleOutCooldown ?? COOLDOWN_S),
    inCooldown: Number(tracking.ScaleInCooldown ?? COOLDOWN_S),
    disableScaleIn: tracking.DisableScaleIn === true,
  };
}

function metricOf(operationName: string, given: TargetTrackingScalingPolicyConfiguration): TrackedMetric {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: custom } = given;
  if ((predefined === undefined) === (custom === undefined)) {
    throw validation(
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be given.',
    );
  }
  if (custom) {
    if (custom.Metrics) throw unsupported(operationName, 'CustomizedMetricSpecification.Metrics');
    if (!STATISTICS.includes(custom.Statistic ?? ''))
      throw validation(`Unknown statistic ${custom.Statistic}.`);
    return {
      kind: 'custom',
      namespace: custom.Namespace ?? '',
      name: custom.MetricName ?? '',
      dimensions: Object.fromEntries(
        (custom.Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']),
      ),
      statistic: custom.Statistic ?? 'Average',
    };
  }
  switch (predefined?.PredefinedMetricType) {
    case 'ECSServiceAverageCPUUtilization':
      return { kind: 'cpu' };
    case 'ECSServiceAverageMemoryUtilization':
      return { kind: 'memory' };
    case 'ALBRequestCountPerTarget':
      if (!/^app\/[^/]+\/[^/]+\/targetgroup\/[^/]+\/[^/]+$/.test(predefined.ResourceLabel ?? '')) {
        throw validation('ALBRequestCountPerTarget needs a ResourceLabel: app/NAME/ID/targetgroup/NAME/ID.');
      }
      return { kind: 'requests', label: predefined.ResourceLabel ?? '' };
    default:
      throw unsupported(operationName, `PredefinedMetricType ${predefined?.PredefinedMetricType}`);
  }
}

export function policyOperations(
  scaling: Scaling,
  tracking: Tracking,
  on: ReturnType<typeof onTargets>,
): Record<string, Operation> {
  return {
    PutScalingPolicy: operation<PutScalingPolicyCommandInput, object>(
      'PutScalingPolicy',
      [
        'PolicyName',
        'ServiceNamespace',
        'ResourceId',
        'ScalableDimension',
        'PolicyType',
        'TargetTrackingScalingPolicyConfiguration',
      ],
      {
        permissions: on('PutScalingPolicy'),
        run(input) {
          checkKind('PutScalingPolicy', input.ServiceNamespace, input.ScalableDimension);
          const policy = scaling.putPolicy(
            policyOf('PutScalingPolicy', {
              name: input.PolicyName ?? '',
              resourceId: input.ResourceId ?? '',
              type: input.PolicyType,
              tracking: input.TargetTrackingScalingPolicyConfiguration,
            }),
          );
          tracking.schedule();
          return { PolicyARN: policy.arn, Alarms: [] };
        },
      },
    ),

    DeleteScalingPolicy: operation<DeleteScalingPolicyCommandInput, object>(
      'DeleteScalingPolicy',
      ['PolicyName', 'ServiceNamespace', 'ResourceId', 'ScalableDimension'],
      {
        permissions: on('DeleteScalingPolicy'),
        run(input) {
          checkKind('DeleteScalingPolicy', input.ServiceNamespace, input.ScalableDimension);
          const policy = scaling.policy(input.ResourceId ?? '', input.PolicyName ?? '');
          if (!policy) {
            throw new AwsError(
              'ObjectNotFoundException',
              `No scaling policy found for service namespace: ecs, resource ID: ${input.ResourceId}, scalable dimension: ${DIMENSION}: ${input.PolicyName}`,
            );
          }
          scaling.deletePolicy(policy);
          return {};
        },
      },
    ),

    DescribeScalingPolicies: operation<DescribeScalingPoliciesCommandInput, object>(
      'DescribeScalingPolicies',
      ['PolicyNames', 'ServiceNamespace', 'ResourceId', 'ScalableDimension', 'MaxResults', 'NextToken'],
      {
        permissions: () => [{ action: 'application-autoscaling:DescribeScalingPolicies', resource: '*' }],
        run(input) {
          if (input.ServiceNamespace !== NAMESPACE) return { ScalingPolicies: [] };
          const found = scaling
            .policiesOf(input.ResourceId)
            .filter((policy) => !input.PolicyNames || input.PolicyNames.includes(policy.name));
          const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 50, invalidToken);
          return { ScalingPolicies: items.map(describe), NextToken: nextToken };
        },
      },
    ),
  };
}

function describe(policy: Policy) {
  return {
    PolicyARN: policy.arn,
    PolicyName: policy.name,
    ServiceNamespace: NAMESPACE,
    ResourceId: policy.resourceId,
    ScalableDimension: DIMENSION,
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: policy.target,
      ...specification(policy.metric),
      ScaleOutCooldown: policy.outCooldown,
      ScaleInCooldown: policy.inCooldown,
      DisableScaleIn: policy.disableScaleIn,
    },
    Alarms: [],
    CreationTime: new Date(policy.created),
  };
}

function specification(metric: TrackedMetric) {
  switch (metric.kind) {
    case 'cpu':
      return { PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' } };
    case 'memory':
      return {
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
      };
    case 'requests':
      return {
        PredefinedMetricSpecification: {
          PredefinedMetricType: 'ALBRequestCountPerTarget',
          ResourceLabel: metric.label,
        },
      };
    case 'custom':
      return {
        CustomizedMetricSpecification: {
          Namespace: metric.namespace,
          MetricName: metric.name,
          Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
          Statistic: metric.statistic,
        },
      };
  }
}
