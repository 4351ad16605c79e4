/** MigrateCheck: judged for real, rehearsal included, against what manifests and the database say. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { entryOf } from '../../core/journal.ts';
import { type DatabaseFacts, databaseFactsSchema, migrationPolicySchema } from '../../core/migrations.ts';
import type { Release } from '../../core/release.ts';
import { checksum } from '../../judge/index.ts';
import { closeRehearsal } from '../../judge/rehearse/index.ts';
import { handler } from '../../lambdas/migrate-check/handler.ts';
import { awsError, FakeAws, s3Json } from '../setup/fake-aws.ts';
import { DEPLOYMENT, DIGESTS, PLAN, RELEASE, withClients } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
let objects: Record<string, unknown>;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(async () => {
  await closeRehearsal();
  await journal.close();
});

const INIT = `CREATE TABLE "documents" ("id" INTEGER NOT NULL, "title" TEXT NOT NULL, "legacyId" TEXT, CONSTRAINT "documents_pkey" PRIMARY KEY ("id"));`;
const schema = (...fields: string[]) => [
  {
    path: 'prisma/schema.prisma',
    text: `datasource db {\n  provider = "postgresql"\n}\nmodel Document {\n  id Int @id\n  title String\n${fields.map((field) => `  ${field}\n`).join('')}  @@map("documents")\n}\n`,
  },
];
const migration = (name: string, sql: string) => ({ name, sql, checksum: checksum(sql) });
const manifest = (
  digest: string,
  commit: string,
  migrations: ReturnType<typeof migration>[],
  ...fields: string[]
) => ({
  version: 1,
  service: 'backend',
  repository: 'backend',
  commit,
  builtAt: '',
  tag: commit,
  digest,
  prismaVersion: '7.10.0',
  schema: schema(...fields),
  migrations,
});
const key = (digest: string) => `releases/backend/${digest.slice(7)}.json`;
const row = (name: string, sql: string, more = {}) => ({
  id: name,
  checksum: checksum(sql),
  migrationName: name,
  startedAt: '2026-11-20T10:00:00Z',
  finishedAt: '2026-11-20T10:00:01Z',
  rolledBackAt: null,
  appliedStepsCount: 1,
  logs: null,
  ...more,
});
const NEW_TABLE = migration(
  '20261124_note',
  'CREATE TABLE "notes" ("id" INTEGER NOT NULL, CONSTRAINT "notes_pkey" PRIMARY KEY ("id"));',
);
const DROP = migration('20261124_cleanup', 'ALTER TABLE "documents" DROP COLUMN "legacyId";');

beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  objects = {
    [key(DIGESTS.old)]: manifest(DIGESTS.old, 'old', [migration('20261120_init', INIT)], 'legacyId String?'),
  };
  aws = new FakeAws().answer({
    'S3 GetObject': ({ Key }) =>
      String(Key) in objects ? s3Json(objects[String(Key)]) : awsError('NoSuchKey'),
    'S3 PutObject': ({ Key, Body }) => {
      if (String(Key).startsWith('judgements/')) objects[String(Key)] = JSON.parse(String(Body));
      return {};
    },
  });
  facts = undefined;
  database(row('20261120_init', INIT));
});

const database = (...rows: object[]) =>
  inspected({ reachable: true, applied: rows, otherTables: true, serverVersion: 150018 });
/** What the database says of its tables; undefined: it does not say. */
let facts: Partial<DatabaseFacts> | undefined;
const inspected = (history: unknown) =>
  aws.answer({
    'Lambda Invoke': ({ Payload }) => {
      const wantsFacts = JSON.parse(String(Payload)).want === 'facts';
      const told = facts
        ? {
            reachable: true,
            facts: databaseFactsSchema.parse({ readAt: '', serverVersion: 150018, ...facts }),
          }
        : { reachable: false, reason: 'busy' };
      return { Payload: { transformToString: () => JSON.stringify(wantsFacts ? told : history) } };
    },
  });
const releases = (pending: ReturnType<typeof migration>[], ...fields: string[]) => {
  objects[key(DIGESTS.new)] = manifest(
    DIGESTS.new,
    'new',
    [migration('20261120_init', INIT), ...pending],
    ...fields,
  );
};
const run = (plan = PLAN, release: Release = RELEASE) =>
  withClients(handler, { journal, lambda: aws.client(LambdaClient), s3: aws.client(S3Client) })({
    deployment: DEPLOYMENT,
    plan,
    release,
  });
