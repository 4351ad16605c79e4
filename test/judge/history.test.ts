import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import type { AppliedRow, DatabaseFacts, TableFacts } from '../../core/migrations.ts';
import { checksum, compareHistory, loadParser, readRepository } from '../../judge/index.ts';

beforeAll(loadParser);

const sql = 'CREATE TABLE a (id int);\n';
const files = ['20250101_a', '20250201_b', '20250301_c'].map((name) => ({ name, sql: `-- ${name}\n${sql}` }));
const row = (name: string, more: Partial<AppliedRow> = {}): AppliedRow => ({
  id: name,
  checksum: checksum(`-- ${name}\n${sql}`),
  migrationName: name,
  startedAt: `2025-01-0${name.at(5)}T00:00:00.000Z`,
  finishedAt: '2025-06-01T00:00:00.000Z',
  rolledBackAt: null,
  appliedStepsCount: 1,
  logs: null,
  ...more,
});
const compare = (rows: AppliedRow[], more: Partial<Parameters<typeof compareHistory>[0]> = {}) =>
  compareHistory({ migrations: files, rows, tableExists: true, ...more });
const said = (rows: AppliedRow[], more: Partial<Parameters<typeof compareHistory>[0]> = {}) =>
  compare(rows, more).findings.map((finding) => [finding.kind, finding.code, finding.migration]);

test('what is not in the table is pending, in the order of the names', () => {
  expect(compare([row('20250101_a')])).toEqual({
    applied: ['20250101_a'],
    pending: ['20250201_b', '20250301_c'],
    findings: [],
  });
});

test('an older directory that was never applied is pending, and said to come late', () => {
  const state = compare([row('20250101_a'), row('20250301_c')]);
  expect(state.pending).toEqual(['20250201_b']);
  expect(state.findings.map((finding) => finding.kind)).toEqual(['out-of-order']);
});

test('a file that was edited after it had been applied is found; other line ends are no edit', () => {
  expect(said([row('20250101_a', { checksum: 'f'.repeat(64) })])).toEqual([
    ['edited', undefined, '20250101_a'],
  ]);
  const crlf = checksum(`-- 20250101_a\n${sql}`.replaceAll('\n', '\r\n'));
  expect(said([row('20250101_a', { checksum: crlf })])).toEqual([]);
});

test('a database ahead of the files is found', () => {
  expect(said([row('20250101_a'), row('20250401_d')])).toEqual([['ahead', undefined, '20250401_d']]);
});

test('a failed migration is P3009; before 7.4 nothing of it remains', () => {
  const rows = [row('20250101_a'), row('20250201_b', { finishedAt: null, logs: 'ERROR: boom\nHINT: none' })];
  const [finding] = compare(rows, { prismaVersion: '6.19.0' }).findings;
  expect(finding).toMatchObject({ kind: 'failed', code: 'P3009', severity: 'blocked' });
  expect(finding?.means).toContain('ERROR: boom');
  expect(finding?.now).toContain('nothing of it remains');
  expect(finding?.commands[0]).toContain('lockstep migrations resolve 20250201_b --rolled-back');
});

const table = (columns: string[]): TableFacts => ({
  rows: 1,
  bytes: 1,
  totalBytes: 1,
  deadRows: 0,
  readsPerSecond: 0,
  writesPerSecond: 0,
  lastAnalyzed: null,
  columns: Object.fromEntries(
    columns.map((name) => [name, { type: 'int', notNull: false, hasDefault: false, nullFraction: null }]),
  ),
  indexes: [],
  constraints: [],
  triggers: [],
  partitioned: false,
  rowSecurity: false,
});
const facts = (tables: Record<string, TableFacts>): DatabaseFacts => ({
  readAt: '2026-01-01T00:00:00Z',
  serverVersion: 180000,
  settings: {},
  tables,
  enums: {},
  sequences: [],
  sessions: [],
  replication: { slots: [], replicas: [] },
  migrators: [],
  probes: [],
  unknown: [],
});

