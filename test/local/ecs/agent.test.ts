import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as ecs from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestWorld, type TestWorld } from '../../setup/world.ts';
import { type TestImage, testImage } from '../runtimes/image.ts';
import { until } from './world.ts';

/** What a real task gets from its agent: the AWS SDK in it finds the task role's credentials and the endpoint. */
const PROJECT = join(import.meta.dirname, '../../..');
let world: TestWorld;
let app: TestImage;

beforeAll(async () => {
  world = await openTestWorld({
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
  });
  await world.start();
  app = testImage({
    'app/main.mjs': `
      import { createRequire } from 'node:module';
      import { existsSync } from 'node:fs';
      const project = existsSync('/.lockstep/project') ? '/.lockstep/project' : process.env.PROJECT;
      const { STSClient, GetCallerIdentityCommand } = createRequire(project + '/package.json')('@aws-sdk/client-sts');
      const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
      const base = process.env.ECS_CONTAINER_METADATA_URI_V4;
      const container = await (await fetch(base)).json();
      const task = await (await fetch(base + '/task')).json();
      const stats = await (await fetch(base + '/task/stats')).json();
      const nothing = (await fetch(base + '/nonesuch')).status;
      console.log(JSON.stringify({ Arn, container, task, stats, nothing, secret: process.env.TOKEN }));
    `,
  });
  world.ports.images.pull = async () => ({
    ...app,
    config: { WorkingDir: '/app', Cmd: ['node', 'main.mjs'] },
  });
  const trust = {
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  for (const RoleName of ['task', 'execution']) {
    await world.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
      {
        RoleName,
        AssumeRolePolicyDocument: trust,
        Policies: [
          {
            PolicyName: 'all',
            PolicyDocument: {
              Statement: [
                {
                  Effect: 'Allow',
                  Action: ['secretsmanager:GetSecretValue', 'logs:CreateLogStream', 'logs:PutLogEvents'],
                  Resource: '*',
                },
              ],
            },
          },
        ],
      },
      { stack: 'test', logicalId: RoleName },
    );
  }
});

afterAll(async () => {
  await world.close();
  app.dispose();
});

test('credentials of the task role, metadata, secrets by the execution role, lines in the log stream', async () => {
  const client = new ecs.ECSClient(world.client);
  const arn = world.ports.secrets.put('token', '{"key":"the value"}');
  const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
  await client.send(new ecs.CreateClusterCommand({ clusterName: 'main' }));
  await client.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: 'asks',
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      taskRoleArn: role('task'),
      executionRoleArn: role('execution'),
      containerDefinitions: [
        {
          name: 'app',
          image: 'public.ecr.aws/docker/library/node:24',
          environment: [{ name: 'PROJECT', value: PROJECT }],
          secrets: [{ name: 'TOKEN', valueFrom: `${arn}:key::` }],
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': 'asks',
              'awslogs-stream-prefix': 'ecs',
              'awslogs-create-group': 'true',
            },
          },
        },
      ],
    }),
  );
  const { tasks } = await client.send(
    new ecs.RunTaskCommand({
      cluster: 'main',
      taskDefinition: 'asks',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    }),
  );
  const taskArn = tasks?.[0]?.taskArn ?? '';
  const id = taskArn.split('/').at(-1);
  let task: ecs.Task | undefined;
  await until(async () => {
    const described = await client.send(new ecs.DescribeTasksCommand({ cluster: 'main', tasks: [taskArn] }));
    task = described.tasks?.[0];
    return task?.lastStatus === 'STOPPED';
  }, 'the end of the task');
  expect([task?.stoppedReason, task?.containers?.[0]?.exitCode]).toEqual([
    'Essential container in task exited',
    0,
  ]);

  const { events } = (await world.ports.dispatch.call(
    'logs',
    'GetLogEvents',
    { logGroupName: 'asks', logStreamName: `ecs/app/${id}`, startFromHead: true },
    { arn: 'arn:aws:iam::000000000000:root' },
  )) as { events: { message: string }[] };
  const told = JSON.parse(events[0]?.message ?? '{}');
  expect(told.Arn).toBe(`arn:aws:sts::000000000000:assumed-role/task/${id}`);
  expect(told.secret).toBe('the value');
  expect(told.container).toMatchObject({ Name: 'app', LogOptions: { 'awslogs-stream': `ecs/app/${id}` } });
  expect(told.task).toMatchObject({
    TaskARN: taskArn,
    Family: 'asks',
    Revision: '1',
    Limits: { CPU: 0.25, Memory: 512 },
  });
  expect(told.nothing).toBe(404);
  expect(existsSync(join(world.folder, 'tasks', String(id)))).toBe(false);

  // With the task its credentials are gone too.
  const answer = await fetch(`${world.endpoint}/_lockstep/ecs/credentials/guess`);
  expect(answer.status).toBe(404);
});
