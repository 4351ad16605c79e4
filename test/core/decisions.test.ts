/** The decisions between the steps, as tables: the way back, what a judgement means, how failures are told. */
import { failureFrom, failureOfStep, withRollback } from '../../core/failure.ts';
import { requireCompatible, wayBack } from '../../core/going-back.ts';
import type { Failure, JournalEntry } from '../../core/journal.ts';
import { decideMigration, migrationSummary, requireHistory } from '../../core/migration-decision.ts';
import { migrationFailure } from '../../core/migration-failure.ts';
import { progressText } from '../../core/migration-progress.ts';
import { retryAfterLock } from '../../core/migration-retry.ts';
import { type Finding, type Judgement, migrationPolicySchema } from '../../core/migrations.ts';
import { nameRunning, planSummary, shortName } from '../../core/plan.ts';
import {
  type Candidate,
  chooseRollbackTarget,
  provenBefore,
  provenReleases,
  wantedFirst,
} from '../../core/rollback-target.ts';
import { DIGESTS, OLD, PLAN } from '../setup/function.ts';

describe('the rollback target', () => {
  const candidate = (revision: string, image: Candidate['image']): Candidate => ({
    running: { ...OLD, taskDefinition: revision, revision },
    provenAt: '2026-11-21T00:00:00Z',
    image,
  });
  const choose = (proven: Candidate[], steady: Candidate | null, sameCode = false) =>
    chooseRollbackTarget({ proven, steady, sameCode });

  test('is the newest proven release whose image is there, not the revision before', () => {
    expect(
      choose([candidate('41', 'active'), candidate('38', 'active')], candidate('42', 'active')),
    ).toMatchObject({ revision: '41', provenBy: 'journal' });
    expect(choose([candidate('41', 'archived'), candidate('38', 'active')], null)).toMatchObject({
      revision: '38',
    });
  });

  test('is what runs steadily where nothing was ever proven, and nothing where that is not so', () => {
    expect(choose([], candidate('42', 'active'))).toMatchObject({ revision: '42', provenBy: 'steady' });
    expect(choose([], null)).toBeNull();
  });

  test('that cannot be pulled any more is an error, unless the same code is about to replace it', () => {
    expect(() => choose([candidate('41', 'missing')], null)).toThrow('is gone');
    expect(() => choose([], candidate('42', 'archived'))).toThrow('is archived');
    expect(choose([candidate('41', 'missing')], null, true)).toBeNull();
  });

  test('proven releases are each told once, newest first', () => {
    const entry = (revision: string | null) =>
      ({
        ...(revision ? { proven: { ...OLD, taskDefinition: revision }, provenAt: 't' } : {}),
        steps: {},
      }) as unknown as JournalEntry;
    const entries = ['43', null, '43', '41', '40'].map(entry);
    expect(provenReleases(entries, 2).map(({ running }) => running.taskDefinition)).toEqual(['43', '41']);
  });

  const proven = ['43', '41', '40'].map((revision) => candidate(revision, 'active'));
  const revisions = (candidates: readonly Candidate[]) => candidates.map(({ running }) => running.revision);

  test('is what runs, where somebody gave the service an earlier proven release by hand', () => {
    const byHand = { ...OLD, taskDefinition: '41' };
    expect(revisions(wantedFirst(proven, byHand))).toEqual(['41', '43', '40']);
    expect(revisions(wantedFirst(proven, { ...OLD, taskDefinition: '99' }))).toEqual(['43', '41', '40']);
    expect(revisions(wantedFirst(proven, null))).toEqual(['43', '41', '40']);
  });

  test.each([
    ['43', '41'],
    ['41', '40'],
    ['40', undefined],
    ['99', '43'],
    [undefined, '43'],
  ])('of a rollback is what was proven before the one that runs: %s → %s', (running, expected) => {
    expect(provenBefore(proven, running)?.running.revision).toBe(expected);
  });
});

