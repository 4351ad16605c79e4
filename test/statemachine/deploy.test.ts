/**
 * One trace for each way through `deploy`. The last test holds that no state and no Catch is left out, which is why they
 * stand in one file.
 */
import { VERDICT_NAMES } from '../../core/verdict.ts';
import { readMachine } from '../../scripts/docs/state-machine.ts';
import { type Answer, catchersOf, type Script, statesOf, type Trace, trace } from './trace.ts';

const request = { version: 1, service: 'backend', environment: 'production', requestedBy: 'ada' };
const release = { digest: 'sha256:1' };
const rollout = { deployment: 'arn:d' };
const plan = (steps = {}, more = {}) => ({
  plan: { steps: { build: true, migrate: true, release: true, ...steps }, release: null, ...more },
});
const done = { status: 'done', waitSeconds: 0 };
const waiting = (waitSeconds: number) => ({ status: 'waiting', waitSeconds });
const failure = { step: 'VerifyHealth', error: 'TaskCrashed', cause: 'exits with code 1' };
const healthy = { status: 'healthy', waitSeconds: 0, failure: null };
const ended = (verdict: string) => ({ verdict, cause: `It ended as ${verdict}.` });

/** Everything is done, and everything goes well. */
const GOOD: Readonly<Record<string, Answer>> = {
  Plan: plan(),
  Build: { ...done, release },
  MigrateCheck: { ...done, migration: { verdict: 'safe' } },
  AwaitApproval: {},
  CheckApproval: done,
  Snapshot: done,
  Migrate: { ...done, migration: { verdict: 'safe', applied: 2 } },
  UpdateService: { ...done, rollout },
  VerifyHealth: healthy,
  Rollback: { ...done, rollout: { deployment: 'arn:back' } },
  Record: ended('succeeded'),
};

const seen = new Set<string>();
const caught = new Set<string>();

async function deploy(answers: Script['answers'] = {}, more: Partial<Script> = {}): Promise<Trace> {
  const traced = await trace('deploy', { input: request, answers: { ...GOOD, ...answers }, ...more });
  for (const state of traced.path) seen.add(state);
  for (const catcher of traced.caught) caught.add(catcher);
  return traced;
}

/** From AcquireLock on, without the choices that only fold a loop. */
const steps = ({ path }: Trace) => path.filter((state) => !/^(Begin|Addressed|Outcome)$|Done$/.test(state));

