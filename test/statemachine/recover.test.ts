/** One trace for each way through `recover`. The last test holds that no state and no Catch is left out. */
import { readMachine } from '../../scripts/docs/state-machine.ts';
import { type Answer, catchersOf, type Script, statesOf, type Trace, trace } from './trace.ts';

const orphan = (id: string) => ({
  id,
  target: 'backend/production',
  service: 'backend',
  environment: 'production',
  startedAt: '2026-01-01T00:00:00.000Z',
  executionArn: 'arn:dead',
  owner: 'arn:recovery',
});
const resume = (resumeAt: string, more = {}) => ({
  resumeAt,
  request: null,
  plan: { steps: {} },
  release: null,
  migration: null,
  rollout: { deployment: 'arn:d' },
  failure: { step: 'Plan', error: 'Interrupted', cause: 'ABORTED' },
  subject: 'release',
  ...more,
});
const done = { status: 'done', waitSeconds: 0 };
const healthy = { status: 'healthy', waitSeconds: 0, failure: null };
const failure = { step: 'VerifyHealth', error: 'TaskCrashed', cause: 'exits with code 1' };

const GOOD: Readonly<Record<string, Answer>> = {
  FindOrphans: { orphans: [orphan('aaaaaaaa')] },
  TakeOver: {},
  Resume: resume('Record'),
  Migrate: { ...done, migration: { verdict: 'safe' } },
  VerifyHealth: healthy,
  Rollback: { ...done, rollout: { deployment: 'arn:back' } },
  Record: { verdict: 'cancelled', cause: '' },
};

const seen = new Set<string>();
const caught = new Set<string>();

async function recover(answers: Script['answers'] = {}): Promise<Trace> {
  const traced = await trace('recover', { input: { source: 'reaper' }, answers: { ...GOOD, ...answers } });
  for (const state of traced.path) seen.add(state);
  for (const catcher of traced.caught) caught.add(catcher);
  return traced;
}

/** What happens to the one orphan. */
const steps = ({ path }: Trace) =>
  path.filter(
    (state) => !/^(FindOrphans|EachOrphan|Begin|ResumeAt|AllRecovered|Done|SomeLeft)$|.Done$/.test(state),
  );