describe('the way back', () => {
  const ours = (status: string, taskDefinition: string | null = 'new', sources = ['old']) => ({
    arn: 'ours',
    status,
    taskDefinition,
    sources,
  });
  test.each([
    ['nothing of ours', null, false, { do: 'update' }],
    ['under way, from the target', ours('IN_PROGRESS'), false, { do: 'stop', deployment: 'ours' }],
    ['under way, from elsewhere', ours('IN_PROGRESS', 'new', ['older']), false, { do: 'update' }],
    ['asked to stop already', ours('IN_PROGRESS'), true, { do: 'wait' }],
    ['stopping', ours('STOP_REQUESTED'), false, { do: 'wait' }],
    ['about to go back', ours('ROLLBACK_REQUESTED', null), false, { do: 'adopt', deployment: 'ours' }],
    [
      'going back to the target',
      ours('ROLLBACK_IN_PROGRESS', 'old'),
      false,
      { do: 'adopt', deployment: 'ours' },
    ],
    ['going back elsewhere', ours('ROLLBACK_IN_PROGRESS', 'older'), false, { do: 'wait' }],
    [
      'gone back to the target',
      ours('ROLLBACK_SUCCESSFUL', 'old'),
      false,
      { do: 'adopt', deployment: 'ours' },
    ],
    ['gone back elsewhere', ours('ROLLBACK_SUCCESSFUL', 'older'), false, { do: 'update' }],
    ['failed at going back', ours('ROLLBACK_FAILED', 'old'), false, { do: 'update' }],
    ['a success for ECS', ours('SUCCESSFUL'), false, { do: 'update' }],
    ['stopped', ours('STOPPED'), false, { do: 'update' }],
  ])('from a deployment that is %s', (_, deployment, stopped, expected) => {
    expect(wayBack('old', deployment, stopped)).toMatchObject(expected);
  });

  const schema = {
    revision: 'backend:41',
    migrated: ['20261124_cleanup'],
    written: null,
    snapshot: 'lockstep-1',
  };
  test.each([
    ['compatible', { oldCode: 'compatible' as const }, null],
    ['unknown', { oldCode: 'unknown' as const }, expect.stringContaining('not known')],
    [
      'broken by writes, none of which happened',
      { oldCode: 'until-written' as const, written: false },
      expect.stringContaining('nothing yet'),
    ],
    ['untouched', { oldCode: 'incompatible' as const, migrated: [] }, null],
  ])('is open on a schema that is %s', (_, more, expected) => {
    expect(requireCompatible({ ...schema, ...more })).toEqual(expected);
  });

  test.each([
    ['broken', { oldCode: 'incompatible' as const }, 'changed what it reads or writes.'],
    [
      'broken in ways that are known',
      {
        oldCode: 'incompatible' as const,
        breaks: ['read A.x (P2022)', 'create A (P2011)', 'delete A', 'upsert A'],
      },
      'reads or writes: it cannot read A.x (P2022), create A (P2011), delete A, and 1 more.',
    ],
    ['broken by what was written', { oldCode: 'until-written' as const, written: true }, 'has written'],
    ['perhaps broken by what was written', { oldCode: 'until-written' as const }, 'could not be asked'],
  ])('is closed on a schema that is %s', (_, more, words) => {
    expect(() => requireCompatible({ ...schema, ...more })).toThrow(words);
  });
});

