/** Scalable targets: registered, described, and what was done to them. */
import type {
  DeregisterScalableTargetCommandInput,
  DescribeScalableTargetsCommandInput,
  DescribeScalingActivitiesCommandInput,
  DescribeScheduledActionsCommandInput,
  ListTagsForResourceCommandInput,
  RegisterScalableTargetCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type Permission, type World } from '../../service.ts';
import { checkKind, DIMENSION, NAMESPACE, type Scaling } from './model.ts';
import type { Tracking } from './tracking.ts';

export function onTargets(world: World) {
  return (action: string) => (): Permission[] => [
    {
      action: `application-autoscaling:${action}`,
      resource: `arn:aws:application-autoscaling:${world.region}:${world.account}:scalable-target/*`,
    },
  ];
}

export function targetOperations(
  world: World,
  scaling: Scaling,
  tracking: Tracking,
): Record<string, Operation> {
  const on = onTargets(world);
  const everywhere = (action: string) => (): Permission[] => [
    { action: `application-autoscaling:${action}`, resource: '*' },
  ];
  const roleArn = `arn:aws:iam::${world.account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;

  return {
    RegisterScalableTarget: operation<RegisterScalableTargetCommandInput, object>(
      'RegisterScalableTarget',
      [
        'ServiceNamespace',
        'ResourceId',
        'ScalableDimension',
        'MinCapacity',
        'MaxCapacity',
        'RoleARN',
        'SuspendedState',
        'Tags',
      ],
      {
        permissions: on('RegisterScalableTarget'),
        run(input) {
          checkKind('RegisterScalableTarget', input.ServiceNamespace, input.ScalableDimension);
          const { SuspendedState: suspended } = input;
          const target = scaling.register(input.ResourceId ?? '', {
            min: input.MinCapacity,
            max: input.MaxCapacity,
            suspended: suspended && {
              ...(suspended.DynamicScalingInSuspended === undefined
                ? {}
                : { in: suspended.DynamicScalingInSuspended }),
              ...(suspended.DynamicScalingOutSuspended === undefined
                ? {}
                : { out: suspended.DynamicScalingOutSuspended }),
              ...(suspended.ScheduledScalingSuspended === undefined
                ? {}
                : { scheduled: suspended.ScheduledScalingSuspended }),
            },
            tags: input.Tags,
          });
          tracking.keepWithin(target);
          return { ScalableTargetARN: scaling.targetArn(target) };
        },
      },
    ),

    DeregisterScalableTarget: operation<DeregisterScalableTargetCommandInput, object>(
      'DeregisterScalableTarget',
      ['ServiceNamespace', 'ResourceId', 'ScalableDimension'],
      {
        permissions: on('DeregisterScalableTarget'),
        run(input) {
          checkKind('DeregisterScalableTarget', input.ServiceNamespace, input.ScalableDimension);
          scaling.deregister(input.ResourceId ?? '');
          return {};
        },
      },
    ),

    DescribeScalableTargets: operation<DescribeScalableTargetsCommandInput, object>(
      'DescribeScalableTargets',
      ['ServiceNamespace', 'ResourceIds', 'ScalableDimension', 'MaxResults', 'NextToken'],
      {
        permissions: everywhere('DescribeScalableTargets'),
        run(input) {
          if (input.ServiceNamespace !== NAMESPACE) return { ScalableTargets: [] };
          const found = scaling
            .all()
            .filter(({ resourceId }) => !input.ResourceIds || input.ResourceIds.includes(resourceId));
          const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 50, invalidToken);
          return {
            ScalableTargets: items.map((target) => ({
              ServiceNamespace: NAMESPACE,
              ResourceId: target.resourceId,
              ScalableDimension: DIMENSION,
              MinCapacity: target.min,
              MaxCapacity: target.max,
              RoleARN: roleArn,
              CreationTime: new Date(target.created),
              SuspendedState: {
                DynamicScalingInSuspended: target.suspended.in,
                DynamicScalingOutSuspended: target.suspended.out,
                ScheduledScalingSuspended: target.suspended.scheduled,
              },
              ScalableTargetARN: scaling.targetArn(target),
            })),
            NextToken: nextToken,
          };
        },
      },
    ),

    DescribeScalingActivities: operation<DescribeScalingActivitiesCommandInput, object>(
      'DescribeScalingActivities',
      [
        'ServiceNamespace',
        'ResourceId',
        'ScalableDimension',
        'MaxResults',
        'NextToken',
        'IncludeNotScaledActivities',
      ],
      {
        permissions: everywhere('DescribeScalingActivities'),
        run(input) {
          if (input.ServiceNamespace !== NAMESPACE) return { ScalingActivities: [] };
          const found = scaling.activitiesOf(input.ResourceId);
          const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 50, invalidToken);
          return {
            ScalingActivities: items.map((activity) => ({
              ActivityId: activity.id,
              ServiceNamespace: NAMESPACE,
              ResourceId: activity.resourceId,
              ScalableDimension: DIMENSION,
              Description: activity.description,
              Cause: activity.cause,
              StartTime: new Date(activity.at),
              EndTime: new Date(activity.at),
              StatusCode: 'Successful',
              StatusMessage: `Successfully set desired count to ${/\d+/.exec(activity.description)?.[0]}. Change successfully fulfilled by ecs.`,
            })),
            NextToken: nextToken,
          };
        },
      },
    ),

    DescribeScheduledActions: operation<DescribeScheduledActionsCommandInput, object>(
      'DescribeScheduledActions',
      [
        'ServiceNamespace',
        'ResourceId',
        'ScalableDimension',
        'ScheduledActionNames',
        'MaxResults',
        'NextToken',
      ],
      {
        permissions: everywhere('DescribeScheduledActions'),
        run: () => ({ ScheduledActions: [] }),
      },
    ),

    ListTagsForResource: operation<ListTagsForResourceCommandInput, object>(
      'ListTagsForResource',
      ['ResourceARN'],
      {
        permissions: (input) => [
          { action: 'application-autoscaling:ListTagsForResource', resource: input.ResourceARN ?? '' },
        ],
        run(input) {
          const target = scaling.all().find((each) => scaling.targetArn(each) === input.ResourceARN);
          if (!target) {
            throw new AwsError(
              'ResourceNotFoundException',
              `No scalable target found for ${input.ResourceARN}.`,
              {
                ResourceName: input.ResourceARN,
              },
            );
          }
          return { Tags: target.tags };
        },
      },
    ),
  };
}

export function invalidToken(): AwsError {
  return new AwsError('InvalidNextTokenException', 'The next token supplied was invalid.');
}
