/** The two steps between the judgement and the migration: a person's yes, and a snapshot. */
import { RDSClient } from '@aws-sdk/client-rds';
import { SNSClient } from '@aws-sdk/client-sns';
import { readLock } from '../../aws/journal.ts';
import { approverIn } from '../../core/approval.ts';
import { entryOf } from '../../core/journal.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import { migrationPolicySchema } from '../../core/migrations.ts';
import { handler as awaitApproval } from '../../lambdas/await-approval/handler.ts';
import { handler as snapshot } from '../../lambdas/snapshot/handler.ts';
import { awsError, FakeAws } from '../setup/fake-aws.ts';
import { DEPLOYMENT, PLAN, withClients } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());
beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  aws = new FakeAws();
});

const RISKY: MigrationResult = {
  verdict: 'needs-approval',
  pending: ['20261124_cleanup'],
  oldCode: 'incompatible',
  consequences: ['no-rollback'],
  risky: true,
  findings: 1,
  database: 'unchanged',
};

describe('AwaitApproval', () => {
  const run = (taskToken = 'token') =>
    withClients(awaitApproval, { journal, sns: aws.client(SNSClient) })({
      deployment: DEPLOYMENT,
      plan: PLAN,
      migration: RISKY,
      taskToken,
      timeoutSeconds: 14_400,
    });
  beforeEach(() => aws.answer({ 'SNS Publish': { MessageId: '1' } }));

  test('keeps the token, tells people what to type, and leases the lock for as long as it waits', async () => {
    await run();
    expect((await journal.entry(DEPLOYMENT))?.steps.AwaitApproval).toMatchObject({
      status: 'waiting',
      work: { taskToken: 'token' },
    });
    expect(String(aws.inputs('SNS Publish')[0]?.['Message'])).toContain(
      'lockstep approve 1a2b3c4d --environment production',
    );
    expect((await readLock(journal, DEPLOYMENT.target))?.expiresAt).toBeGreaterThan(
      Date.now() / 1000 + 14_400,
    );
  });

  test('a retry has a new token, and tells nobody again', async () => {
    await run();
    await run('another');
    expect((await journal.entry(DEPLOYMENT))?.steps.AwaitApproval).toMatchObject({
      work: { taskToken: 'another' },
    });
    expect(aws.count('SNS Publish')).toBe(1);
  });

  describe('when the answer comes', () => {
    const given = { approvedBy: 'grace', reason: 'announced for tonight', accepted: ['no-rollback'] };
    const check = (answer: unknown, policy: object = {}) =>
      withClients(awaitApproval, { journal, sns: aws.client(SNSClient) })({
        deployment: DEPLOYMENT,
        plan: { ...PLAN, settings: { ...PLAN.settings, migrations: migrationPolicySchema.parse(policy) } },
        migration: RISKY,
        answer,
      });
    beforeEach(() => run());

    test('who gave it, what was accepted and why are in the journal, and nobody is told again', async () => {
      await expect(check({ ...given, at: 'noon' })).resolves.toMatchObject({ status: 'done' });
      const record = (await journal.entry(DEPLOYMENT))?.steps.AwaitApproval;
      expect(record).toMatchObject({
        status: 'done',
        summary: 'approved by grace, accepting no-rollback: “announced for tonight”',
        endedAt: expect.any(String),
        work: { taskToken: 'token' },
      });
      // What nobody asked for is not kept.
      expect(record?.work?.['answer']).toEqual(given);
      expect(approverIn(record?.summary ?? '')).toBe('grace');
      expect(aws.count('SNS Publish')).toBe(1);
    });

    test('one that leaves out a consequence is not enough, whoever sent it', async () => {
      await expect(check({ ...given, accepted: ['downtime'] })).rejects.toMatchObject({
        name: 'ConsequencesNotAccepted',
        message: expect.stringContaining('no-rollback'),
      });
      expect((await journal.entry(DEPLOYMENT))?.steps.AwaitApproval).toMatchObject({ status: 'failed' });
    });

    test('one by whoever started it counts where the policy lets it, and else not', async () => {
      const own = { ...given, approvedBy: (await journal.entry(DEPLOYMENT))?.requestedBy };
      await expect(check(own)).resolves.toMatchObject({ status: 'done' });
      await expect(check(own, { selfApproval: false })).rejects.toMatchObject({ name: 'SelfApproval' });
    });

    test.each([
      [{ reason: 'x', accepted: [] }, 'approvedBy'],
      [{ ...given, accepted: 'no-rollback' }, 'accepted'],
      ['yes', 'the answer'],
    ])('%j is no answer, and the place is named', async (answer, place) => {
      await expect(check(answer)).rejects.toMatchObject({
        name: 'ApprovalUnreadable',
        message: expect.stringContaining(place),
      });
    });
  });
});

describe('Snapshot', () => {
  const plan = (policy: string, instance: string | null = 'backend-production') => ({
    ...PLAN,
    settings: {
      ...PLAN.settings,
      database: { schema: 'public', instance },
      migrations: migrationPolicySchema.parse({ snapshot: policy }),
    },
  });
  const run = (of = plan('risky'), migration = RISKY) =>
    withClients(snapshot, { journal, rds: aws.client(RDSClient) })({
      deployment: DEPLOYMENT,
      plan: of,
      migration,
    });
  const state = (Status: string, PercentProgress = 0) =>
    aws.answer({ 'RDS DescribeDBSnapshots': { DBSnapshots: [{ Status, PercentProgress }] } });
  beforeEach(() =>
    aws.answer({
      'RDS DescribeDBSnapshots': awsError('DBSnapshotNotFoundFault'),
      'RDS CreateDBSnapshot': { DBSnapshot: {} },
    }),
  );

  test('is taken once, under a name that is the deployment’s, and waited for', async () => {
    expect(await run()).toMatchObject({ status: 'waiting' });
    expect(aws.inputs('RDS CreateDBSnapshot')).toEqual([
      expect.objectContaining({
        DBInstanceIdentifier: 'backend-production',
        DBSnapshotIdentifier: 'lockstep-backend-production-1a2b3c4d',
      }),
    ]);
    state('creating', 40);
    expect(await run()).toMatchObject({
      status: 'waiting',
      summary: 'lockstep-backend-production-1a2b3c4d: 40 %',
    });
    state('available', 100);
    expect(await run()).toMatchObject({ status: 'done' });
    expect(aws.count('RDS CreateDBSnapshot')).toBe(1);
    expect((await journal.entry(DEPLOYMENT))?.steps.Snapshot?.work).toMatchObject({
      snapshot: 'lockstep-backend-production-1a2b3c4d',
    });
  });

  test('that two calls ask for at once is one', async () => {
    aws.answer({ 'RDS CreateDBSnapshot': awsError('DBSnapshotAlreadyExists') });
    expect(await run()).toMatchObject({ status: 'waiting' });
  });

  test('that fails is refused, and nothing is migrated', async () => {
    state('failed');
    await expect(run()).rejects.toMatchObject({
      name: 'SnapshotFailed',
      message: expect.stringContaining('ended in failed'),
    });
  });

  test.each([
    ['policy never', plan('never'), RISKY],
    ['policy risky with nothing risky', plan('risky'), { ...RISKY, risky: false }],
    ['no instance is named', plan('always', null), RISKY],
  ])('is skipped where %s', async (_, of, migration) => {
    expect(await run(of, migration)).toMatchObject({ status: 'skipped' });
    expect(aws.calls).toEqual([]);
  });
});