describe('a judgement', () => {
  const finding = (severity: Finding['severity'], more: Partial<Finding> = {}): Finding => ({
    rule: 'dropping-column',
    severity,
    migration: '20261124_cleanup',
    file: '20261124_cleanup/migration.sql',
    line: 3,
    column: 1,
    statement: 'ALTER TABLE "documents"\n  DROP COLUMN "legacyId"',
    why: 'every read selects it',
    consequences: [],
    ...more,
  });
  const judgement = (
    verdict: Judgement['verdict'],
    findings: Finding[] = [],
    more: Partial<Judgement> = {},
  ): Judgement => ({
    verdict,
    findings,
    compatibility: { oldCodeOnNewSchema: 'compatible', newCodeOnOldSchema: 'compatible', details: [] },
    consequences: [],
    statements: [],
    rehearsal: { done: true },
    ...more,
  });
  const question = (approve: ('needs-approval' | 'blocked')[], mayMigrate = true) => ({
    pending: ['20261124_cleanup'],
    policy: migrationPolicySchema.parse({ approve }),
    mayMigrate,
  });

  test.each([
    ['safe', judgement('safe'), 'safe', false],
    ['to be approved', judgement('needs-approval', [finding('needs-approval')]), 'needs-approval', true],
    ['fine but with a consequence', judgement('safe', [], { consequences: ['downtime'] }), 'safe', true],
  ])('that is %s goes on', (_, judged, verdict, risky) => {
    expect(decideMigration(judged, question(['needs-approval']))).toMatchObject({
      verdict,
      risky,
      pending: ['20261124_cleanup'],
    });
  });

  test('that is blocked is refused with rule, place, why and help', () => {
    const judged = judgement('blocked', [
      finding('notice', { rule: 'style' }),
      finding('blocked', { help: 'drop it a release later' }),
    ]);
    expect(() => decideMigration(judged, question(['needs-approval']))).toThrow(
      'dropping-column at 20261124_cleanup/migration.sql:3:1: every read selects it',
    );
    try {
      decideMigration(judged, question([]));
    } catch (error) {
      expect(error).toMatchObject({
        remedy: 'drop it a release later',
        evidence: expect.arrayContaining(['    ALTER TABLE "documents" DROP COLUMN "legacyId"']),
      });
    }
  });

  test('is what the policy lets a person approve', () => {
    expect(decideMigration(judgement('blocked', [finding('blocked')]), question(['blocked']))).toMatchObject({
      verdict: 'needs-approval',
    });
    expect(() =>
      decideMigration(judgement('needs-approval', [finding('needs-approval')]), question([])),
    ).toThrow('dropping-column');
  });

  test('of anything pending is refused where migrating is not asked for', () => {
    expect(() => decideMigration(judgement('safe'), question([], false))).toThrow(
      'A migration is pending, and the request says not to migrate: 20261124_cleanup',
    );
  });

  test.each([
    [0, 'none', 'nothing pending'],
    [1, 'safe', '1 pending, fine; old code works on the new schema'],
    [2, 'safe', '2 pending, both fine; old code works on the new schema'],
    [3, 'safe', '3 pending, all fine; old code works on the new schema'],
    [1, 'needs-approval', '1 pending, 0 findings, a person has to approve; old code works on the new schema'],
  ] as const)('of %i pending, %s, is one line', (count, verdict, line) => {
    const pending = Array.from({ length: count }, (_, index) => String(index));
    expect(
      migrationSummary({
        verdict,
        pending,
        oldCode: 'compatible',
        consequences: [],
        risky: false,
        findings: 0,
        database: 'unchanged',
      }),
    ).toBe(line);
  });

  test('is not even asked for where files and database do not belong together', () => {
    const found = {
      kind: 'edited',
      severity: 'blocked',
      means: 'It was changed.',
      now: 'The database has the old.',
      commands: ['git log'],
    } as const;
    expect(() => requireHistory([{ ...found, commands: [...found.commands] }])).toThrow(
      'It was changed. The database has the old.',
    );
    expect(() => requireHistory([{ ...found, severity: 'notice', commands: [] }])).not.toThrow();
  });
});