test('a half-applied file names the statements that took effect, and how to undo them', () => {
  const migration = {
    name: '20250201_b',
    sql: 'ALTER TABLE a ADD COLUMN x int;\nALTER TABLE a ADD COLUMN y int;\nCREATE TABLE z (id int);',
  };
  const state = compareHistory({
    migrations: [migration],
    rows: [row('20250201_b', { finishedAt: null })],
    tableExists: true,
    prismaVersion: '7.10.1',
    facts: facts({ a: table(['id', 'x']) }),
  });
  const [finding] = state.findings;
  expect(finding).toMatchObject({ kind: 'half-applied', code: 'P3009' });
  expect(finding?.now).toBe(
    'Took effect: line 1 (ALTER TABLE a ADD COLUMN x int). Did not: line 2 (ALTER TABLE a ADD COLUMN y int), line 3 (CREATE TABLE z (id int)).',
  );
  expect(finding?.commands[0]).toBe('ALTER TABLE a DROP COLUMN x;   -- undoes line 1');
});

test('a failed file whose every statement took effect is to be marked as applied', () => {
  const state = compareHistory({
    migrations: [{ name: '20250201_b', sql: 'ALTER TABLE a ADD COLUMN x int;' }],
    rows: [row('20250201_b', { finishedAt: null })],
    tableExists: true,
    prismaVersion: '7.10.1',
    facts: facts({ a: table(['id', 'x']) }),
  });
  expect(state.findings[0]?.commands).toEqual([
    'lockstep migrations resolve 20250201_b --applied   # everything in it took effect',
  ]);
});

/** How each statement of a failed file is told, where the applied files are known. */
function told(sqlText: string, now: DatabaseFacts, prisma = '7.10.1') {
  const init = { name: '20250101_a', sql: 'CREATE TABLE a (id int NOT NULL, n int NOT NULL, note text);' };
  const [finding] = compareHistory({
    migrations: [init, { name: '20250201_b', sql: sqlText }],
    rows: [
      row('20250101_a', { checksum: checksum(init.sql) }),
      row('20250201_b', { finishedAt: null, logs: LOG }),
    ],
    tableExists: true,
    prismaVersion: prisma,
    facts: now,
    where: '--environment dev',
  }).findings;
  if (!finding) throw new Error('nothing was found');
  return finding;
}
const LOG = `A migration failed to apply. New migrations cannot be applied before the error is recovered from.
Migration name: 20250201_b

Database error code: 23502

Database error:
ERROR: column "n" contains null values`;

test('the database’s own words are told, not Prisma’s', () => {
  const { means } = told('ALTER TABLE a ADD COLUMN x int;', facts({ a: table(['id', 'n', 'note']) }));
  expect(means).toMatch(/ERROR: column "n" contains null values$/);
});

test('what cannot be seen itself is told by its neighbours', () => {
  const file =
    'ALTER TABLE a ADD COLUMN x int;\nUPDATE a SET n = 1;\nALTER TABLE a ADD COLUMN y int;\nUPDATE a SET n = 2;\nALTER TABLE a ADD COLUMN z int;\nUPDATE a SET z = 1;';
  const { now, commands } = told(file, facts({ a: table(['id', 'n', 'note', 'x', 'y']) }));
  expect(now).toBe(
    'Took effect: line 1 (ALTER TABLE a ADD COLUMN x int), line 2 (UPDATE a SET n = 1), line 3 (ALTER TABLE a ADD COLUMN y int). Did not: line 5 (ALTER TABLE a ADD COLUMN z int), line 6 (UPDATE a SET z = 1). Cannot be seen in the schema: line 4 (UPDATE a SET n = 2).',
  );
  expect(commands).toEqual([
    '-- see whether line 4 ran: UPDATE a SET n = 2',
    'ALTER TABLE a DROP COLUMN y;   -- undoes line 3',
    'ALTER TABLE a DROP COLUMN x;   -- undoes line 1',
    '-- line 2 is not undone by a statement: UPDATE a SET n = 1',
    'lockstep migrations resolve 20250201_b --rolled-back --environment dev   # once the database is as before it',
    '# or finish it: run what is from line 4 on by hand, then',
    'lockstep migrations resolve 20250201_b --applied --environment dev',
  ]);
});