const withPolicy = (policy: object) => ({
  ...PLAN,
  settings: { ...PLAN.settings, migrations: migrationPolicySchema.parse(policy) },
});

test('nothing pending is nothing to do', async () => {
  releases([], 'legacyId String?');
  expect(await run()).toMatchObject({
    status: 'done',
    summary: 'nothing pending',
    migration: { verdict: 'none', pending: [], oldCode: 'compatible' },
  });
});

test('a new table is safe, and old code works on the new schema', async () => {
  releases([NEW_TABLE], 'legacyId String?');
  expect(await run()).toMatchObject({
    summary: '1 pending, fine; old code works on the new schema',
    migration: {
      verdict: 'safe',
      pending: ['20261124_note'],
      oldCode: 'compatible',
      risky: false,
      database: 'unchanged',
    },
  });
});

test('a column that old code reads is not dropped: rule, place, why and help are told, and the whole judgement kept', async () => {
  releases([DROP]);
  await expect(run()).rejects.toMatchObject({
    name: 'MigrationBlocked',
    message: expect.stringMatching(/20261124_cleanup\/migration\.sql:1:\d+: /),
  });
  const { steps } = (await journal.entry(DEPLOYMENT)) ?? {};
  expect(steps?.MigrateCheck).toMatchObject({
    status: 'failed',
    work: { findings: expect.arrayContaining([expect.objectContaining({ severity: 'blocked', line: 1 })]) },
    failure: {
      error: 'MigrationBlocked',
      evidence: expect.arrayContaining([expect.stringContaining('DROP COLUMN')]),
    },
  });
  expect(objects[`judgements/${DEPLOYMENT.id}.json`]).toMatchObject({ verdict: 'blocked' });
});

test('the size of a table, as the database tells it, is in the judgement', async () => {
  releases(
    [migration('20261124_index', 'CREATE INDEX "by_title" ON "documents" ("title");')],
    'legacyId String?',
  );
  const table = {
    rows: 41_200_000,
    bytes: 9.8e9,
    totalBytes: 12e9,
    deadRows: 0,
    readsPerSecond: 10,
    writesPerSecond: 50,
    lastAnalyzed: null,
  };
  facts = {
    tables: {
      documents: {
        ...table,
        columns: {},
        indexes: [],
        triggers: [],
        partitioned: false,
        rowSecurity: false,
      } as never,
    },
  };
  await run().catch(() => {});
  const [asked] = aws
    .inputs('Lambda Invoke')
    .map(({ Payload }) => JSON.parse(String(Payload)))
    .filter(({ want }) => want === 'facts');
  expect(asked.pending).toEqual([{ name: '20261124_index', sql: expect.stringContaining('CREATE INDEX') }]);
  expect(JSON.stringify(objects[`judgements/${DEPLOYMENT.id}.json`])).toContain('41,200,000 rows');
});

test('whoever migrates at this moment is found before a second one starts', async () => {
  releases([NEW_TABLE], 'legacyId String?');
  facts = { migrators: [{ pid: 4711, granted: true }] };
  await expect(run()).rejects.toMatchObject({
    name: 'MigrationHistoryBroken',
    message: expect.stringContaining('pid 4711'),
  });
});

test('what is blocked may be approved where the policy says so', async () => {
  releases([DROP]);
  expect(await run(withPolicy({ approve: ['needs-approval', 'blocked'] }))).toMatchObject({
    migration: {
      verdict: 'needs-approval',
      risky: true,
      oldCode: 'incompatible',
      consequences: expect.arrayContaining(['no-rollback']),
    },
  });
});

test('pending migrations are refused where the request says not to migrate', async () => {
  releases([NEW_TABLE], 'legacyId String?');
  const plan = { ...PLAN, steps: { ...PLAN.steps, migrate: false } };
  await expect(run(plan)).rejects.toMatchObject({
    name: 'MigrationPending',
    message: expect.stringContaining('20261124_note'),
  });
});