describe('a migration task that ended badly', () => {
  const end = {
    exitCode: 1,
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containerReason: null,
  };
  test.each([
    [
      end,
      ['Error: P1001', '', "Can't reach database server at `db`:`5432`"],
      'MigrationFailed',
      /\(P1001\).*Can't reach/,
    ],
    [
      end,
      ['Database error code: 55P03', 'ERROR: canceling statement due to lock timeout'],
      'MigrationLockTimeout',
      /5s/,
    ],
    [
      { ...end, exitCode: null, stoppedReason: 'CannotPullContainerError: denied' },
      [],
      'MigrationNotStarted',
      /CannotPull/,
    ],
    [{ ...end, exitCode: 137, containerReason: 'OutOfMemoryError' }, [], 'MigrationFailed', /137/],
    [{ ...end, exitCode: 'unknown' as const }, [], 'MigrationFailed', /unknown/],
  ])('%# is told as it is', (how, log, name, words) => {
    expect(migrationFailure(how, log, '5s')).toMatchObject({ name, message: expect.stringMatching(words) });
  });
});

describe('a migration that did not get its lock', () => {
  const states = [
    { name: '1_a', state: 'applied' as const },
    { name: '2_b', state: 'failed' as const },
    { name: '3_c', state: 'not run' as const },
  ];
  test.each([
    [0, { atomic: ['2_b'] }, { seconds: 10, rollBack: '2_b' }],
    [2, { atomic: ['2_b'] }, { seconds: 60, rollBack: '2_b' }],
    [3, { atomic: ['2_b'] }, undefined],
    [0, { atomic: ['1_a'] }, undefined],
    [0, {}, undefined],
  ])('try %i, %j', (attempt, migration, expected) => {
    expect(retryAfterLock(attempt, states, migration)).toEqual(expected);
  });

  test('is let be where nothing, or more than one, stands failed, or its name is none for a shell', () => {
    expect(retryAfterLock(0, [], { atomic: ['2_b'] })).toBeUndefined();
    const odd = [{ name: '2; rm', state: 'failed' as const }];
    expect(retryAfterLock(0, odd, { atomic: ['2; rm'] })).toBeUndefined();
  });

  test('waits behind somebody, who is told in a line', () => {
    const blocker = { pid: 7, application: '', state: 'active', seconds: 3.4, query: 'SELECT ?' };
    const waiting = { table: null, seconds: 1.6, blockers: [blocker, { ...blocker, pid: 8 }] };
    expect(progressText({ waiting, index: null })).toBe(
      'waits 2 s for a lock behind pid 7 (unnamed, active for 3 s: SELECT ?) and 1 more',
    );
    expect(
      progressText({
        waiting: null,
        index: { table: 'documents', phase: 'building index: scanning table', percent: 43.4 },
      }),
    ).toBe('index on documents: building index: scanning table, 43 %');
    expect(progressText({ waiting: null, index: null })).toBeNull();
  });
});

describe('which migrations leave nothing behind when they fail', () => {
  const statement = (migration: string, text: string) => ({
    migration,
    file: '',
    line: 1,
    column: 1,
    text,
    severity: 'fine' as const,
    by: 'rules' as const,
    effects: [],
  });
  test('are those of one statement that is not CONCURRENTLY', () => {
    const statements = [
      statement('1', 'ALTER TABLE a'),
      statement('2', 'CREATE TABLE b'),
      statement('2', 'CREATE TABLE c'),
      statement('3', 'CREATE INDEX CONCURRENTLY i'),
    ];
    const compatibility = {
      oldCodeOnNewSchema: 'compatible' as const,
      newCodeOnOldSchema: 'compatible' as const,
      details: [],
    };
    const judgement: Judgement = {
      verdict: 'safe',
      findings: [],
      compatibility,
      consequences: [],
      statements,
      rehearsal: { done: true },
    };
    const policy = migrationPolicySchema.parse({});
    const decided = decideMigration(judgement, { pending: ['1', '2', '3'], policy, mayMigrate: true });
    expect(decided.atomic).toEqual(['1']);
    expect(decided.concurrent).toEqual(['3']);
  });
});