test('rows that go with what the file has made need no undoing', () => {
  const file =
    'ALTER TABLE a ADD COLUMN x int;\nUPDATE a SET x = 1;\nCREATE TABLE z (id int);\nINSERT INTO z VALUES (1);\nALTER TABLE a ADD COLUMN y int;';
  const { commands } = told(file, facts({ a: table(['id', 'n', 'note', 'x']), z: table(['id']) }));
  expect(commands.slice(0, 3)).toEqual([
    'DROP TABLE z;   -- undoes line 3',
    'ALTER TABLE a DROP COLUMN x;   -- undoes line 1',
    'lockstep migrations resolve 20250201_b --rolled-back --environment dev   # once the database is as before it',
  ]);
});

test('a statement that makes no difference to what was there tells nothing by itself', () => {
  const there = table(['id', 'n', 'note']);
  const column = there.columns['id'];
  if (!column) throw new Error('no column');
  const now = facts({ a: { ...there, columns: { ...there.columns, n: { ...column, notNull: true } } } });
  // `n` was NOT NULL before: that it is so now says nothing of line 1.
  expect(told('ALTER TABLE a ALTER COLUMN n SET NOT NULL;\nALTER TABLE a ADD COLUMN x int;', now).now).toBe(
    'Took effect: nothing. Did not: line 2 (ALTER TABLE a ADD COLUMN x int). Cannot be seen in the schema: line 1 (ALTER TABLE a ALTER COLUMN n SET NOT NULL).',
  );
});

test('what a later statement takes away again speaks for both', () => {
  const file =
    'ALTER TABLE a ADD COLUMN x int;\nALTER TABLE a DROP COLUMN x;\nALTER TABLE a ADD COLUMN y int;\nCREATE TABLE z ();';
  expect(told(file, facts({ a: table(['id', 'n', 'note', 'y']) })).now).toMatch(
    /^Took effect: line 1 .*, line 2 .*, line 3 .*\. Did not: line 4 /,
  );
});

test('a transaction of the file’s own is all or nothing; one of the whole file is nothing', () => {
  const there = facts({ a: table(['id', 'n', 'note']) });
  const file = 'BEGIN;\nALTER TABLE a ADD COLUMN x int;\nUPDATE a SET x = 1;\nCOMMIT;\nCREATE TABLE z ();';
  expect(told(file, there).now).toMatch(/^Took effect: nothing\. Did not: line 2 .*, line 3 .*, line 5 /);
  const old = told('UPDATE a SET n = 1;\nCREATE TABLE z ();', there, '6.19.0');
  expect([old.kind, old.now]).toEqual([
    'failed',
    'Took effect: nothing. Did not: line 1 (UPDATE a SET n = 1), line 2 (CREATE TABLE z ()).',
  ]);
});

test('an INVALID index that was left behind is named, and dropped first', () => {
  const index = {
    name: 'a_n',
    columns: ['n'],
    unique: true,
    primary: false,
    valid: false,
    bytes: 1,
    scans: 0,
  };
  const now = facts({ a: { ...table(['id', 'n', 'note']), indexes: [index] } });
  const finding = told('CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);', now);
  expect(finding).toMatchObject({
    kind: 'half-applied',
    now: 'Took effect: nothing. Did not: line 1 (CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n)). Left behind: an INVALID index (line 1).',
  });
  expect(finding.commands.slice(0, 2)).toEqual([
    'DROP INDEX CONCURRENTLY a_n;   -- the INVALID index of line 1',
    'lockstep migrations resolve 20250201_b --rolled-back --environment dev   # once the database is as before it',
  ]);
});

test('where somebody has changed something since, only what is seen is told', () => {
  const file = 'ALTER TABLE a ADD COLUMN x int;\nUPDATE a SET x = 1;\nALTER TABLE a ADD COLUMN y int;';
  expect(told(file, facts({ a: table(['id', 'n', 'note', 'y']) })).now).toBe(
    'Took effect: line 3 (ALTER TABLE a ADD COLUMN y int). Did not: line 1 (ALTER TABLE a ADD COLUMN x int). Cannot be seen in the schema: line 2 (UPDATE a SET x = 1).',
  );
});

