/** UpdateService: one revision, one update, whatever happens between two calls. */
import { ECSClient } from '@aws-sdk/client-ecs';
import { entryOf } from '../../core/journal.ts';
import { handler } from '../../lambdas/update-service/handler.ts';
import { awsError, FakeAws } from '../setup/fake-aws.ts';
import {
  ARNS,
  DEFINITION,
  DEPLOYMENT,
  OLD,
  PLAN,
  RELEASE,
  REVISIONS,
  SERVICE,
  withClients,
} from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
/** What ListServiceDeployments answers. */
let deployments: {
  serviceDeploymentArn: string;
  status: string;
  targetServiceRevisionArn: string;
  createdAt: Date;
}[];
/** The task definition that the service has. */
let current: string;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());

const brief = (arn: string, status: string, revision: string, createdAt = new Date()) => ({
  serviceDeploymentArn: arn,
  status,
  targetServiceRevisionArn: revision,
  createdAt,
});

beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  current = ARNS.old;
  deployments = [brief(ARNS.oldDeployment, 'SUCCESSFUL', ARNS.oldRevision, new Date('2026-11-21'))];
  aws = new FakeAws().answer({
    'ECS DescribeServices': () => ({ services: [{ ...SERVICE, taskDefinition: current }] }),
    'ECS DescribeTaskDefinition': { taskDefinition: DEFINITION, tags: [{ key: 'team', value: 'a' }] },
    'ECS DescribeServiceRevisions': ({ serviceRevisionArns }) => ({
      serviceRevisions: Object.values(REVISIONS).filter((one) =>
        (serviceRevisionArns as string[]).includes(one.serviceRevisionArn),
      ),
    }),
    'ECS DescribeServiceDeployments': ({ serviceDeploymentArns }) => ({
      serviceDeployments: deployments
        .filter((one) => (serviceDeploymentArns as string[]).includes(one.serviceDeploymentArn))
        .map((one) => ({ ...one, targetServiceRevision: { arn: one.targetServiceRevisionArn } })),
    }),
    'ECS ListServiceDeployments': ({ createdAt }) => {
      const { after } = (createdAt ?? {}) as { after?: Date };
      return { serviceDeployments: deployments.filter((one) => !after || one.createdAt > after) };
    },
    'ECS RegisterTaskDefinition': { taskDefinition: { taskDefinitionArn: ARNS.new } },
    'ECS UpdateService': ({ taskDefinition }) => {
      current = String(taskDefinition);
      deployments.unshift(brief(ARNS.newDeployment, 'PENDING', ARNS.newRevision));
      return { service: SERVICE };
    },
  });
});

const run = (plan = PLAN) =>
  withClients(handler, { journal, ecs: aws.client(ECSClient) })({
    deployment: DEPLOYMENT,
    plan,
    release: RELEASE,
  });

test('registers a copy with the new digest and gives it to the service, and never a desired count', async () => {
  expect(await run({ ...PLAN, settings: { ...PLAN.settings, variables: { NOTES: 'on' } } })).toMatchObject({
    status: 'done',
    rollout: { taskDefinition: ARNS.new, serviceDeployment: ARNS.newDeployment },
    summary: 'backend-production:42, service deployment 8842',
  });
  const [registered] = aws.inputs('ECS RegisterTaskDefinition');
  expect(registered).toMatchObject({
    family: 'backend-production',
    ephemeralStorage: { sizeInGiB: 30 },
    tags: [{ key: 'team', value: 'a' }],
    containerDefinitions: [
      {
        image: RELEASE.image,
        environment: [
          { name: 'NODE_ENV', value: 'production' },
          { name: 'NOTES', value: 'on' },
        ],
      },
    ],
  });
  expect(registered).not.toHaveProperty('revision');
  expect(aws.inputs('ECS UpdateService')).toEqual([
    { cluster: 'production', service: 'backend', taskDefinition: ARNS.new },
  ]);
});

test('a call that is repeated registers nothing twice and updates nothing twice', async () => {
  const first = await run();
  const second = await run();
  expect(second).toEqual(first);
  expect([aws.count('ECS RegisterTaskDefinition'), aws.count('ECS UpdateService')]).toEqual([1, 1]);
});

test('a call whose update came through and whose answer did not finds the deployment, even one that ECS has taken back since', async () => {
  aws.answer({
    'ECS UpdateService': () => {
      deployments.unshift(brief(ARNS.newDeployment, 'ROLLBACK_SUCCESSFUL', ARNS.newRevision));
      return awsError('TimeoutError', 'socket hang up');
    },
  });
  await expect(run()).rejects.toMatchObject({ name: 'AwsUnavailable' });
  expect(await run()).toMatchObject({ status: 'done', rollout: { serviceDeployment: ARNS.newDeployment } });
  expect(aws.count('ECS RegisterTaskDefinition')).toBe(1);
  expect(aws.count('ECS UpdateService')).toBe(1);
});