describe('a failure', () => {
  const kept: Failure = {
    step: 'Migrate',
    error: 'MigrationFailed',
    sentence: 'whole',
    remedy: 'do',
    evidence: ['line'],
  };
  const entry = {
    steps: { Migrate: { startedAt: '', status: 'failed' as const, summary: '', failure: kept } },
  };

  test('is the journal’s, with its evidence, where that is of the same error', () => {
    expect(failureOfStep({ step: 'Migrate', error: 'MigrationFailed', cause: 'cut' }, entry, 'Migrate')).toBe(
      kept,
    );
    expect(
      failureOfStep({ step: 'Migrate', error: 'Throttled', cause: 'AWS throttled ECS' }, entry, 'Migrate'),
    ).toMatchObject({ error: 'Throttled', sentence: 'AWS throttled ECS' });
  });

  test.each([
    [
      'a Lambda’s',
      'TypeError',
      JSON.stringify({ errorType: 'TypeError', errorMessage: 'a.ts:1: no\nMend it.' }),
      { sentence: 'a.ts:1: no', remedy: 'Mend it.' },
    ],
    ['plain text', 'ApprovalDenied', 'ada refused it', { sentence: 'ada refused it' }],
    ['a time-out', 'States.Timeout', '', { error: 'StepTimedOut' }],
    [
      'unknown to the table',
      'States.Runtime',
      'odd',
      { error: 'Internal', sentence: expect.stringContaining('States.Runtime: odd') },
    ],
    [
      'without a cause',
      'CommitMissing',
      '',
      { sentence: 'The request names neither a commit nor an image.' },
    ],
  ])('that is %s is read', (_, error, cause, expected) => {
    expect(failureFrom('Plan', error, cause)).toMatchObject(expected);
  });

  test('leaves no brace for a person to read', () => {
    expect(JSON.stringify(failureFrom('Plan', 'StaleCommit', ''))).not.toMatch(/\{[a-z]+\}/);
  });

  test('of a release and of its way back are told together', () => {
    const second: Failure = {
      ...kept,
      step: 'VerifyHealth',
      error: 'TaskCrashed',
      sentence: 'It crashed.',
      evidence: ['more'],
    };
    expect(withRollback(kept, second, 'backend:41')).toMatchObject({
      error: 'RollbackFailed',
      sentence: 'whole The rollback to backend:41 failed as well: It crashed.',
      evidence: ['line', 'more'],
    });
    expect(
      withRollback(
        kept,
        { ...second, step: 'Rollback', error: 'RollbackIncompatible', remedy: 'restore' },
        'x',
      ),
    ).toMatchObject({ error: 'RollbackIncompatible', remedy: 'restore' });
  });
});

describe('what runs', () => {
  const { commit: _, committedAt: __, ...seen } = OLD;
  test('is named by the first release of its digest that is known', () => {
    expect(nameRunning(seen, [null, { digest: DIGESTS.new, commit: 'x', committedAt: null }, OLD])).toEqual(
      OLD,
    );
    expect(nameRunning(seen, [])).toMatchObject({ commit: null, committedAt: null });
    expect(
      nameRunning({ ...seen, digest: null }, [{ digest: null, commit: 'x', committedAt: null }]),
    ).toMatchObject({ commit: null });
  });

  test('is called by its commit, else its digest, else its image', () => {
    expect([
      shortName(OLD),
      shortName({ ...OLD, commit: null }),
      shortName({ commit: null, digest: null, image: 'nginx' }),
    ]).toEqual(['9f31c2e', 'sha256:000000000000', 'nginx']);
  });

  test('and the way back are one line', () => {
    expect(planSummary(PLAN)).toBe(
      'runs 9f31c2e (backend-production:41); rollback target 9f31c2e, proven 2026-11-21',
    );
    expect(planSummary({ running: null, rollbackTarget: null })).toBe(
      'runs nothing yet; no way back is known',
    );
  });
});
