/**
 * Migrate on a real database: its task is the registered shell line, run with Prisma's own engine; what it is told of the
 * database comes from the real `inspect-database`.
 */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { entryOf } from '../../core/journal.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import { migrationPolicySchema } from '../../core/migrations.ts';
import { handler } from '../../lambdas/migrate/handler.ts';
import { type Answer, DEPLOYMENT, PLAN, RELEASE, withClients } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';
import { type Migrator, openMigrator } from '../setup/prisma/database.ts';

const INIT = 'CREATE TABLE documents (id serial PRIMARY KEY, owner text, title text NOT NULL);\n';
const ROWS =
  "INSERT INTO documents (owner, title) VALUES ('ada', 'Notes'), (NULL, 'The bug'), (NULL, 'The bug')";

let journal: TestJournal;
let migrator: Migrator;
beforeAll(async () => {
  [journal, migrator] = await Promise.all([openTestJournal(), openMigrator()]);
}, 60_000);
afterAll(async () => {
  await journal.close();
  await migrator.close();
});

/** `2_change` is pending, on a table that has rows. */
async function pending(sql: string, more: Partial<MigrationResult> = {}, lockTimeout = '300ms') {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  await migrator.begin({ '1_init': INIT, '2_change': sql });
  await migrator.database.sql(ROWS);
  const migration: MigrationResult = {
    verdict: 'safe',
    pending: ['2_change'],
    oldCode: 'compatible',
    consequences: [],
    risky: false,
    findings: 0,
    database: 'unchanged',
    ...more,
  };
  const { aws } = migrator;
  const call = withClients(handler, {
    journal,
    ecs: aws.client(ECSClient),
    lambda: aws.client(LambdaClient),
    logs: aws.client(CloudWatchLogsClient),
    s3: aws.client(S3Client),
  });
  const settings = { ...PLAN.settings, migrations: migrationPolicySchema.parse({ lockTimeout }) };
  return () => call({ deployment: DEPLOYMENT, plan: { ...PLAN, settings }, release: RELEASE, migration });
}

