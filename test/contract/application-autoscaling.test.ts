import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { sessionOf } from '../local/events/role.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({
  services: [
    'iam',
    'ecs',
    'ecr',
    'elasticloadbalancing',
    'application-autoscaling',
    'monitoring',
    'events',
    'logs',
  ],
  runtime: 'simulated',
});
const scaling = new ApplicationAutoScalingClient(world.client);
const ecs = new ECSClient(world.client);
await ecs.send(new CreateClusterCommand({ clusterName: 'main' }));
await ecs.send(
  new RegisterTaskDefinitionCommand({
    family: 'backend',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'app', image: 'none' }],
  }),
);
await ecs.send(
  new CreateServiceCommand({
    cluster: 'main',
    serviceName: 'backend',
    taskDefinition: 'backend',
    desiredCount: 0,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
  }),
);

const of = {
  ServiceNamespace: 'ecs' as const,
  ResourceId: 'service/main/backend',
  ScalableDimension: 'ecs:service:DesiredCount' as const,
};
const register = (rest: object) => scaling.send(new RegisterScalableTargetCommand({ ...of, ...rest }));
const describe_ = async () =>
  (await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }))).ScalableTargets?.[0];

test('RegisterScalableTarget, DescribeScalableTargets, ListTagsForResource', async () => {
  await expect(register({ MinCapacity: 0 })).rejects.toMatchObject({ name: 'ValidationException' });
  const { ScalableTargetARN } = await register({ MinCapacity: 0, MaxCapacity: 4, Tags: { a: '1' } });
  expect(await describe_()).toMatchObject({
    ...of,
    ScalableTargetARN,
    MinCapacity: 0,
    MaxCapacity: 4,
    SuspendedState: { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false },
  });
  await register({ SuspendedState: { DynamicScalingInSuspended: true } });
  expect(await describe_()).toMatchObject({
    MaxCapacity: 4,
    SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false },
  });
  const { Tags } = await scaling.send(new ListTagsForResourceCommand({ ResourceARN: ScalableTargetARN }));
  expect(Tags).toEqual({ a: '1' });
  await expect(
    scaling.send(
      new RegisterScalableTargetCommand({
        ...of,
        ResourceId: 'service/main/none',
        MinCapacity: 1,
        MaxCapacity: 2,
      }),
    ),
  ).rejects.toMatchObject({ message: "ECS service doesn't exist: service/main/none" });
});

test('PutScalingPolicy, DescribeScalingPolicies, DeleteScalingPolicy', async () => {
  const TargetTrackingScalingPolicyConfiguration = {
    TargetValue: 60,
    PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' as const },
  };
  const { PolicyARN } = await scaling.send(
    new PutScalingPolicyCommand({
      ...of,
      PolicyName: 'cpu',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration,
    }),
  );
  const policies = async () =>
    (await scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' }))).ScalingPolicies;
  expect(await policies()).toMatchObject([
    { ...of, PolicyARN, PolicyName: 'cpu', TargetTrackingScalingPolicyConfiguration },
  ]);
  await scaling.send(new DeleteScalingPolicyCommand({ ...of, PolicyName: 'cpu' }));
  expect(await policies()).toEqual([]);
  await expect(
    scaling.send(new DeleteScalingPolicyCommand({ ...of, PolicyName: 'cpu' })),
  ).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
});

test('step scaling and other services are refused', async () => {
  await expect(
    scaling.send(new PutScalingPolicyCommand({ ...of, PolicyName: 'x', PolicyType: 'StepScaling' })),
  ).rejects.toThrow('PutScalingPolicy: PolicyType StepScaling is not supported here.');
  await expect(
    scaling.send(
      new RegisterScalableTargetCommand({
        ServiceNamespace: 'dynamodb',
        ResourceId: 'table/x',
        ScalableDimension: 'dynamodb:table:ReadCapacityUnits',
      }),
    ),
  ).rejects.toMatchObject({ name: 'LockstepLocalUnsupported' });
});

test('DescribeScalingActivities tells why; DescribeScheduledActions knows none; DeregisterScalableTarget', async () => {
  await register({ MinCapacity: 1, MaxCapacity: 4 });
  const { ScalingActivities } = await scaling.send(
    new DescribeScalingActivitiesCommand({ ServiceNamespace: 'ecs' }),
  );
  expect(ScalingActivities).toMatchObject([
    {
      ...of,
      Description: 'Setting desired count to 1.',
      Cause: 'minimum capacity was set to 1',
      StatusCode: 'Successful',
    },
  ]);
  const actions = await scaling.send(new DescribeScheduledActionsCommand({ ServiceNamespace: 'ecs' }));
  expect(actions.ScheduledActions).toEqual([]);
  await scaling.send(new DeregisterScalableTargetCommand(of));
  expect(await describe_()).toBeUndefined();
});

test('a role that may only look may not register', async () => {
  const mine = new ApplicationAutoScalingClient(
    await sessionOf(world, 'looker', [
      { Action: 'application-autoscaling:DescribeScalableTargets', Resource: '*' },
    ]),
  );
  await mine.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }));
  await expect(
    mine.send(new RegisterScalableTargetCommand({ ...of, MinCapacity: 1, MaxCapacity: 2 })),
  ).rejects.toThrow(/is not authorized to perform: application-autoscaling:RegisterScalableTarget/);
});
