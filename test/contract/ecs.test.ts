import * as ecs from '@aws-sdk/client-ecs';
import { expect, test } from '@jest/globals';
import { VirtualClock } from '../../local/clock.ts';
import { simulated } from '../../local/runtimes/simulated/runtime.ts';
import { worldOfFile } from '../setup/world.ts';

/** Every operation through the real client, over HTTP; what rolls out is scripted, in a time of its own. */
const clock = new VirtualClock();
const world = await worldOfFile({
  services: [
    'iam',
    'sts',
    'logs',
    'monitoring',
    'events',
    'secretsmanager',
    'ecr',
    'elasticloadbalancing',
    'ecs',
  ],
  clock,
  runtime: simulated(({ command }) => (command?.[0] === 'end' ? { exit: { after: 2000, code: 0 } } : {})),
});
const client = new ecs.ECSClient(world.client);
const ACCOUNT = `arn:aws:ecs:${world.region}:000000000000`;
const image = 'public.ecr.aws/docker/library/node:24';
const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-1'] } };

const provision = (type: string, logicalId: string, properties: Record<string, unknown>) =>
  world.services.get('iam')?.provisioners?.[type]?.provision(properties, { stack: 'test', logicalId });
const trust = {
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
};
await provision('AWS::IAM::Role', 'Task', { RoleName: 'task', AssumeRolePolicyDocument: trust });
await provision('AWS::IAM::Role', 'Deployer', {
  RoleName: 'deployer',
  AssumeRolePolicyDocument: { Statement: [] },
  Policies: [
    {
      PolicyName: 'ecs',
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: ['ecs:RegisterTaskDefinition', 'ecs:RunTask'], Resource: '*' },
        ],
      },
    },
  ],
});
const taskRoleArn = 'arn:aws:iam::000000000000:role/task';

await client.send(new ecs.CreateClusterCommand({ clusterName: 'main' }));

async function register(rest: Partial<ecs.RegisterTaskDefinitionRequest> = {}): Promise<ecs.TaskDefinition> {
  const { taskDefinition } = await client.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: 'app',
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [{ name: 'app', image, command: ['node', '-e', '1'] }],
      ...rest,
    }),
  );
  return taskDefinition as ecs.TaskDefinition;
}

/** A steady service of its own for each test that needs one. */
async function service(serviceName: string): Promise<ecs.Service> {
  const { taskDefinitionArn } = await register();
  await client.send(
    new ecs.CreateServiceCommand({
      cluster: 'main',
      serviceName,
      taskDefinition: taskDefinitionArn,
      desiredCount: 1,
      networkConfiguration,
      enableExecuteCommand: true,
    }),
  );
  await clock.sleep(60_000);
  return describe(serviceName);
}

async function describe(name: string): Promise<ecs.Service> {
  const { services } = await client.send(
    new ecs.DescribeServicesCommand({ cluster: 'main', services: [name] }),
  );
  return services?.[0] as ecs.Service;
}

test('CreateCluster, DescribeClusters, ListClusters, DeleteCluster', async () => {
  const { cluster } = await client.send(
    new ecs.CreateClusterCommand({ clusterName: 'other', tags: [{ key: 'a', value: 'b' }] }),
  );
  expect(cluster).toMatchObject({ clusterArn: `${ACCOUNT}:cluster/other`, status: 'ACTIVE' });
  expect((await client.send(new ecs.ListClustersCommand({}))).clusterArns).toContain(cluster?.clusterArn);
  const described = await client.send(
    new ecs.DescribeClustersCommand({ clusters: ['other', 'nonesuch'], include: ['TAGS', 'SETTINGS'] }),
  );
  expect(described.clusters).toMatchObject([{ clusterName: 'other', tags: [{ key: 'a', value: 'b' }] }]);
  expect(described.failures).toEqual([{ arn: `${ACCOUNT}:cluster/nonesuch`, reason: 'MISSING' }]);
  await client.send(new ecs.DeleteClusterCommand({ cluster: 'other' }));
  await expect(client.send(new ecs.ListTasksCommand({ cluster: 'other' }))).rejects.toMatchObject({
    name: 'ClusterNotFoundException',
    message: 'Cluster not found.',
  });
});