test.each([
  ['edited after it was applied', row('20261120_init', 'SELECT 1'), 'was changed after it had been applied'],
  ['failed', row('20261120_init', INIT, { finishedAt: null, logs: 'ERROR: no' }), 'failed at'],
  ['in the database only', row('20261122_ghost', 'SELECT 1'), 'which this release does not bring'],
])('a migration that is %s is refused with what is true now and the commands', async (_, found, words) => {
  releases([], 'legacyId String?');
  database(row('20261120_init', INIT), found);
  if (found.migrationName === '20261120_init') database(found);
  await expect(run()).rejects.toMatchObject({
    name: 'MigrationHistoryBroken',
    message: expect.stringContaining(words),
  });
});

describe('where the database cannot be asked', () => {
  beforeEach(() => inspected({ reachable: false, reason: 'no route' }));

  test('what the running release does not bring counts as pending, and the line says that facts are unknown', async () => {
    releases([NEW_TABLE], 'legacyId String?');
    expect(await run()).toMatchObject({
      summary: expect.stringContaining('facts unknown: no route'),
      migration: { pending: ['20261124_note'] },
    });
  });

  test('a first release brings everything', async () => {
    releases([], 'legacyId String?');
    expect(await run({ ...PLAN, running: null, rollbackTarget: null })).toMatchObject({
      migration: { verdict: 'safe', pending: ['20261120_init'], oldCode: 'unknown' },
    });
  });
});

test('an image that Lockstep did not build runs no migration', async () => {
  expect(await run(PLAN, { ...RELEASE, manifestKey: null })).toMatchObject({
    migration: { verdict: 'none', oldCode: 'unknown' },
  });
});

describe('going back on purpose', () => {
  // The release that runs is the newer one; the one to go back to is the older.
  const plan = {
    ...PLAN,
    action: 'rollback' as const,
    running: { ...PLAN.running, digest: DIGESTS.new } as typeof PLAN.running,
    steps: { build: false, migrate: false, release: true },
  };
  const back = { ...RELEASE, digest: DIGESTS.old, manifestKey: key(DIGESTS.old) };

  test('to code that works on the schema of today is fine', async () => {
    releases([NEW_TABLE], 'legacyId String?');
    database(row('20261120_init', INIT), row(NEW_TABLE.name, NEW_TABLE.sql));
    expect(await run(plan, back)).toMatchObject({
      summary: 'works on the schema of today',
      migration: { verdict: 'none' },
    });
  });

  test('to code that reads what was dropped since is refused', async () => {
    releases([DROP]);
    database(row('20261120_init', INIT), row(DROP.name, DROP.sql));
    await expect(run(plan, back)).rejects.toMatchObject({
      name: 'RollbackIncompatible',
      message: expect.stringContaining('20261124_cleanup changed what it reads or writes'),
    });
  });

  test('names what the old code meets, and the snapshot from before', async () => {
    releases([DROP]);
    database(row('20261120_init', INIT), row(DROP.name, DROP.sql));
    const deployed = (startedAt: string, pending: string[], snapshot: string, database = 'migrated') =>
      journal.put({
        ...entryOf({ ...DEPLOYMENT, id: snapshot, startedAt }, {}),
        steps: {
          Snapshot: { startedAt, status: 'done', summary: '', work: { snapshot } },
          Migrate: { startedAt, status: 'done', summary: '', work: { database, migration: { pending } } },
        },
      });
    await deployed('2026-11-24T07:00:00.000Z', [DROP.name], 'before-a-try-that-failed', 'failed');
    await deployed('2026-11-24T08:00:00.000Z', [DROP.name], 'before-the-drop');
    await deployed('2026-11-24T08:30:00.000Z', ['20261124_other'], 'of-something-else');
    await expect(run(plan, back)).rejects.toMatchObject({
      message: expect.stringMatching(
        /20261124_cleanup changed what it reads or writes: it cannot read Document\.legacyId \(P2022\)[\s\S]* before-the-drop beside/,
      ),
    });
  });

  test('over migrations that nobody knows goes on, and says so', async () => {
    releases([]);
    database(row('20261120_init', INIT), row('20261122_ghost', 'SELECT 1'));
    expect(await run(plan, back)).toMatchObject({
      summary: 'whether it works on the schema of today is not known',
    });
  });
});
