import type * as ecs from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Script } from '../../../local/runtimes/simulated/runtime.ts';
import { type Cluster, EXECUTION_ROLE, simulatedCluster } from './cluster.ts';

/** One-off tasks, and what keeps a task from starting, under a virtual clock. */
let cluster: Cluster;
const script: Script = ({ command }) =>
  command?.includes('migrate') ? { exit: { after: 5000, code: Number(command.at(-1)) } } : { boot: 0 };

beforeEach(async () => {
  cluster = await simulatedCluster(script);
});
afterEach(() => cluster.close());

const NETWORK = { awsvpcConfiguration: { subnets: ['subnet-1'] } };
const seconds = (count: number) => cluster.world.clock.sleep(count * 1000);

async function run(input: Record<string, unknown>): Promise<ecs.RunTaskResponse> {
  return cluster.run<ecs.RunTaskResponse>('RunTask', {
    cluster: 'main',
    networkConfiguration: NETWORK,
    ...input,
  });
}

async function describe(taskArn: string | undefined): Promise<ecs.Task> {
  const { tasks } = await cluster.run<{ tasks: ecs.Task[] }>('DescribeTasks', {
    cluster: 'main',
    tasks: [taskArn],
  });
  return tasks[0] as ecs.Task;
}

function command(...words: string[]) {
  return { containerOverrides: [{ name: 'backend', command: ['prisma', 'migrate', ...words] }] };
}

test('a one-off task runs its override to the end and tells its exit code', async () => {
  const definition = await cluster.revision(cluster.image('good'));
  const { tasks = [], failures } = await run({
    taskDefinition: definition,
    overrides: command('deploy', '3'),
    startedBy: 'me',
  });
  expect(failures).toEqual([]);
  expect(tasks[0]).toMatchObject({
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    group: 'family:backend',
    startedBy: 'me',
  });
  const arn = tasks[0]?.taskArn;
  await seconds(3);
  expect(await describe(arn)).toMatchObject({ lastStatus: 'RUNNING' });
  await seconds(10);
  expect(await describe(arn)).toMatchObject({
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [{ name: 'backend', exitCode: 3 }],
    overrides: { containerOverrides: [{ name: 'backend', command: ['prisma', 'migrate', 'deploy', '3'] }] },
  });
  const changes = cluster.world.emitted.filter(({ detailType }) => detailType === 'ECS Task State Change');
  expect([...new Set(changes.map(({ detail }) => detail['lastStatus']))]).toEqual([
    'PENDING',
    'ACTIVATING',
    'RUNNING',
    'STOPPING',
    'DEPROVISIONING',
    'STOPPED',
  ]);
});

test('a client token gives the same task again; with other parameters it is a conflict that names it', async () => {
  const taskDefinition = await cluster.revision(cluster.image('good'));
  const first = await run({ taskDefinition, clientToken: 'token', overrides: command('deploy', '0') });
  const again = await run({ taskDefinition, clientToken: 'token', overrides: command('deploy', '0') });
  expect(again.tasks?.[0]?.taskArn).toBe(first.tasks?.[0]?.taskArn);
  expect(await cluster.tasks()).toHaveLength(1);
  await expect(
    run({ taskDefinition, clientToken: 'token', overrides: command('deploy', '1') }),
  ).rejects.toMatchObject({
    code: 'ConflictException',
    members: { resourceIds: [first.tasks?.[0]?.taskArn] },
  });
});

test('wrong requests are refused in ECS’s words', async () => {
  const taskDefinition = await cluster.revision(cluster.image('good'));
  const rows: [Record<string, unknown>, string][] = [
    [{ taskDefinition: 'nonesuch' }, 'TaskDefinition not found.'],
    [
      { taskDefinition, networkConfiguration: undefined },
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ],
    [
      { taskDefinition, overrides: { containerOverrides: [{ name: 'other' }] } },
      'Override for container named other is not a container in the TaskDefinition.',
    ],
    [
      {
        taskDefinition,
        overrides: { containerOverrides: [{ name: 'backend', command: ['x'.repeat(9000)] }] },
      },
      'Container Overrides length must be at most 8192',
    ],
    [{ taskDefinition, startedBy: 'has a blank' }, 'startedBy contains invalid characters.'],
    [{ taskDefinition, launchType: 'EC2' }, 'RunTask: launchType EC2 is not supported here.'],
    [{ taskDefinition, volumeConfigurations: [] }, 'RunTask: volumeConfigurations is not supported here.'],
    [{ taskDefinition, cluster: 'other' }, 'Cluster not found.'],
  ];
  for (const [input, message] of rows) await expect(run(input)).rejects.toThrow(message);
});

const BEGINNING =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): ';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:db-AbCdEf';