describe('a good deployment', () => {
  test('builds, checks, snapshots, migrates, releases and verifies', async () => {
    const traced = await deploy();
    expect(traced.status).toBe('SUCCEEDED');
    expect(steps(traced)).toEqual([
      'AcquireLock',
      'Plan',
      'BuildNeeded',
      'Build',
      'MigrateCheck',
      'MigrationVerdict',
      'Snapshot',
      'Migrate',
      'UpdateService',
      'VerifyHealth',
      'HealthDecided',
      'Record',
      'Succeeded',
    ]);
    expect(traced.output).toEqual(ended('succeeded'));
  });

  test('takes the lock for this execution, for fifteen minutes', async () => {
    const traced = await deploy();
    const [{ Item, ConditionExpression, TableName } = {}] = traced.given('AcquireLock');
    const start = Date.UTC(2026, 0, 1) / 1000;
    expect({ TableName, Item }).toEqual({
      TableName: 'locks',
      Item: {
        lockId: { S: 'backend/production' },
        owner: { S: 'arn:aws:states:eu-central-1:000000000000:execution:lockstep-test-deploy:run' },
        deploymentId: { S: expect.stringMatching(/^[0-9a-f]{8}$/) },
        startedAt: { S: '2026-01-01T00:00:00.000Z' },
        requestedBy: { S: 'ada' },
        expiresAt: { N: String(start + 900) },
      },
    });
    expect(ConditionExpression).toBe('attribute_not_exists(lockId) OR expiresAt < :now OR #owner = :me');
  });

  test('hands each step what earlier ones found', async () => {
    const traced = await deploy();
    expect(traced.given('MigrateCheck')[0]).toMatchObject({ plan: plan().plan, release });
    expect(traced.given('Snapshot')[0]).toMatchObject({ migration: { verdict: 'safe' } });
    expect(traced.given('VerifyHealth')[0]).toMatchObject({ rollout, subject: 'release' });
    expect(traced.given('Record')[0]).toMatchObject({
      request,
      release,
      rollout,
      migration: { verdict: 'safe', applied: 2 },
      failure: null,
      rollbackFailure: null,
      rolledBack: false,
      unchanged: false,
    });
  });

  test('builds nothing where the image exists, and migrates nothing where nothing is pending', async () => {
    const traced = await deploy({
      Plan: plan({ build: false }, { release }),
      MigrateCheck: { ...done, migration: { verdict: 'none' } },
    });
    expect(steps(traced)).toEqual([
      'AcquireLock',
      'Plan',
      'BuildNeeded',
      'MigrateCheck',
      'MigrationVerdict',
      'UpdateService',
      'VerifyHealth',
      'HealthDecided',
      'Record',
      'Succeeded',
    ]);
    expect(traced.given('UpdateService')[0]).toMatchObject({ release });
  });

  test('waits as long as each step says, and looks again', async () => {
    const traced = await deploy({
      Build: [waiting(20), waiting(10), { ...done, release }].map((each) => ({ release: null, ...each })),
      Snapshot: [waiting(15), done],
      Migrate: [{ ...waiting(5), migration: { verdict: 'safe' } }, GOOD['Migrate'] as Answer],
      UpdateService: [{ ...waiting(7), rollout: null }, GOOD['UpdateService'] as Answer],
      VerifyHealth: [{ ...waiting(2), failure: null }, healthy],
    });
    expect(traced.path.filter((state) => state.startsWith('WaitFor'))).toEqual([
      'WaitForBuild',
      'WaitForBuild',
      'WaitForSnapshot',
      'WaitForMigration',
      'WaitForService',
      'WaitForHealth',
    ]);
    expect(traced.seconds).toBe(20 + 10 + 15 + 5 + 7 + 2);
    expect(traced.status).toBe('SUCCEEDED');
  });

  test('that only publishes ends after the build', async () => {
    const traced = await deploy({ Plan: plan({ release: false }) });
    expect(steps(traced)).toEqual(['AcquireLock', 'Plan', 'BuildNeeded', 'Build', 'Record', 'Succeeded']);
  });

  test('that publishes what is built already ends at once', async () => {
    const traced = await deploy({ Plan: plan({ build: false, release: false }, { release }) });
    expect(steps(traced)).toEqual(['AcquireLock', 'Plan', 'BuildNeeded', 'Record', 'Succeeded']);
  });

  test('of what runs already changes nothing', async () => {
    const traced = await deploy({
      UpdateService: { status: 'unchanged', waitSeconds: 0, rollout: null },
      Record: ended('unchanged'),
    });
    expect(steps(traced).slice(-3)).toEqual(['UpdateService', 'Record', 'Unchanged']);
    expect(traced.given('Record')[0]).toMatchObject({ unchanged: true, failure: null });
  });
});

describe('an approval', () => {
  const risky = { MigrateCheck: { ...done, migration: { verdict: 'needs-approval' } } };

  test('lets the migration run', async () => {
    const traced = await deploy(risky, { approval: { by: 'grace' } });
    expect(steps(traced)).toEqual(
      expect.arrayContaining(['AwaitApproval', 'CheckApproval', 'Snapshot', 'Migrate', 'Succeeded']),
    );
    expect(traced.given('AwaitApproval')[0]).toMatchObject({
      taskToken: expect.any(String),
      timeoutSeconds: 14_400,
      migration: { verdict: 'needs-approval' },
    });
    expect(traced.given('CheckApproval')[0]).toMatchObject({
      answer: { by: 'grace' },
      migration: { verdict: 'needs-approval' },
    });
  });

  test('that is not enough ends the deployment before anything is changed', async () => {
    const CheckApproval = { throws: 'ConsequencesNotAccepted', cause: 'not accepted: downtime' };
    const traced = await deploy(
      { ...risky, CheckApproval, Record: ended('refused') },
      { approval: { by: 'grace' } },
    );
    expect(steps(traced).slice(-4)).toEqual(['AwaitApproval', 'CheckApproval', 'Record', 'Refused']);
    expect(traced.given('Record')[0]).toMatchObject({
      failure: { step: 'AwaitApproval', error: 'ConsequencesNotAccepted', cause: 'not accepted: downtime' },
    });
  });

  test('that is denied ends the deployment before anything is changed', async () => {
    const traced = await deploy(
      { ...risky, Record: ended('refused') },
      { approval: { throws: 'ApprovalDenied', cause: 'grace refused the migration' } },
    );
    expect(steps(traced).slice(-3)).toEqual(['AwaitApproval', 'Record', 'Refused']);
    expect(traced.given('Record')[0]).toMatchObject({
      failure: { step: 'AwaitApproval', error: 'ApprovalDenied', cause: 'grace refused the migration' },
    });
  });

  test('that nobody gives within four hours counts as denied', async () => {
    const traced = await deploy({ ...risky, Record: ended('refused') });
    expect(traced.seconds).toBe(14_400);
    expect(traced.given('Record')[0]).toMatchObject({
      failure: { step: 'AwaitApproval', error: 'ApprovalTimedOut' },
    });
  });
});

