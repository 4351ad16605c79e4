/** Record: every end that a deployment can have, and that repeating it changes nothing. */
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { readLock } from '../../aws/journal.ts';
import { entryOf, type Failure, type StepRecord } from '../../core/journal.ts';
import type { Plan } from '../../core/plan.ts';
import { handler } from '../../lambdas/record/handler.ts';
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
  written,
} from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());

const ROLLOUT = {
  taskDefinition: ARNS.new,
  serviceDeployment: ARNS.newDeployment,
  startedAt: '2026-11-24T09:20:00.000Z',
};
const VARIABLES = {
  plan: PLAN,
  release: RELEASE,
  migration: null,
  rollout: ROLLOUT as typeof ROLLOUT | null,
  failure: null as { step: string; error: string; cause: string } | null,
  rollbackFailure: null as { step: string; error: string; cause: string } | null,
  rolledBack: false,
  unchanged: false,
};
const RUNNING_NEW = {
  ...OLD,
  taskDefinition: ARNS.new,
  revision: 'backend-production:42',
  image: RELEASE.image,
  digest: RELEASE.digest,
  commit: RELEASE.commit,
  committedAt: PLAN.committedAt,
};

const runs = (release: 'old' | 'new') => {
  const taskDefinition = ARNS[release];
  const image = release === 'new' ? RELEASE.image : OLD.image;
  aws.answer({
    'ECS DescribeServices': {
      services: [
        {
          ...SERVICE,
          taskDefinition,
          currentServiceRevisions: [{ arn: REVISIONS[release].serviceRevisionArn }],
        },
      ],
    },
    'ECS DescribeTaskDefinition': {
      taskDefinition: {
        ...DEFINITION,
        taskDefinitionArn: taskDefinition,
        containerDefinitions: [{ name: 'backend', image }],
      },
    },
    'ECS DescribeServiceRevisions': { serviceRevisions: [REVISIONS[release]] },
  });
};
const healthy: StepRecord = {
  startedAt: '',
  endedAt: '',
  status: 'done',
  summary: '',
  work: { proven: true },
};
const failed = (failure: Partial<Failure>, work = {}): StepRecord => ({
  startedAt: '',
  status: 'failed',
  summary: '',
  work,
  failure: {
    step: 'VerifyHealth',
    error: 'TaskCrashed',
    sentence: 'It crashed.',
    remedy: 'See its log.',
    evidence: ['Error: no'],
    ...failure,
  },
});
const steps = (recorded: Record<string, StepRecord>) =>
  journal.put({ ...entryOf(DEPLOYMENT, { requestedBy: 'ada' }), steps: recorded });

beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  aws = new FakeAws().answer({
    'SNS Publish': { MessageId: '1' },
    'S3 PutObject': {},
    'ECR BatchGetImage': { images: [{ imageManifest: '{}', imageManifestMediaType: 'm' }] },
    'ECR PutImage': {},
  });
  runs('new');
});

const run = (
  more: Partial<Omit<typeof VARIABLES, 'plan'>> & { readonly plan?: Plan | null } = {},
  deployment = DEPLOYMENT,
  request: unknown = { version: 1 },
) =>
  withClients(handler, {
    journal,
    ecr: aws.client(ECRClient),
    ecs: aws.client(ECSClient),
    s3: aws.client(S3Client),
    sns: aws.client(SNSClient),
  })({
    deployment,
    request,
    ...VARIABLES,
    ...more,
  });
const entry = () => journal.entry(DEPLOYMENT);
const lock = () => readLock(journal, DEPLOYMENT.target);

test('a release that was verified has succeeded, is proven, is told, and the lock is free', async () => {
  await steps({ VerifyHealth: healthy });
  const outcome = await run();
  expect(outcome).toMatchObject({
    verdict: 'succeeded',
    running: RUNNING_NEW,
    reason: null,
    sentence: expect.stringContaining('runs a1b2c3d (backend-production:42), healthy.'),
  });
  expect(await entry()).toMatchObject({
    outcome: { verdict: 'succeeded' },
    proven: RUNNING_NEW,
    provenAt: expect.any(String),
    endedAt: expect.any(String),
  });
  expect(await lock()).toBeUndefined();
  expect(aws.inputs('SNS Publish')[0]).toMatchObject({
    Subject: 'backend/production: succeeded',
    Message: expect.stringContaining('lockstep show 1a2b3c4d --environment production'),
    MessageAttributes: { verdict: { DataType: 'String', StringValue: 'succeeded' } },
  });
  expect(written.find((line) => line['Deployments'] === 1)).toMatchObject({
    Service: 'backend',
    Environment: 'production',
    Verdict: 'succeeded',
  });
});

