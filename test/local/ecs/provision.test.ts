import type * as ecs from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Store } from '../../../local/store.ts';
import { type Cluster, EXECUTION_ROLE, simulatedCluster } from './cluster.ts';
import { provision } from './world.ts';

let cluster: Cluster;
let stores: Map<string, Store>;
const seconds = (count: number) => cluster.world.clock.sleep(count * 1000);

beforeEach(async () => {
  stores = new Map();
  cluster = await simulatedCluster(() => ({ boot: 100 }), { stores });
});
afterEach(() => cluster.close());

async function template(change: { task?: object; service?: object } = {}) {
  const cluster_ = await provision(cluster.ecs, 'AWS::ECS::Cluster', 'Cluster', {
    ClusterName: 'main',
    ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }],
  });
  const definition = await provision(cluster.ecs, 'AWS::ECS::TaskDefinition', 'Definition', {
    Family: 'backend-local',
    Cpu: '256',
    Memory: '512',
    NetworkMode: 'awsvpc',
    RequiresCompatibilities: ['FARGATE'],
    ExecutionRoleArn: EXECUTION_ROLE,
    ContainerDefinitions: [
      {
        Name: 'backend',
        Image: cluster.image('stand-in'),
        DockerLabels: { 'Some.Label': 'Kept' },
        Environment: [{ Name: 'PORT', Value: '4000' }],
        PortMappings: [{ ContainerPort: 4000, Protocol: 'tcp' }],
        LogConfiguration: {
          LogDriver: 'awslogs',
          Options: { 'awslogs-group': '/ecs/backend', 'awslogs-stream-prefix': 'backend' },
        },
        HealthCheck: { Command: ['CMD-SHELL', 'true'], Interval: 5, Retries: 3, StartPeriod: 10, Timeout: 2 },
      },
    ],
    ...change.task,
  });
  const service = await provision(cluster.ecs, 'AWS::ECS::Service', 'Service', {
    ServiceName: 'backend',
    Cluster: cluster_.ref,
    TaskDefinition: 'backend-local',
    DesiredCount: 2,
    LaunchType: 'FARGATE',
    EnableECSManagedTags: false,
    DeploymentConfiguration: {
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      MaximumPercent: 200,
      MinimumHealthyPercent: 100,
    },
    LoadBalancers: [{ ContainerName: 'backend', ContainerPort: 4000, TargetGroupArn: cluster.targetGroup }],
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-1'], AssignPublicIp: 'DISABLED' } },
    ...change.service,
  });
  return { cluster: cluster_, definition, service };
}

test('the template’s names and types become the API’s', async () => {
  const made = await template();
  expect(made.cluster).toEqual({
    ref: 'main',
    attributes: { Arn: 'arn:aws:ecs:eu-central-1:000000000000:cluster/main' },
  });
  expect(made.definition.ref).toBe('arn:aws:ecs:eu-central-1:000000000000:task-definition/backend-local:1');
  expect(made.service).toEqual({
    ref: 'arn:aws:ecs:eu-central-1:000000000000:service/main/backend',
    attributes: { Name: 'backend', ServiceArn: 'arn:aws:ecs:eu-central-1:000000000000:service/main/backend' },
  });
  const { taskDefinition } = await cluster.run<{ taskDefinition: ecs.TaskDefinition }>(
    'DescribeTaskDefinition',
    {
      taskDefinition: 'backend-local',
    },
  );
  expect(taskDefinition.containerDefinitions?.[0]).toMatchObject({
    dockerLabels: { 'Some.Label': 'Kept' },
    logConfiguration: { options: { 'awslogs-group': '/ecs/backend' } },
    healthCheck: { command: ['CMD-SHELL', 'true'], interval: 5 },
    portMappings: [{ containerPort: 4000, hostPort: 4000, protocol: 'tcp' }],
  });
  await seconds(60);
  expect(await cluster.service()).toMatchObject({
    desiredCount: 2,
    runningCount: 2,
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
});

test('the same template at the next start undoes neither the release nor the count', async () => {
  await template();
  await seconds(60);
  const released = await cluster.revision(cluster.image('released'));
  await cluster.update({ taskDefinition: released, desiredCount: 3 });
  await seconds(60);
  const { images } = cluster.world;
  await cluster.close();
  cluster = await simulatedCluster(() => ({ boot: 100 }), { stores });
  for (const [reference, image] of images) cluster.world.images.set(reference, image);
  const again = await template();
  expect(again.definition.ref).toMatch(/backend-local:1$/);
  await seconds(60);
  expect(await cluster.service()).toMatchObject({
    taskDefinition: released,
    desiredCount: 3,
    runningCount: 3,
  });
});

test('what the template changes is changed, and nothing else', async () => {
  await template();
  await seconds(60);
  const released = await cluster.revision(cluster.image('released'));
  await cluster.update({ taskDefinition: released });
  await seconds(60);
  const { definition } = await template({
    task: { Cpu: '512', Memory: '1024' },
    service: { DesiredCount: 4 },
  });
  expect(definition.ref).toMatch(/backend-local:2$/);
  await seconds(60);
  expect(await cluster.service()).toMatchObject({
    taskDefinition: released,
    desiredCount: 4,
    runningCount: 4,
  });
});

test('capacity providers are kept, and a property that nobody knows is an error', async () => {
  await provision(cluster.ecs, 'AWS::ECS::ClusterCapacityProviderAssociations', 'Providers', {
    Cluster: 'main',
    CapacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    DefaultCapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
  });
  const { clusters } = await cluster.run<{ clusters: ecs.Cluster[] }>('DescribeClusters', {
    clusters: ['main'],
  });
  expect(clusters[0]).toMatchObject({
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
  });
  await expect(template({ service: { VolumeConfigurations: [] } })).rejects.toThrow('VolumeConfigurations');
});