describe('what is refused', () => {
  test.each([
    ['no service', { environment: 'production' }],
    ['no environment', { service: 'backend' }],
    ['an empty service', { service: '', environment: 'production' }],
  ])('a request with %s, before anything is looked at', async (_, input) => {
    const traced = await deploy({}, { input });
    expect(traced.path).toEqual(['Begin', 'Addressed', 'NotAddressed']);
    expect(traced).toMatchObject({
      status: 'FAILED',
      error: 'refused',
      cause: expect.stringContaining('names no'),
    });
  });

  test('a deployment while another one holds the lock', async () => {
    const traced = await deploy({
      AcquireLock: { throws: 'DynamoDB.ConditionalCheckFailedException' },
      Record: ended('refused'),
    });
    expect(steps(traced)).toEqual(['AcquireLock', 'Record', 'Refused']);
    expect(traced.given('Record')[0]).toMatchObject({
      failure: { step: 'AcquireLock', error: 'LockHeld' },
      plan: null,
    });
  });

  test.each(['AcquireLock', 'Plan', 'Build', 'MigrateCheck', 'Snapshot', 'Migrate'])(
    'whatever %s throws is recorded with its name',
    async (state) => {
      const traced = await deploy({
        [state]: { throws: 'SomeError', cause: 'because' },
        Record: ended('refused'),
      });
      expect(steps(traced).slice(-3)).toEqual([state, 'Record', 'Refused']);
      expect(traced.given('Record')[0]).toMatchObject({
        failure: { step: state, error: 'SomeError', cause: 'because' },
      });
      expect(traced).toMatchObject({ status: 'FAILED', error: 'refused', cause: 'It ended as refused.' });
    },
  );

  test.each([
    'ServiceUpdateRejected',
    'OtherDeploymentInProgress',
    'LockLost',
    'Cancelled',
    'PermissionMissing',
  ])('%s from UpdateService leads to no rollback: nothing was released', async (error) => {
    const traced = await deploy({ UpdateService: { throws: error }, Record: ended('refused') });
    expect(steps(traced).slice(-3)).toEqual(['UpdateService', 'Record', 'Refused']);
  });
});