test('the image that was proven gets the tag by which the repository keeps it, and no other image does', async () => {
  await steps({ VerifyHealth: healthy });
  await run();
  expect(aws.inputs('ECR PutImage')).toEqual([
    {
      repositoryName: 'backend',
      imageManifest: '{}',
      imageManifestMediaType: 'm',
      imageDigest: RELEASE.digest,
      imageTag: `proven-${RELEASE.digest.slice(7, 19)}`,
    },
  ]);
  await journal.reset(DEPLOYMENT);
  runs('old');
  await steps({ VerifyHealth: failed({}) });
  await run({ failure: { step: 'VerifyHealth', error: 'TaskCrashed', cause: '' }, rolledBack: true });
  expect(aws.count('ECR PutImage')).toBe(1);
});

test.each([
  ['ImageAlreadyExistsException', 0],
  ['AccessDeniedException', 1],
])('an answer of %s to that ends nothing, and is told %i times', async (name, warnings) => {
  await steps({ VerifyHealth: healthy });
  aws.answer({ 'ECR PutImage': awsError(name) });
  expect(await run()).toMatchObject({ verdict: 'succeeded' });
  expect(written.filter(({ message }) => /proven image is not tagged/.test(String(message)))).toHaveLength(
    warnings,
  );
  expect(await lock()).toBeUndefined();
});

test('a call that is repeated changes nothing and tells nobody twice', async () => {
  await steps({ VerifyHealth: healthy });
  const first = await run();
  const kept = await entry();
  expect(await run()).toEqual(first);
  expect(await entry()).toMatchObject({ outcome: kept?.outcome, endedAt: kept?.endedAt });
  expect(aws.count('SNS Publish')).toBe(1);
});

test('people are told by the repeated call where the first could not', async () => {
  await steps({ VerifyHealth: healthy });
  aws.answer({ 'SNS Publish': awsError('ThrottlingException') });
  await expect(run()).rejects.toMatchObject({ name: 'Throttled' });
  expect(await lock()).toBeDefined();
  aws.answer({ 'SNS Publish': { MessageId: '1' } });
  await run();
  expect(aws.count('SNS Publish')).toBeGreaterThan(1);
  expect(await lock()).toBeUndefined();
});

test('a release of no task is not proven', async () => {
  await steps({ VerifyHealth: { ...healthy, work: { proven: false } } });
  await run();
  expect((await entry())?.proven).toBeUndefined();
});

test('a release that came back is rolled-back: the target is proven once more, and the reason has its evidence', async () => {
  runs('old');
  await steps({ VerifyHealth: failed({}), VerifyRollback: healthy });
  const outcome = await run({
    failure: { step: 'VerifyHealth', error: 'TaskCrashed', cause: 'cut short' },
    rolledBack: true,
  });
  expect(outcome).toMatchObject({
    verdict: 'rolled-back',
    running: OLD,
    reason: 'It crashed.',
    remedy: 'See its log.',
    cause:
      'It crashed.\nSee its log.\nRolled back. backend in production runs 9f31c2e (backend-production:41) again, healthy.',
  });
  expect(await entry()).toMatchObject({ proven: OLD, failure: { evidence: ['Error: no'] } });
});

test('a rollback that failed as well needs a person, and both reasons are told', async () => {
  await steps({ VerifyHealth: failed({}), VerifyRollback: failed({ sentence: 'It crashed too.' }) });
  const outcome = await run({
    failure: { step: 'VerifyHealth', error: 'TaskCrashed', cause: '' },
    rollbackFailure: { step: 'VerifyHealth', error: 'TaskCrashed', cause: '' },
  });
  expect(outcome).toMatchObject({
    verdict: 'needs-attention',
    reason: 'It crashed. The rollback to backend-production:41 failed as well: It crashed too.',
  });
});