test('UpdateCluster, UpdateClusterSettings, PutClusterCapacityProviders', async () => {
  await client.send(new ecs.CreateClusterCommand({ clusterName: 'settings' }));
  const settings = [{ name: 'containerInsights' as const, value: 'enhanced' }];
  const updated = await client.send(new ecs.UpdateClusterCommand({ cluster: 'settings', settings }));
  expect(updated.cluster?.settings).toEqual(settings);
  settings[0] = { name: 'containerInsights', value: 'disabled' };
  const set = await client.send(new ecs.UpdateClusterSettingsCommand({ cluster: 'settings', settings }));
  expect(set.cluster?.settings).toEqual(settings);
  const put = await client.send(
    new ecs.PutClusterCapacityProvidersCommand({
      cluster: 'settings',
      capacityProviders: ['FARGATE'],
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
    }),
  );
  expect(put.cluster?.capacityProviders).toEqual(['FARGATE']);
});

test('RegisterTaskDefinition, DescribeTaskDefinition: revisions are counted, defaults are filled in', async () => {
  const first = await register({ family: 'counted' });
  const second = await register({ family: 'counted' });
  expect([first.revision, second.revision]).toEqual([1, 2]);
  const { taskDefinition } = await client.send(
    new ecs.DescribeTaskDefinitionCommand({ taskDefinition: 'counted' }),
  );
  expect(taskDefinition).toMatchObject({
    taskDefinitionArn: `${ACCOUNT}:task-definition/counted:2`,
    status: 'ACTIVE',
    compatibilities: ['EC2', 'FARGATE'],
    registeredBy: 'arn:aws:iam::000000000000:root',
    containerDefinitions: [{ name: 'app', essential: true, cpu: 0, environment: [], mountPoints: [] }],
  });
  expect(taskDefinition?.registeredAt).toBeInstanceOf(Date);
  await expect(
    client.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: 'nonesuch' })),
  ).rejects.toMatchObject({ name: 'ClientException', message: 'Unable to describe task definition.' });
});

test('a copy of a described revision, less its read-only fields, registers as it is', async () => {
  const described = await register({ family: 'copied', taskRoleArn });
  const {
    taskDefinitionArn,
    revision,
    status,
    requiresAttributes,
    compatibilities,
    registeredAt,
    registeredBy,
    ...rest
  } = described;
  const copy = await register(rest as ecs.RegisterTaskDefinitionRequest);
  expect(copy).toMatchObject({ revision: 2, containerDefinitions: described.containerDefinitions });
});

test('DeregisterTaskDefinition, ListTaskDefinitions, ListTaskDefinitionFamilies', async () => {
  for (let i = 0; i < 3; i++) await register({ family: 'listed' });
  await client.send(new ecs.DeregisterTaskDefinitionCommand({ taskDefinition: 'listed:2' }));
  const page = await client.send(
    new ecs.ListTaskDefinitionsCommand({ familyPrefix: 'listed', sort: 'DESC', maxResults: 1 }),
  );
  expect(page.taskDefinitionArns).toEqual([`${ACCOUNT}:task-definition/listed:3`]);
  const next = await client.send(
    new ecs.ListTaskDefinitionsCommand({
      familyPrefix: 'listed',
      sort: 'DESC',
      maxResults: 1,
      nextToken: page.nextToken,
    }),
  );
  expect(next.taskDefinitionArns).toEqual([`${ACCOUNT}:task-definition/listed:1`]);
  expect(next.nextToken).toBeUndefined();
  const inactive = await client.send(
    new ecs.ListTaskDefinitionsCommand({ familyPrefix: 'listed', status: 'INACTIVE' }),
  );
  expect(inactive.taskDefinitionArns).toEqual([`${ACCOUNT}:task-definition/listed:2`]);
  const { families } = await client.send(new ecs.ListTaskDefinitionFamiliesCommand({ familyPrefix: 'list' }));
  expect(families).toEqual(['listed']);
});