test('what was rolled back is pending again; applied afterwards it is no finding at all', () => {
  const back = row('20250201_b', { finishedAt: null, rolledBackAt: '2025-03-01T00:00:00Z' });
  const state = compare([row('20250101_a'), back]);
  expect(state.pending).toEqual(['20250201_b', '20250301_c']);
  expect(state.findings.map((finding) => [finding.kind, finding.severity])).toEqual([
    ['rolled-back', 'notice'],
  ]);
  expect(said([row('20250101_a'), back, row('20250201_b', { id: 'again' })])).toEqual([]);
});

test('tables without _prisma_migrations are P3005; an empty database is fine', () => {
  expect(said([], { tableExists: false, databaseEmpty: false })).toEqual([
    ['baseline-missing', 'P3005', undefined],
  ]);
  expect(said([], { tableExists: false, databaseEmpty: true })).toEqual([]);
});

test('another migrator is P1002, and is named', () => {
  const held = facts({});
  held.migrators = [{ pid: 42, granted: true }];
  held.sessions = [
    {
      pid: 42,
      user: 'ci',
      application: 'prisma',
      state: 'idle',
      transactionSeconds: 90,
      query: 'CREATE INDEX ?',
      locks: [],
      blockedBy: [],
    },
  ];
  const [finding] = compare([], { facts: held }).findings;
  expect(finding).toMatchObject({ kind: 'locked', code: 'P1002' });
  expect(finding?.means).toContain('pid 42; prisma, for 90 s: CREATE INDEX ?');
});

test('Prisma 8 and other databases are refused clearly', () => {
  expect(said([], { prismaVersion: '8.0.1' })).toEqual([['prisma-unsupported', undefined, undefined]]);
  expect(said([], { prismaVersion: '5.22.0', provider: 'mysql' })).toEqual([
    ['provider', 'P3019', undefined],
  ]);
});

// Repositories as people lay them out.
const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function repository(layout: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-repository-'));
  made.push(root);
  for (const [path, content] of Object.entries(layout)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

test('a plain repository: order, lock file, version, schema', () => {
  const root = repository({
    'package.json': '{"devDependencies": {"prisma": "^7.10.0"}}',
    'prisma/schema.prisma': 'model A {\n id Int @id\n}',
    'prisma/migrations/migration_lock.toml': 'provider = "postgresql"',
    'prisma/migrations/2_b/migration.sql': 'SELECT 2',
    'prisma/migrations/10_a/migration.sql': 'SELECT 1',
  });
  const found = readRepository(root);
  expect(found.migrations.map((migration) => migration.path)).toEqual([
    'prisma/migrations/10_a/migration.sql',
    'prisma/migrations/2_b/migration.sql',
  ]);
  expect(found).toMatchObject({ provider: 'postgresql', prismaVersion: '7.10.0', problems: [] });
  expect(Object.keys(found.schema)).toEqual(['prisma/schema.prisma']);
});

test('a schema of several files, and paths that prisma.config.ts names', () => {
  const root = repository({
    'package.json': '{}',
    'prisma.config.ts':
      "export default defineConfig({ schema: 'db/schema', migrations: { path: 'db/steps' } })",
    'db/schema/a.prisma': 'model A {\n id Int @id\n}',
    'db/schema/deep/b.prisma': 'model B {\n id Int @id\n}',
    'db/steps/1_a/migration.sql': 'SELECT 1',
  });
  const found = readRepository(join(root, 'db'));
  expect(Object.keys(found.schema).sort()).toEqual(['db/schema/a.prisma', 'db/schema/deep/b.prisma']);
  expect(found.migrations.map((migration) => migration.name)).toEqual(['1_a']);
});

test('the migrations folder itself, a folder without SQL, another provider', () => {
  const root = repository({
    'package.json': '{"dependencies": {"prisma": "8.0.0"}}',
    'x/migrations/migration_lock.toml': 'provider = "sqlite"',
    'x/migrations/1_a/migration.sql': 'SELECT 1',
    'x/migrations/2_b/note.txt': '',
  });
  const found = readRepository(join(root, 'x/migrations'));
  expect(found.migrations.length).toBe(1);
  expect(found.problems.length).toBe(3);
  expect(found.problems.join('\n')).toMatch(/sqlite[\s\S]*8\.0\.0[\s\S]*P3015|P3015/);
});
