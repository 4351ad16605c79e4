/** FindOrphans and Resume: what the recovery does before it goes on as a deployment does. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { leaveLockTo } from '../../aws/journal.ts';
import { entryOf, type JournalEntry, type StepRecord } from '../../core/journal.ts';
import { handler as findOrphans } from '../../lambdas/find-orphans/handler.ts';
import { handler as resume } from '../../lambdas/resume/handler.ts';
import { awsError, FakeAws } from '../setup/fake-aws.ts';
import { ARNS, chainWith, DEPLOYMENT, PLAN, RELEASE, withClients, written } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());
beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  aws = new FakeAws().answer({ 'SFN DescribeExecution': { status: 'ABORTED' } });
});

describe('FindOrphans', () => {
  const RECOVERY = 'arn:aws:states:eu-central-1:111111111111:execution:lockstep-production-recover:r';
  const run = () =>
    chainWith(findOrphans, { journal, sfn: aws.client(SFNClient) })({ owner: RECOVERY, input: {} });

  test('finds the deployment whose execution has ended while it held its lock, and says so for the alarm', async () => {
    expect(await run()).toEqual({ orphans: [{ ...DEPLOYMENT, owner: RECOVERY }] });
    expect(written.find((line) => String(line['message']).endsWith('lock still held'))).toBeDefined();
  });

  test('lets those be whose execution runs', async () => {
    aws.answer({ 'SFN DescribeExecution': { status: 'RUNNING' } });
    expect(await run()).toEqual({ orphans: [] });
  });

  test('takes an execution that Step Functions has forgotten for ended', async () => {
    aws.answer({ 'SFN DescribeExecution': awsError('ExecutionDoesNotExist') });
    expect(await run()).toMatchObject({ orphans: [{ id: DEPLOYMENT.id }] });
  });

  test('finds the deployment that another one stumbled over and left the lock to', async () => {
    const dead = {
      ...DEPLOYMENT,
      id: '0000dead',
      startedAt: '2026-11-24T08:00:00.000Z',
      executionArn: 'arn:dead',
    };
    await leaveLockTo(journal, DEPLOYMENT, entryOf(dead, {}));
    expect(await run()).toMatchObject({
      orphans: [{ id: '0000dead', executionArn: 'arn:dead', startedAt: dead.startedAt }],
    });
  });
});

describe('Resume', () => {
  const run = () => withClients(resume, { journal, sfn: aws.client(SFNClient) })({ deployment: DEPLOYMENT });
  const steps = (recorded: JournalEntry['steps']) =>
    journal.put({
      ...entryOf(DEPLOYMENT, { commit: RELEASE.commit }),
      plan: PLAN,
      release: RELEASE,
      steps: recorded,
    });
  const step = (
    status: StepRecord['status'],
    work: Record<string, unknown> = {},
    failure?: string,
  ): StepRecord => ({
    startedAt: '',
    status,
    summary: '',
    work,
    ...(failure
      ? { failure: { step: 'VerifyHealth', error: failure, sentence: 'no', remedy: '', evidence: [] } }
      : {}),
  });
  const rollout = {
    taskDefinition: ARNS.new,
    serviceDeployment: ARNS.newDeployment,
    startedAt: '2026-11-24T09:20:00.000Z',
  };

  test('of a deployment that never began only frees its lock', async () => {
    expect(await run()).toMatchObject({
      resumeAt: 'Record',
      plan: null,
      failure: { error: 'Interrupted', cause: expect.stringContaining('ABORTED') },
    });
  });

  test('of one that had changed nothing goes to its end', async () => {
    await steps({ Plan: step('done'), Build: step('waiting', { buildId: 'b' }) });
    expect(await run()).toMatchObject({
      resumeAt: 'Record',
      plan: PLAN,
      failure: { step: 'Build', error: 'Interrupted' },
    });
  });

  test('watches a migration that was started', async () => {
    await steps({ Plan: step('done'), Migrate: step('waiting', { task: 'arn' }) });
    expect(await run()).toMatchObject({ resumeAt: 'Migrate', failure: { step: 'Migrate' } });
  });

  test('verifies a release that was given to the service: it may yet succeed', async () => {
    await steps({ UpdateService: step('done', { rollout }) });
    expect(await run()).toMatchObject({
      resumeAt: 'VerifyHealth',
      subject: 'release',
      rollout,
      failure: null,
    });
  });

  test('takes a release back that had failed already', async () => {
    await steps({
      UpdateService: step('done', { rollout }),
      VerifyHealth: step('failed', {}, 'TaskCrashed'),
    });
    expect(await run()).toMatchObject({ resumeAt: 'Rollback', failure: { error: 'TaskCrashed' } });
  });

  test('takes nothing back that somebody else has replaced', async () => {
    await steps({ UpdateService: step('done', { rollout }), VerifyHealth: step('failed', {}, 'Superseded') });
    expect(await run()).toMatchObject({ resumeAt: 'Record', failure: { error: 'Superseded' } });
  });

  test('takes back what the service may have been given, and leaves alone what it was only going to be', async () => {
    await steps({
      UpdateService: step('waiting', { taskDefinition: ARNS.new, startedAt: rollout.startedAt }),
    });
    expect(await run()).toMatchObject({ resumeAt: 'Rollback' });
    await steps({ UpdateService: step('waiting', { waitingSince: rollout.startedAt }) });
    expect(await run()).toMatchObject({ resumeAt: 'Record' });
  });

  test('verifies a way back that was begun', async () => {
    const back = { ...rollout, taskDefinition: ARNS.old };
    await steps({ UpdateService: step('done', { rollout }), Rollback: step('done', { rollout: back }) });
    expect(await run()).toMatchObject({ resumeAt: 'VerifyHealth', subject: 'rollback', rollout: back });
  });
});