test('a role that the caller may not pass is AccessDenied, with the sentence', async () => {
  const deployer = new ecs.ECSClient(world.as('arn:aws:iam::000000000000:role/deployer'));
  const input = { family: 'passed', taskRoleArn, containerDefinitions: [{ name: 'app', image, memory: 64 }] };
  await expect(deployer.send(new ecs.RegisterTaskDefinitionCommand(input))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(
      `is not authorized to perform: iam:PassRole on resource: ${taskRoleArn}`,
    ),
  });
});

test('CreateService, DescribeServices, ListServices', async () => {
  const made = await service('created');
  expect(made).toMatchObject({
    serviceArn: `${ACCOUNT}:service/main/created`,
    status: 'ACTIVE',
    desiredCount: 1,
    runningCount: 1,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    deploymentConfiguration: { strategy: 'ROLLING', maximumPercent: 200 },
    deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED', runningCount: 1 }],
  });
  expect(made.events?.[0]?.message).toBe('(service created) has reached a steady state.');
  const { serviceArns } = await client.send(new ecs.ListServicesCommand({ cluster: 'main' }));
  expect(serviceArns).toContain(made.serviceArn);
  const { failures } = await client.send(
    new ecs.DescribeServicesCommand({ cluster: 'main', services: ['nonesuch'] }),
  );
  expect(failures).toEqual([{ arn: `${ACCOUNT}:service/main/nonesuch`, reason: 'MISSING' }]);
});

test('UpdateService, ListServiceDeployments, DescribeServiceDeployments, DescribeServiceRevisions', async () => {
  await service('updated');
  const { taskDefinitionArn } = await register();
  await client.send(
    new ecs.UpdateServiceCommand({ cluster: 'main', service: 'updated', taskDefinition: taskDefinitionArn }),
  );
  await clock.sleep(120_000);
  const { serviceDeployments } = await client.send(
    new ecs.ListServiceDeploymentsCommand({ cluster: 'main', service: 'updated' }),
  );
  expect(serviceDeployments?.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
  const [newest] = serviceDeployments as [ecs.ServiceDeploymentBrief];
  expect((await describe('updated')).currentServiceDeployment).toBe(newest.serviceDeploymentArn);
  const described = await client.send(
    new ecs.DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [newest.serviceDeploymentArn ?? ''] }),
  );
  expect(described.serviceDeployments?.[0]).toMatchObject({
    targetServiceRevision: { arn: newest.targetServiceRevisionArn },
    sourceServiceRevisions: [{ arn: serviceDeployments?.[1]?.targetServiceRevisionArn }],
  });
  expect(described.serviceDeployments?.[0]?.finishedAt).toBeInstanceOf(Date);
  const { serviceRevisions } = await client.send(
    new ecs.DescribeServiceRevisionsCommand({ serviceRevisionArns: [newest.targetServiceRevisionArn ?? ''] }),
  );
  expect(serviceRevisions).toMatchObject([
    {
      taskDefinition: taskDefinitionArn,
      containerImages: [{ image, imageDigest: expect.stringMatching(/^sha256:/) }],
    },
  ]);
});

test('StopServiceDeployment, and what is not there', async () => {
  await service('stopped');
  await client.send(
    new ecs.UpdateServiceCommand({ cluster: 'main', service: 'stopped', forceNewDeployment: true }),
  );
  const { currentServiceDeployment } = await describe('stopped');
  await client.send(
    new ecs.StopServiceDeploymentCommand({
      serviceDeploymentArn: currentServiceDeployment,
      stopType: 'ROLLBACK',
    }),
  );
  await clock.sleep(60_000);
  const { serviceDeployments } = await client.send(
    new ecs.ListServiceDeploymentsCommand({
      cluster: 'main',
      service: 'stopped',
      status: ['ROLLBACK_SUCCESSFUL'],
    }),
  );
  expect(serviceDeployments?.[0]?.serviceDeploymentArn).toBe(currentServiceDeployment);
  await expect(
    client.send(
      new ecs.StopServiceDeploymentCommand({ serviceDeploymentArn: `${currentServiceDeployment}x` }),
    ),
  ).rejects.toMatchObject({ name: 'ServiceDeploymentNotFoundException' });
});