test('a lock that somebody else holds is refused, names the holder, and stays theirs', async () => {
  await journal.reset(DEPLOYMENT, {
    owner: 'other',
    deploymentId: '99999999',
    requestedBy: 'grace',
    startedAt: '2026-11-24T09:00:00.000Z',
  });
  runs('old');
  const failure = { step: 'AcquireLock', error: 'LockHeld', cause: '' };
  const outcome = await run(
    { plan: null as never, release: null as never, rollout: null, failure },
    DEPLOYMENT,
    { version: 1, requestedBy: 'ada', commit: RELEASE.commit },
  );
  expect(outcome).toMatchObject({
    verdict: 'refused',
    reason:
      'Another deployment of backend/production is under way: 99999999, started at 2026-11-24T09:00:00.000Z by grace.',
    remedy: expect.stringContaining('lockstep cancel 99999999'),
  });
  expect(await lock()).toMatchObject({ owner: 'other' });
  expect(await entry()).toMatchObject({
    requestedBy: 'ada',
    commit: RELEASE.commit,
    outcome: { verdict: 'refused' },
  });
});

test('a request of any kind can be refused', async () => {
  const failure = {
    step: 'Plan',
    error: 'InvalidRequest',
    cause: JSON.stringify({ errorMessage: 'The request is wrong: x\nSee docs.' }),
  };
  for (const request of [null, 'text', { requestedBy: 7 }]) {
    await journal.reset(DEPLOYMENT);
    const outcome = await run(
      { plan: null as never, release: null as never, rollout: null, failure },
      DEPLOYMENT,
      request,
    );
    expect(outcome).toMatchObject({
      verdict: 'refused',
      reason: 'The request is wrong: x',
      remedy: 'See docs.',
    });
  }
});

test('a deployment that stumbled over one that never ended leaves it the lock, run out', async () => {
  const dead = { ...DEPLOYMENT, id: '0000dead', startedAt: '2026-11-24T08:00:00.000Z', executionArn: 'dead' };
  await journal.put(entryOf(dead, {}));
  await steps({});
  await run({
    plan: null as never,
    release: null as never,
    rollout: null,
    failure: { step: 'Plan', error: 'UnfinishedDeployment', cause: '' },
  });
  expect(await lock()).toMatchObject({ owner: 'dead', deploymentId: '0000dead', expiresAt: 0 });
});

describe('what has become of the database', () => {
  const failure = { step: 'Migrate', error: 'MigrationFailed', cause: '' };
  test.each([
    ['unchanged', { database: 'unchanged' }, 'refused'],
    ['migrated', { database: 'migrated' }, 'needs-attention'],
    ['failed', { database: 'failed' }, 'migration-failed'],
    ['not known, after its task was started', { task: 'arn' }, 'migration-failed'],
  ])('%s decides the verdict', async (_, work, verdict) => {
    runs('old');
    await steps({ Migrate: failed({ step: 'Migrate', error: 'LockLost' }, work) });
    expect(await run({ rollout: null, failure: { ...failure, error: 'Throttled' } })).toMatchObject({
      verdict,
    });
  });
});

test('what runs now may not be readable; the verdict is told all the same', async () => {
  aws.answer({ 'ECS DescribeServices': awsError('ServerException', 'no', { $fault: 'server' }) });
  await steps({ VerifyHealth: healthy });
  expect(await run()).toMatchObject({
    verdict: 'succeeded',
    running: null,
    sentence: expect.stringContaining('could not be read'),
  });
});

test('what Plan saw is what runs where Plan refused', async () => {
  const failure = { step: 'Plan', error: 'AlarmActive', cause: '' };
  await steps({ Plan: failed({ step: 'Plan', error: 'AlarmActive' }, { running: OLD }) });
  expect(await run({ plan: null, rollout: null, failure })).toMatchObject({
    verdict: 'refused',
    running: OLD,
    sentence: expect.stringContaining('Nothing was changed. backend in production still runs 9f31c2e'),
  });
});

test('publish of an image that was there makes it what update releases', async () => {
  runs('old');
  await steps({});
  const plan = {
    ...PLAN,
    action: 'publish' as const,
    steps: { build: false, migrate: false, release: false },
  };
  expect(await run({ plan, rollout: null })).toMatchObject({
    verdict: 'succeeded',
    sentence: expect.stringContaining('still runs 9f31c2e'),
  });
  expect(aws.inputs('S3 PutObject')[0]).toMatchObject({
    Key: 'published/production/backend.json',
    Body: JSON.stringify({ digest: RELEASE.digest, tag: RELEASE.tag }),
  });
});