test.each([
  [
    'a secret that may not be read',
    () => void cluster.world.denied.set(EXECUTION_ROLE, new Set(['secretsmanager:GetSecretValue'])),
    `${SECRET}:host::`,
    `${BEGINNING}failed to fetch secret ${SECRET} from secrets manager: AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/execution/`,
  ],
  [
    'a secret that is not there',
    () => {},
    SECRET,
    `${BEGINNING}failed to fetch secret ${SECRET} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
  ],
  [
    'a key that the secret does not have',
    () => void cluster.world.secrets.set(SECRET, '{}'),
    `${SECRET}:host::`,
    `${BEGINNING}retrieved secret from Secrets Manager did not contain json key host`,
  ],
])('%s keeps the task from starting', async (_, prepare, valueFrom, sentence) => {
  prepare();
  const taskDefinition = await cluster.revision(cluster.image('good'), {
    secrets: [{ name: 'HOST', valueFrom }],
  });
  const { tasks = [] } = await run({ taskDefinition });
  await seconds(5);
  const task = await describe(tasks[0]?.taskArn);
  expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' });
  expect(task.stoppedReason).toContain(sentence);
  expect(task.containers?.[0]?.exitCode).toBeUndefined();
});

test('a log group that is not there, a denied log stream, a denied pull: each is named', async () => {
  const missing = await cluster.revision(cluster.image('good'), {
    logConfiguration: {
      logDriver: 'awslogs',
      options: { 'awslogs-group': '/ecs/other', 'awslogs-stream-prefix': 'ecs' },
    },
  });
  const reasonOf = async (taskDefinition: string) => {
    const { tasks = [] } = await run({ taskDefinition });
    await seconds(5);
    return (await describe(tasks[0]?.taskArn)).stoppedReason;
  };
  expect(await reasonOf(missing)).toContain(
    'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.',
  );
  const good = await cluster.revision(cluster.image('good'));
  cluster.world.denied.set(EXECUTION_ROLE, new Set(['logs:CreateLogStream']));
  expect(await reasonOf(good)).toContain('not authorized to perform: logs:CreateLogStream');
  cluster.world.denied.set(EXECUTION_ROLE, new Set(['ecr:BatchGetImage']));
  expect(await reasonOf(good)).toMatch(/^CannotPullContainerError: .*403 Forbidden/);
  cluster.world.denied.set(EXECUTION_ROLE, new Set(['ecr:GetAuthorizationToken']));
  expect(await reasonOf(good)).toContain('unable to retrieve ecr registry auth');
});

test('a role that does not trust ECS is a client error that names it', async () => {
  const taskDefinition = await cluster.revision(
    cluster.image('good'),
    {},
    {
      taskRoleArn: 'arn:aws:iam::000000000000:role/untrusting',
    },
  );
  await expect(run({ taskDefinition })).rejects.toThrow(
    "ECS was unable to assume the role 'arn:aws:iam::000000000000:role/untrusting' that was provided for this task.",
  );
});

test('a container waits for those that it depends on', async () => {
  await cluster.close();
  cluster = await simulatedCluster(({ name }) =>
    name === 'migrate' ? { exit: { after: 3000, code: 0 } } : { boot: 0 },
  );
  const image = cluster.image('good');
  const { taskDefinition } = await cluster.run<{ taskDefinition: ecs.TaskDefinition }>(
    'RegisterTaskDefinition',
    {
      family: 'pair',
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      containerDefinitions: [
        { name: 'app', image, dependsOn: [{ containerName: 'migrate', condition: 'SUCCESS' }] },
        { name: 'migrate', image, essential: false },
      ],
    },
  );
  const { tasks = [] } = await run({ taskDefinition: taskDefinition.taskDefinitionArn });
  await seconds(1);
  expect((await describe(tasks[0]?.taskArn)).containers?.map(({ lastStatus }) => lastStatus)).toEqual([
    'PENDING',
    'RUNNING',
  ]);
  await seconds(10);
  expect(await describe(tasks[0]?.taskArn)).toMatchObject({
    lastStatus: 'RUNNING',
    containers: [{ lastStatus: 'RUNNING' }, { lastStatus: 'STOPPED', exitCode: 0 }],
  });
});

test.each([
  [
    '256 with 700',
    { cpu: '256', memory: '700' },
    'No Fargate configuration exists for given values: 256 CPU, 700 memory.',
  ],
  [
    '.5 vCPU with 8 GB',
    { cpu: '.5 vCPU', memory: '8 GB' },
    'No Fargate configuration exists for given values: 512 CPU, 8192 memory.',
  ],
  [
    'no execution role',
    { executionRoleArn: undefined },
    'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
  ],
  ['another network mode', { networkMode: 'bridge' }, "Fargate only supports network mode 'awsvpc'."],
  [
    'an EFS volume',
    { volumes: [{ name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] },
    'volumes.efsVolumeConfiguration is not supported here',
  ],
  [
    'no essential container',
    { containerDefinitions: [{ name: 'a', image: 'x', essential: false, memory: 64 }] },
    'at least one essential container',
  ],
])('a task definition with %s is refused', async (_, rest, message) => {
  await expect(cluster.revision(cluster.image('good'), {}, rest)).rejects.toThrow(message);
});

test('a role that may not be passed is asked for by name', () => {
  const { permissions } = cluster.ecs.operations['RegisterTaskDefinition'] as unknown as {
    permissions(input: object): { action: string; resource: string; context?: object }[];
  };
  expect(
    permissions({ family: 'backend', executionRoleArn: EXECUTION_ROLE, taskRoleArn: EXECUTION_ROLE }),
  ).toEqual([
    {
      action: 'ecs:RegisterTaskDefinition',
      resource: 'arn:aws:ecs:eu-central-1:000000000000:task-definition/backend:*',
    },
    {
      action: 'iam:PassRole',
      resource: EXECUTION_ROLE,
      context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    },
  ]);
});