test('RunTask, DescribeTasks, ListTasks', async () => {
  const { taskDefinitionArn } = await register({ family: 'once' });
  const { tasks } = await client.send(
    new ecs.RunTaskCommand({
      cluster: 'main',
      taskDefinition: taskDefinitionArn,
      networkConfiguration,
      clientToken: 'once',
      startedBy: 'lockstep/1',
      overrides: { containerOverrides: [{ name: 'app', command: ['end'] }] },
    }),
  );
  const taskArn = tasks?.[0]?.taskArn ?? '';
  expect(taskArn).toMatch(/:task\/main\/[0-9a-f]{32}$/);
  const listed = await client.send(new ecs.ListTasksCommand({ cluster: 'main', startedBy: 'lockstep/1' }));
  expect(listed.taskArns).toEqual([taskArn]);
  await clock.sleep(10_000);
  const described = await client.send(
    new ecs.DescribeTasksCommand({ cluster: 'main', tasks: [taskArn, 'nonesuch'] }),
  );
  expect(described.tasks).toMatchObject([{ lastStatus: 'STOPPED', containers: [{ exitCode: 0 }] }]);
  expect(described.tasks?.[0]?.stoppedAt).toBeInstanceOf(Date);
  expect(described.failures).toEqual([{ arn: `${ACCOUNT}:task/main/nonesuch`, reason: 'MISSING' }]);
  const stopped = await client.send(
    new ecs.ListTasksCommand({ cluster: 'main', family: 'once', desiredStatus: 'STOPPED' }),
  );
  expect(stopped.taskArns).toEqual([taskArn]);
  await expect(
    client.send(
      new ecs.RunTaskCommand({
        cluster: 'main',
        taskDefinition: taskDefinitionArn,
        networkConfiguration,
        clientToken: 'once',
      }),
    ),
  ).rejects.toMatchObject({ name: 'ConflictException', resourceIds: [taskArn] });
});

test('StopTask, ExecuteCommand', async () => {
  await service('executed');
  const { taskArns } = await client.send(
    new ecs.ListTasksCommand({ cluster: 'main', serviceName: 'executed' }),
  );
  const task = taskArns?.[0] ?? '';
  const { session, containerName } = await client.send(
    new ecs.ExecuteCommandCommand({ cluster: 'main', task, command: '/bin/sh', interactive: true }),
  );
  expect(containerName).toBe('app');
  expect(session?.streamUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/v1\/data-channel\//);
  const stopped = await client.send(new ecs.StopTaskCommand({ cluster: 'main', task, reason: 'enough' }));
  expect(stopped.task).toMatchObject({
    desiredStatus: 'STOPPED',
    stopCode: 'UserInitiated',
    stoppedReason: 'enough',
  });
});

test('TagResource, UntagResource, ListTagsForResource', async () => {
  const resourceArn = `${ACCOUNT}:cluster/main`;
  await client.send(
    new ecs.TagResourceCommand({
      resourceArn,
      tags: [
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
      ],
    }),
  );
  await client.send(new ecs.UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
  const { tags } = await client.send(new ecs.ListTagsForResourceCommand({ resourceArn }));
  expect(tags).toEqual([{ key: 'b', value: '2' }]);
});

test('DeleteService', async () => {
  await service('deleted');
  await expect(
    client.send(new ecs.DeleteServiceCommand({ cluster: 'main', service: 'deleted' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const { service: draining } = await client.send(
    new ecs.DeleteServiceCommand({ cluster: 'main', service: 'deleted', force: true }),
  );
  expect(draining?.status).toBe('DRAINING');
  await clock.sleep(60_000);
  expect((await describe('deleted')).status).toBe('INACTIVE');
});

test('what is not supported is refused by operation and field', async () => {
  await expect(
    client.send(
      new ecs.CreateServiceCommand({
        cluster: 'main',
        serviceName: 'green',
        taskDefinition: 'app',
        networkConfiguration,
        deploymentConfiguration: { strategy: 'BLUE_GREEN' },
      }),
    ),
  ).rejects.toThrow('CreateService: deploymentConfiguration.strategy BLUE_GREEN is not supported here.');
});
