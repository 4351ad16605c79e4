/** VerifyHealth: what it makes of what AWS and the service answer; the judgement itself has its tables in test/core. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ask } from '../../aws/ask.ts';
import { entryOf } from '../../core/journal.ts';
import type { Rollout } from '../../core/rollout.ts';
import { handler } from '../../lambdas/verify-health/handler.ts';
import { FakeAws } from '../setup/fake-aws.ts';
import { ARNS, DEFINITION, DEPLOYMENT, PLAN, REVISIONS, SERVICE, withClients } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
let server: Server;
let url: string;
/** What the service answers, and what it was asked. */
let answers: Record<string, { status: number; body: string; location?: string }>;
let asked: { path: string; authorization: string | undefined }[];

beforeAll(async () => {
  journal = await openTestJournal();
  server = createServer((request, response) => {
    const { status, body, location } = answers[request.url ?? ''] ?? { status: 404, body: '' };
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    response.writeHead(status, { connection: 'close', ...(location ? { location } : {}) }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await journal.close();
  await new Promise((resolve) => server.close(resolve));
});

interface State {
  status: string;
  rollback?: { serviceRevisionArn: string };
  tasks: object[];
  targets: object[];
}
let state: State;
const task = (id: string, more: object = {}) => ({
  taskArn: `arn:aws:ecs:eu-central-1:1:task/production/${id}`,
  taskDefinitionArn: ARNS.new,
  lastStatus: 'RUNNING',
  healthStatus: 'HEALTHY',
  createdAt: new Date(),
  attachments: [
    { type: 'ElasticNetworkInterface', details: [{ name: 'privateIPv4Address', value: `10.0.0.${id}` }] },
  ],
  containers: [{ name: 'backend' }],
  ...more,
});
const stopped = (id: string, exitCode: number) =>
  task(id, {
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [{ name: 'backend', exitCode }],
  });
const target = (id: string, State = 'healthy', Description?: string) => ({
  Target: { Id: `10.0.0.${id}`, Port: 4000 },
  TargetHealth: { State, ...(Description ? { Description } : {}) },
});

beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  asked = [];
  answers = { '/api/health': { status: 200, body: '{"status":"healthy"}' } };
  state = { status: 'SUCCESSFUL', tasks: [task('1'), task('2')], targets: [target('1'), target('2')] };
  aws = new FakeAws().answer({
    'ECS DescribeServices': { services: [{ ...SERVICE, taskDefinition: ARNS.new }] },
    'ECS ListServiceDeployments': () => ({
      serviceDeployments: [
        {
          serviceDeploymentArn: ARNS.newDeployment,
          status: state.status,
          targetServiceRevisionArn: ARNS.newRevision,
          createdAt: new Date(),
        },
      ],
    }),
    'ECS DescribeServiceDeployments': () => ({
      serviceDeployments: [
        {
          serviceDeploymentArn: ARNS.newDeployment,
          status: state.status,
          targetServiceRevision: { arn: ARNS.newRevision },
          rollback: state.rollback,
        },
      ],
    }),
    'ECS DescribeServiceRevisions': ({ serviceRevisionArns }) => ({
      serviceRevisions: Object.values(REVISIONS).filter((one) =>
        (serviceRevisionArns as string[]).includes(one.serviceRevisionArn),
      ),
    }),
    'ECS ListTasks': ({ desiredStatus }) => ({ taskArns: desiredStatus === 'RUNNING' ? ['all'] : [] }),
    'ECS DescribeTasks': () => ({ tasks: state.tasks }),
    'ECS DescribeTaskDefinition': { taskDefinition: DEFINITION },
    'ElasticLoadBalancingV2 DescribeTargetHealth': () => ({ TargetHealthDescriptions: state.targets }),
    'ElasticLoadBalancingV2 DescribeTargetGroups': { TargetGroups: [{ LoadBalancerArns: ['lb'] }] },
    'ElasticLoadBalancingV2 DescribeLoadBalancers': {
      LoadBalancers: [{ DNSName: '127.0.0.1', Scheme: 'internet-facing' }],
    },
    'ElasticLoadBalancingV2 DescribeListeners': {
      Listeners: [
        {
          Protocol: 'HTTP',
          Port: Number(new URL(url).port),
          DefaultActions: [{ Type: 'forward', TargetGroupArn: ARNS.targetGroup }],
        },
      ],
    },
    'CloudWatchLogs GetLogEvents': { events: [{ message: 'Error: no\n' }] },
  });
});

const ROLLOUT: Rollout = {
  taskDefinition: ARNS.new,
  serviceDeployment: ARNS.newDeployment,
  startedAt: new Date(Date.now() - 100_000).toISOString(),
};
const settings = (health: object = {}) => ({
  ...PLAN.settings,
  health: { ...PLAN.settings.health, bakeSeconds: 0, ...health },
});
const run = (more: { health?: object; rollout?: Rollout; subject?: 'release' | 'rollback' } = {}) =>
  withClients(handler, {
    journal,
    cloudwatch: aws.client(CloudWatchClient),
    ecs: aws.client(ECSClient),
    elb: aws.client(ElasticLoadBalancingV2Client),
    logs: aws.client(CloudWatchLogsClient),
    secrets: aws.client(SecretsManagerClient),
  })({
    deployment: DEPLOYMENT,
    plan: { ...PLAN, settings: settings(more.health) },
    rollout: more.rollout ?? ROLLOUT,
    subject: more.subject ?? 'release',
  });

test('our deployment, ended well on our revision, with every task and target healthy and the endpoint answering, is healthy', async () => {
  expect(await run()).toMatchObject({
    status: 'healthy',
    summary: expect.stringContaining('2 of 2 healthy; GET /api/health 200'),
    failure: null,
  });
  expect((await journal.entry(DEPLOYMENT))?.steps.VerifyHealth).toMatchObject({
    status: 'done',
    work: { proven: true },
  });
});

test('the bake time is remembered from one look to the next', async () => {
  expect(await run({ health: { bakeSeconds: 60 } })).toMatchObject({
    status: 'waiting',
    summary: expect.stringContaining('bake 0 s of 60 s'),
  });
  const entry = await journal.entry(DEPLOYMENT);
  const work = entry?.steps.VerifyHealth?.work as { memory: { healthySince: number } };
  expect(work.memory.healthySince).toBeGreaterThan(99);
  work.memory.healthySince -= 61;
  if (entry) await journal.put(entry);
  expect(await run({ health: { bakeSeconds: 60 } })).toMatchObject({ status: 'healthy' });
});

test('where the load balancer is asked is found once', async () => {
  await run({ health: { bakeSeconds: 60 } });
  await run({ health: { bakeSeconds: 60 } });
  expect(aws.count('ElasticLoadBalancingV2 DescribeListeners')).toBe(1);
  expect(asked).toHaveLength(2);
});

test('a load balancer that cannot be asked honestly is not asked, and the journal says so', async () => {
  aws.answer({
    'ElasticLoadBalancingV2 DescribeLoadBalancers': { LoadBalancers: [{ DNSName: 'x', Scheme: 'internal' }] },
  });
  expect(await run()).toMatchObject({
    status: 'healthy',
    summary: expect.stringMatching(
      /^2 of 2 healthy; GET \/api\/health is not asked: its load balancer is internal/,
    ),
  });
  expect(asked).toEqual([]);
});

test('the status endpoint is asked with its token', async () => {
  aws.answer({ 'SecretsManager GetSecretValue': { SecretString: 's3cret' } });
  answers['/api/status'] = { status: 503, body: '{"status":"degraded"}' };
  const health = { url, statusPath: '/api/status', statusTokenSecret: 'token' };
  expect(await run({ health })).toMatchObject({
    status: 'waiting',
    summary: 'GET /api/status → 503 {"status":"degraded"}',
  });
  expect(asked.find(({ path }) => path === '/api/status')?.authorization).toBe('Bearer s3cret');
  expect(JSON.stringify(await journal.entry(DEPLOYMENT))).not.toContain('s3cret');
});

test('a service deployment that ECS lists only later is found by its revision', async () => {
  const rollout = { ...ROLLOUT, serviceDeployment: null };
  expect(await run({ rollout })).toMatchObject({ status: 'healthy' });
});

test('the same end twice is a failure, with exit code and last words', async () => {
  state = { status: 'IN_PROGRESS', tasks: [stopped('3', 1), stopped('4', 1)], targets: [] };
  const answer = await run();
  expect(answer).toMatchObject({
    status: 'failed',
    failure: {
      step: 'VerifyHealth',
      error: 'TaskCrashed',
      cause: 'The new task exits with code 1 soon after its start (2 times).',
    },
  });
  expect((await journal.entry(DEPLOYMENT))?.steps.VerifyHealth).toMatchObject({
    status: 'failed',
    failure: { error: 'TaskCrashed', evidence: expect.arrayContaining(['exit code: 1', 'Error: no']) },
  });
  expect(aws.inputs('CloudWatchLogs GetLogEvents')[0]).toMatchObject({
    logGroupName: 'production-backend',
    logStreamName: 'backend/backend/3',
  });
});

test('tasks of another revision are none of ours', async () => {
  state.tasks = [task('1', { taskDefinitionArn: ARNS.old }), task('2', { taskDefinitionArn: ARNS.old })];
  expect(await run()).toMatchObject({
    status: 'waiting',
    summary: expect.stringContaining('0 of 2 new tasks run'),
  });
});

test('an alarm that goes off is a failure of the release, and of nothing that is gone back to', async () => {
  aws.answer({ 'CloudWatch DescribeAlarms': { MetricAlarms: [{ AlarmName: 'backend-5xx' }] } });
  const health = { alarms: ['backend-5xx'] };
  expect(await run({ health })).toMatchObject({ status: 'failed', failure: { error: 'AlarmDuringBake' } });
  expect(await run({ health, subject: 'rollback' })).toMatchObject({ status: 'healthy' });
});

describe('a deployment that ECS takes back', () => {
  beforeEach(() => {
    state = {
      status: 'ROLLBACK_IN_PROGRESS',
      rollback: { serviceRevisionArn: ARNS.oldRevision },
      tasks: [],
      targets: [],
    };
  });

  test('is a failure of the release', async () => {
    expect(await run()).toMatchObject({ status: 'failed', failure: { error: 'CircuitBreaker' } });
  });

  test('is the way there for the release that it goes back to', async () => {
    const rollout = { ...ROLLOUT, taskDefinition: ARNS.old };
    expect(await run({ rollout, subject: 'rollback' })).toMatchObject({ status: 'waiting' });
    state = {
      ...state,
      status: 'ROLLBACK_SUCCESSFUL',
      tasks: [
        task('7', { taskDefinitionArn: ARNS.old, createdAt: new Date(0) }),
        task('8', { taskDefinitionArn: ARNS.old }),
      ],
      targets: [target('7'), target('8')],
    };
    expect(await run({ rollout, subject: 'rollback' })).toMatchObject({ status: 'healthy' });
    expect((await journal.entry(DEPLOYMENT))?.steps.VerifyRollback).toMatchObject({ status: 'done' });
  });

  test('and fails at that is a failed rollback', async () => {
    state.status = 'ROLLBACK_FAILED';
    const rollout = { ...ROLLOUT, taskDefinition: ARNS.old };
    expect(await run({ rollout, subject: 'rollback' })).toMatchObject({ status: 'failed' });
  });
});

test('a wish to cancel ends the watch over a release, not over a rollback', async () => {
  await journal.reset(DEPLOYMENT, { cancelledBy: 'grace' });
  await journal.put(entryOf(DEPLOYMENT, {}));
  await expect(run()).rejects.toMatchObject({ name: 'Cancelled' });
  expect(await run({ subject: 'rollback' })).toMatchObject({ status: 'healthy' });
});

describe('asking an endpoint', () => {
  test('gives status and body', async () => {
    expect(await ask(url, '/api/health')).toMatchObject({
      status: 200,
      body: '{"status":"healthy"}',
      problem: null,
    });
  });

  test('takes a redirect as the answer that it is', async () => {
    answers['/api/health'] = { status: 301, body: '', location: 'https://elsewhere/' };
    expect(await ask(url, '/api/health')).toMatchObject({ status: 301 });
  });

  test('says why there is none', async () => {
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    expect(await ask(`http://127.0.0.1:${port}`, '/')).toMatchObject({
      status: null,
      problem: 'ECONNREFUSED',
    });
  });
});