describe('the recovery', () => {
  test('ends well where nothing is left over', async () => {
    const traced = await recover({ FindOrphans: { orphans: [] } });
    expect(traced.path).toEqual(['FindOrphans', 'EachOrphan', 'AllRecovered', 'Done']);
    expect(traced.given('FindOrphans')[0]).toEqual({
      owner: expect.stringContaining('lockstep-test-recover'),
      input: { source: 'reaper' },
    });
  });

  test('takes the lock from the dead execution only, and records the end', async () => {
    const traced = await recover();
    expect(steps(traced)).toEqual(['TakeOver', 'Resume', 'Record', 'Recovered']);
    expect(traced.given('TakeOver')[0]).toMatchObject({
      ConditionExpression: expect.stringContaining('#owner = :dead'),
      ExpressionAttributeValues: { ':dead': { S: 'arn:dead' }, ':me': { S: 'arn:recovery' } },
    });
    expect(traced.given('Record')[0]).toMatchObject({ failure: { error: 'Interrupted' }, rolledBack: false });
    expect(traced.status).toBe('SUCCEEDED');
  });

  test('leaves it alone where somebody else was quicker', async () => {
    const traced = await recover({ TakeOver: { throws: 'DynamoDB.ConditionalCheckFailedException' } });
    expect(steps(traced)).toEqual(['TakeOver', 'SomebodyElse']);
    expect(traced.status).toBe('SUCCEEDED');
  });

  test('watches a migration to its end, and releases nothing after it', async () => {
    const traced = await recover({
      Resume: resume('Migrate'),
      Migrate: [{ status: 'waiting', waitSeconds: 9, migration: null }, GOOD['Migrate'] as Answer],
    });
    expect(steps(traced)).toEqual([
      'TakeOver',
      'Resume',
      'Migrate',
      'WaitForMigration',
      'Migrate',
      'Record',
      'Recovered',
    ]);
    expect(traced.seconds).toBe(9);
  });

  test('watches a release to its end', async () => {
    const traced = await recover({
      Resume: resume('VerifyHealth'),
      VerifyHealth: [{ status: 'waiting', waitSeconds: 3, failure: null }, healthy],
    });
    expect(steps(traced)).toEqual([
      'TakeOver',
      'Resume',
      'VerifyHealth',
      'HealthDecided',
      'WaitForHealth',
      'VerifyHealth',
      'HealthDecided',
      'Record',
      'Recovered',
    ]);
  });

  test('takes a bad release back', async () => {
    const traced = await recover({
      Resume: resume('VerifyHealth'),
      VerifyHealth: [{ status: 'failed', waitSeconds: 0, failure }, healthy],
      Rollback: [{ status: 'waiting', waitSeconds: 2, rollout: null }, GOOD['Rollback'] as Answer],
    });
    expect(steps(traced)).toEqual(expect.arrayContaining(['Rollback', 'WaitForRollback', 'VerifyHealth']));
    expect(traced.given('Record')[0]).toMatchObject({ failure, rolledBack: true });
  });

  test('goes on with a rollback that was under way', async () => {
    const traced = await recover({ Resume: resume('Rollback') });
    expect(steps(traced).slice(0, 4)).toEqual(['TakeOver', 'Resume', 'Rollback', 'VerifyHealth']);
  });

  test.each([
    ['Migrate', 'Migrate', 'Migrate'],
    ['Rollback', 'Rollback', 'Rollback'],
  ])('records what %s throws', async (state, resumeAt, step) => {
    const traced = await recover({
      Resume: resume(resumeAt),
      [state]: { throws: 'SomeError', cause: 'because' },
    });
    expect(steps(traced).slice(-2)).toEqual(['Record', 'Recovered']);
    const [given] = traced.given('Record');
    expect([given?.['failure'], given?.['rollbackFailure']]).toContainEqual({
      step,
      error: 'SomeError',
      cause: 'because',
    });
  });

  test('takes back what it cannot watch', async () => {
    const traced = await recover({
      Resume: resume('VerifyHealth'),
      VerifyHealth: [{ throws: 'Internal' }, healthy],
    });
    expect(steps(traced)).toContain('Rollback');
  });

  test('leaves a release to whoever has taken the lock meanwhile', async () => {
    const traced = await recover({ Resume: resume('VerifyHealth'), VerifyHealth: { throws: 'LockLost' } });
    expect(steps(traced).slice(-3)).toEqual(['VerifyHealth', 'Record', 'Recovered']);
  });
});

describe('an orphan that cannot be recovered', () => {
  test('does not keep the others waiting, and the run says so at its end', async () => {
    const traced = await recover({
      FindOrphans: { orphans: ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map(orphan) },
      TakeOver: [{}, { throws: 'DynamoDB.ResourceNotFoundException' }, {}],
    });
    expect(traced.path.filter((state) => state === 'Recovered')).toHaveLength(2);
    expect(traced.path.slice(-2)).toEqual(['AllRecovered', 'SomeLeft']);
    expect(traced).toMatchObject({
      status: 'FAILED',
      error: 'needs-attention',
      cause: 'Deployments without a verdict are left: bbbbbbbb (DynamoDB.ResourceNotFoundException)',
    });
  });

  test('because its journal cannot be read is tried again by the next run', async () => {
    const traced = await recover({ Resume: { throws: 'AwsUnavailable' } });
    expect(steps(traced).slice(-2)).toEqual(['Resume', 'NotRecovered']);
    expect(traced.given('Record')).toEqual([]);
    expect(traced.cause).toBe('Deployments without a verdict are left: aaaaaaaa (AwsUnavailable)');
  });

  test('because its end cannot be recorded is named', async () => {
    const traced = await recover({ Record: { throws: 'Internal' } });
    expect(traced.cause).toBe('Deployments without a verdict are left: aaaaaaaa (Internal)');
  });

  test('because it is no deployment at all ends the run', async () => {
    const traced = await recover({ FindOrphans: { orphans: [{}] } });
    expect(traced.path.slice(-1)).toEqual(['NotLooked']);
  });
});

test('a search that fails ends the run, and says why', async () => {
  const traced = await recover({ FindOrphans: { throws: 'Internal', cause: 'boom' } });
  expect(traced).toMatchObject({
    status: 'FAILED',
    cause: 'The recovery could not look for orphans: Internal: boom',
  });
});

test('every state and every Catch is reached by a test above', () => {
  expect(Object.keys(statesOf(readMachine('recover'))).filter((state) => !seen.has(state))).toEqual([]);
  expect(catchersOf('recover').filter((catcher) => !caught.has(catcher))).toEqual([]);
});