describe('a bad release', () => {
  const bad = { status: 'failed', waitSeconds: 0, failure };

  test('goes back, and the old one is verified by the same check', async () => {
    const traced = await deploy({
      VerifyHealth: [bad, healthy],
      Rollback: [{ ...waiting(4), rollout }, GOOD['Rollback'] as Answer],
      Record: ended('rolled-back'),
    });
    expect(steps(traced).slice(-9)).toEqual([
      'VerifyHealth',
      'HealthDecided',
      'Rollback',
      'WaitForRollback',
      'Rollback',
      'VerifyHealth',
      'HealthDecided',
      'Record',
      'RolledBack',
    ]);
    expect(traced.given('VerifyHealth').map(({ subject }) => subject)).toEqual(['release', 'rollback']);
    expect(traced.given('VerifyHealth')[1]).toMatchObject({ rollout: { deployment: 'arn:back' } });
    expect(traced.given('Record')[0]).toMatchObject({ failure, rollbackFailure: null, rolledBack: true });
    expect(traced).toMatchObject({ status: 'FAILED', error: 'rolled-back' });
  });

  test('that cannot be watched goes back as well', async () => {
    const traced = await deploy({
      VerifyHealth: [{ throws: 'Internal', cause: 'boom' }, healthy],
      Record: ended('rolled-back'),
    });
    expect(steps(traced)).toContain('Rollback');
    expect(traced.given('Record')[0]).toMatchObject({
      failure: { step: 'VerifyHealth', error: 'Internal', cause: 'boom' },
      rolledBack: true,
    });
  });

  test('of which nobody knows whether ECS took it goes back', async () => {
    const traced = await deploy({ UpdateService: { throws: 'Internal' }, Record: ended('rolled-back') });
    expect(steps(traced)).toEqual(expect.arrayContaining(['UpdateService', 'Rollback', 'VerifyHealth']));
    expect(traced.given('Rollback')[0]).toMatchObject({ rollout: null });
  });

  test('that cannot go back needs a person', async () => {
    const traced = await deploy({
      VerifyHealth: bad,
      Rollback: { throws: 'RollbackIncompatible', cause: 'the old code' },
      Record: ended('needs-attention'),
    });
    expect(steps(traced).slice(-3)).toEqual(['Rollback', 'Record', 'NeedsAttention']);
    expect(traced.given('Record')[0]).toMatchObject({
      failure,
      rollbackFailure: { step: 'Rollback', error: 'RollbackIncompatible', cause: 'the old code' },
      rolledBack: false,
    });
  });

  test('whose rollback is unhealthy too needs a person', async () => {
    const again = { ...failure, error: 'TargetsUnhealthy' };
    const traced = await deploy({
      VerifyHealth: [bad, { ...bad, failure: again }],
      Record: ended('needs-attention'),
    });
    expect(steps(traced).slice(-3)).toEqual(['HealthDecided', 'Record', 'NeedsAttention']);
    expect(traced.given('Record')[0]).toMatchObject({ failure, rollbackFailure: again, rolledBack: false });
  });

  test.each(['Superseded', 'ServiceDeploymentGone'])(
    'that is %s is left to whoever replaced it',
    async (error) => {
      const traced = await deploy({
        VerifyHealth: { ...bad, failure: { ...failure, error } },
        Record: ended('superseded'),
      });
      expect(steps(traced).slice(-3)).toEqual(['HealthDecided', 'Record', 'Superseded']);
    },
  );

  test('whose lock somebody else took is left to them', async () => {
    const traced = await deploy({ VerifyHealth: { throws: 'LockLost' }, Record: ended('needs-attention') });
    expect(steps(traced).slice(-3)).toEqual(['VerifyHealth', 'Record', 'NeedsAttention']);
  });
});

describe('trouble on the way', () => {
  test.each(['Throttled', 'AwsUnavailable', 'Lambda.TooManyRequestsException', 'Sandbox.Timedout'])(
    'a step that is %s is tried again',
    async (error) => {
      const traced = await deploy({ Plan: [{ throws: error }, { throws: error }, plan()] });
      expect(traced.given('Plan')).toHaveLength(3);
      expect(traced.status).toBe('SUCCEEDED');
    },
  );

  test('Record is tried again whatever it throws', async () => {
    const traced = await deploy({ Record: [{ throws: 'Internal' }, ended('succeeded')] });
    expect(traced.status).toBe('SUCCEEDED');
  });

  test('an end that cannot be recorded is left to the recovery, and says so', async () => {
    const traced = await deploy({ Record: { throws: 'Internal' } });
    expect(steps(traced).slice(-2)).toEqual(['Record', 'NotRecorded']);
    expect(traced).toMatchObject({
      status: 'FAILED',
      error: 'needs-attention',
      cause: expect.stringMatching(/could not be recorded \(Internal\).*lockstep show [0-9a-f]{8}$/),
    });
  });
});

test.each(VERDICT_NAMES)('the verdict %s has its own end', async (verdict) => {
  const traced = await deploy({ Record: ended(verdict) });
  const good = verdict === 'succeeded' || verdict === 'unchanged';
  expect(traced.status).toBe(good ? 'SUCCEEDED' : 'FAILED');
  if (!good) expect(traced).toMatchObject({ error: verdict, cause: `It ended as ${verdict}.` });
});

test('every state and every Catch is reached by a test above', () => {
  expect(Object.keys(statesOf(readMachine('deploy'))).filter((state) => !seen.has(state))).toEqual([]);
  expect(catchersOf('deploy').filter((catcher) => !caught.has(catcher))).toEqual([]);
});