const record = async () => (await journal.entry(DEPLOYMENT))?.steps.Migrate;
/** As if time had passed: changes what the step has written down. */
async function work(change: Record<string, unknown>) {
  const entry = await journal.entry(DEPLOYMENT);
  const { Migrate } = entry?.steps ?? {};
  if (!entry || !Migrate) throw new Error('nothing was written down');
  await journal.put({
    ...entry,
    steps: { ...entry.steps, Migrate: { ...Migrate, work: { ...Migrate.work, ...change } } },
  });
}
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
/** The step is called until it says something else than before. */
async function until(run: () => Promise<Answer>, said: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const answer = await run();
    if (said(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const columns = async () =>
  (
    await migrator.database.sql(
      "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'documents'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    )
  ).rows.map(({ name }) => name);

test('a lock that is held is waited for, given up with 55P03, and tried again until its holder goes; nothing is changed in between', async () => {
  const holder = await migrator.connect('psql');
  const run = await pending('ALTER TABLE documents ADD COLUMN note text;', { atomic: ['2_change'] });
  await holder.query("BEGIN; UPDATE documents SET owner = 'grace' WHERE id = 1");
  for (const seconds of [10, 30]) {
    const answer = await until(run, ({ summary }) => /did not get its lock/.test(summary ?? ''));
    expect(answer).toMatchObject({
      status: 'waiting',
      waitSeconds: seconds,
      summary: 'did not get its lock, and changed nothing',
    });
    expect(await columns()).toEqual(['id', 'owner', 'title']);
    await work({ retryAt: ago(0) });
  }
  await holder.query('COMMIT');
  expect(await until(run, ({ status }) => status === 'done')).toMatchObject({
    migration: { database: 'migrated' },
  });
  expect(await columns()).toEqual(['id', 'owner', 'title', 'note']);
  const { rows } = await migrator.database.sql(
    `SELECT finished_at IS NOT NULL AS done, rolled_back_at IS NOT NULL AS back, logs LIKE '%55P03%' AS lock
       FROM _prisma_migrations WHERE migration_name = '2_change' ORDER BY started_at`,
  );
  expect(rows).toEqual([
    { done: false, back: true, lock: true },
    { done: false, back: true, lock: true },
    { done: true, back: false, lock: null },
  ]);
}, 30_000);

test('whom it waits for is named while it waits, and when it has given up: pid, age and first words, never a value', async () => {
  const holder = await migrator.connect('nightly report');
  const pid = (await holder.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  const run = await pending('ALTER TABLE documents ADD COLUMN note text;', {}, '2s');
  await holder.query("BEGIN; UPDATE documents SET owner = 'Grace Hopper' WHERE id = 1906");
  await run();
  await work({ startedAt: ago(6) });
  const { summary } = await until(run, ({ summary }) => /^waits/.test(summary ?? ''));
  const who = `for a lock on documents behind pid ${pid} \\(nightly report, idle in transaction for \\d+ s: BEGIN; UPDATE documents SET owner = \\? WHERE id = \\?\\)`;
  expect(summary).toMatch(new RegExp(`^waits \\d s ${who}$`));
  await migrator.ended();
  await expect(until(run, () => false)).rejects.toMatchObject({ name: 'MigrationLockTimeout' });
  await holder.query('ROLLBACK');
  const evidence = (await record())?.failure?.evidence ?? [];
  expect(evidence.join('\n')).toMatch(new RegExp(`^it waits \\d s ${who}$`, 'm'));
  expect(evidence.join('\n')).not.toMatch(/Grace Hopper|1906/);
}, 30_000);

/** The lines between what is true and what mends it. */
async function mended(): Promise<string[]> {
  const evidence = (await record())?.failure?.evidence ?? [];
  const at = evidence.findIndex((line) => line.startsWith('Took effect'));
  return evidence.slice(at);
}

/** Does what was printed: SQL in the database, `lockstep migrations resolve` as the task that it starts. */
async function follow(commands: readonly string[]): Promise<void> {
  for (const line of commands.map((command) => command.trim())) {
    const resolve = /^lockstep migrations resolve (\S+) (--\S+)/.exec(line);
    if (resolve) {
      await migrator.prisma(`migrate resolve ${resolve[2]} ${resolve[1]}`);
      // What comes after it is the other way to do it.
      return;
    }
    if (line.startsWith('--')) throw new Error(`a person has to look: ${line}`);
    await migrator.database.sql(line);
  }
}

const HALF = `ALTER TABLE documents ADD COLUMN note text;
CREATE INDEX documents_title_idx ON documents (title);
ALTER TABLE documents ALTER COLUMN owner SET NOT NULL;
CREATE TABLE tags (id int PRIMARY KEY);
`;

test('a file that failed half-way is told statement by statement, and what is printed mends it', async () => {
  const run = await pending(HALF);
  await run();
  await migrator.ended();
  await expect(until(run, () => false)).rejects.toMatchObject({
    name: 'MigrationFailed',
    message: expect.stringContaining('column "owner" of relation "documents" contains null values'),
  });
  const [truth, ...commands] = await mended();
  expect(truth).toBe(
    'Took effect: line 1 (ALTER TABLE documents ADD COLUMN note text), line 2 (CREATE INDEX documents_title_idx ON documents (title)). Did not: line 3 (ALTER TABLE documents ALTER COLUMN owner SET NOT NULL), line 4 (CREATE TABLE tags (id int PRIMARY KEY)).',
  );
  expect(await columns()).toEqual(['id', 'owner', 'title', 'note']);
  await follow(commands);
  expect(await columns()).toEqual(['id', 'owner', 'title']);
  // The data is mended as well, and the same file runs.
  await migrator.database.sql("UPDATE documents SET owner = 'nobody' WHERE owner IS NULL");
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  expect(await until(run, ({ status }) => status === 'done')).toMatchObject({
    migration: { database: 'migrated' },
  });
}, 30_000);

test('a transaction of the file’s own that failed has left nothing, and it is so', async () => {
  const run = await pending(`BEGIN;\n${HALF}COMMIT;\n`);
  await run();
  await migrator.ended();
  await expect(until(run, () => false)).rejects.toMatchObject({ name: 'MigrationFailed' });
  const [truth, ...commands] = await mended();
  expect(truth).toMatch(/^Took effect: nothing\. Did not: line 2 .*, line 3 .*, line 4 .*, line 5 /);
  expect(await columns()).toEqual(['id', 'owner', 'title']);
  expect(commands).toHaveLength(1);
  await follow(commands);
  await migrator.database.sql("UPDATE documents SET owner = 'nobody' WHERE owner IS NULL");
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  expect(await until(run, ({ status }) => status === 'done')).toMatchObject({
    migration: { database: 'migrated' },
  });
}, 30_000);

test('a unique index that failed is left INVALID, said to be, and dropped before it is built again', async () => {
  const run = await pending('CREATE UNIQUE INDEX CONCURRENTLY documents_title_key ON documents (title);');
  await run();
  await migrator.ended();
  await expect(until(run, () => false)).rejects.toMatchObject({ name: 'MigrationFailed' });
  const [truth, ...commands] = await mended();
  expect(truth).toContain('Left behind: an INVALID index (line 1).');
  await follow(commands);
  await migrator.database.sql('DELETE FROM documents WHERE id = 3');
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  expect(await until(run, ({ status }) => status === 'done')).toMatchObject({
    migration: { database: 'migrated' },
  });
}, 30_000);

/** Reads a row in a hundredth of a second, so that a build can be watched. */
const SLOW = `CREATE FUNCTION slowly(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN $1; END $$;\n`;

test('an index that is built concurrently outlasts the lock time-out behind an older transaction, and its progress is told', async () => {
  const name = 'documents_title_idx';
  const run = await pending(`CREATE INDEX CONCURRENTLY ${name} ON documents (slowly(title));`, {
    concurrent: ['2_change'],
  });
  await migrator.database.sql(
    `${SLOW} INSERT INTO documents (title) SELECT 'title ' || i FROM generate_series(1, 60) i`,
  );
  const holder = await migrator.connect('psql');
  await holder.query("BEGIN; UPDATE documents SET owner = 'grace' WHERE id = 1");
  await run();
  await work({ startedAt: ago(6) });
  // Longer than the time-out of 300 ms, which a concurrent build alone has not.
  await until(run, ({ summary }) => /^waits [1-9] s .* behind pid/.test(summary ?? ''));
  await holder.query('COMMIT');
  const told = new Set<string>();
  const done = await until(run, ({ status, summary = '' }) => {
    told.add(summary);
    return status === 'done';
  });
  expect(done).toMatchObject({ migration: { database: 'migrated' } });
  expect([...told].join('\n')).toMatch(
    /^index on documents: building index.*, \d+ %$|^index on documents: index validation: /m,
  );
  const { rows } = await migrator.database.sql(
    `SELECT indisvalid FROM pg_index WHERE indexrelid = '${name}'::regclass`,
  );
  expect(rows).toEqual([{ indisvalid: true }]);
}, 30_000);

test('a run that is stopped for its time says what is in the database, and that the statement goes on there', async () => {
  const run = await pending(
    'ALTER TABLE documents ADD COLUMN note text;\nSELECT pg_sleep(60);\nCREATE TABLE tags ();',
  );
  await run();
  await until(
    async () => ({ status: (await columns()).includes('note') ? 'there' : '' }),
    ({ status }) => status === 'there',
  );
  await work({ startedAt: ago(3601) });
  expect(await run()).toMatchObject({ summary: 'it took too long and is being stopped' });
  await migrator.ended();
  await expect(until(run, () => false)).rejects.toMatchObject({ name: 'MigrationTimedOut' });
  const evidence = (await record())?.failure?.evidence ?? [];
  const running = evidence.findIndex((line) => line.startsWith('it still runs in the database'));
  expect(evidence[running]).toMatch(/\(pid \d+, for \d+ s: SELECT pg_sleep\(\?\)\)/);
  expect((await mended())[0]).toBe(
    'Took effect: line 1 (ALTER TABLE documents ADD COLUMN note text). Did not: line 3 (CREATE TABLE tags ()). Cannot be seen in the schema: line 2 (SELECT pg_sleep(60)).',
  );
  await migrator.database.sql(evidence[running + 1] ?? '');
}, 30_000);