test('a service that runs exactly this already is left alone', async () => {
  const definition = {
    ...DEFINITION,
    containerDefinitions: [{ ...DEFINITION.containerDefinitions[0], image: RELEASE.image }],
  };
  const [revision] = REVISIONS.old.containerImages;
  aws.answer({
    'ECS DescribeTaskDefinition': { taskDefinition: definition },
    'ECS DescribeServiceRevisions': {
      serviceRevisions: [
        { ...REVISIONS.old, containerImages: [{ ...revision, imageDigest: RELEASE.digest }] },
      ],
    },
  });
  expect(await run()).toMatchObject({ status: 'unchanged', rollout: null });
  expect(aws.count('ECS UpdateService')).toBe(0);
});

test('the same revision that ran another digest under a moved tag is deployed anew', async () => {
  const definition = {
    ...DEFINITION,
    containerDefinitions: [{ ...DEFINITION.containerDefinitions[0], image: RELEASE.image }],
  };
  aws.answer({ 'ECS DescribeTaskDefinition': { taskDefinition: definition } });
  await run();
  expect(aws.inputs('ECS UpdateService')).toEqual([
    expect.objectContaining({ taskDefinition: ARNS.old, forceNewDeployment: true }),
  ]);
});

describe('another deployment of the service', () => {
  beforeEach(() => deployments.unshift(brief('other', 'IN_PROGRESS', ARNS.oldRevision)));

  test('is let finish', async () => {
    expect(await run()).toMatchObject({
      status: 'waiting',
      waitSeconds: 2,
      summary: 'ECS is still deploying backend-production:41, which is not ours',
      rollout: null,
    });
    expect(aws.count('ECS RegisterTaskDefinition')).toBe(0);
    deployments.shift();
    expect(await run()).toMatchObject({ status: 'done' });
  });

  test('is not waited for without end', async () => {
    const waitingSince = new Date(Date.now() - 901_000).toISOString();
    await journal.put({
      ...entryOf(DEPLOYMENT, {}),
      steps: { UpdateService: { startedAt: '', status: 'waiting', summary: '', work: { waitingSince } } },
    });
    await expect(run()).rejects.toMatchObject({
      name: 'OtherDeploymentInProgress',
      message: expect.stringContaining('backend-production:41'),
    });
  });
});

describe('going back to a revision', () => {
  const plan = { ...PLAN, action: 'rollback' as const, taskDefinition: ARNS.old };
  beforeEach(() => {
    current = ARNS.new;
  });

  test('takes it as it was', async () => {
    await run(plan);
    expect(aws.count('ECS RegisterTaskDefinition')).toBe(0);
    expect(aws.inputs('ECS UpdateService')).toEqual([expect.objectContaining({ taskDefinition: ARNS.old })]);
  });

  test('copies one that ECS has made INACTIVE', async () => {
    aws.answer({
      'ECS DescribeTaskDefinition': { taskDefinition: { ...DEFINITION, status: 'INACTIVE' } },
      'ECS RegisterTaskDefinition': { taskDefinition: { taskDefinitionArn: `${ARNS.old.slice(0, -2)}43` } },
    });
    await run(plan);
    expect(aws.inputs('ECS RegisterTaskDefinition')).toEqual([
      expect.objectContaining({ containerDefinitions: [expect.objectContaining({ image: OLD.image })] }),
    ]);
    expect(aws.inputs('ECS UpdateService')).toEqual([
      expect.objectContaining({ taskDefinition: expect.stringMatching(/:43$/) }),
    ]);
  });
});

test('what ECS refuses is told in its own words', async () => {
  aws.answer({
    'ECS RegisterTaskDefinition': awsError(
      'ClientException',
      'No Fargate configuration exists for given values: 1 CPU',
    ),
  });
  await expect(run()).rejects.toMatchObject({
    name: 'ServiceUpdateRejected',
    message: expect.stringContaining('No Fargate configuration'),
  });
});

test('a role that may not pass the task role is named', async () => {
  aws.answer({
    'ECS RegisterTaskDefinition': awsError(
      'AccessDeniedException',
      'is not authorized to perform: iam:PassRole on resource: role/task',
    ),
  });
  await expect(run()).rejects.toMatchObject({
    name: 'PermissionMissing',
    message: expect.stringContaining('iam:PassRole'),
  });
});
