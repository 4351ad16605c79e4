import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseFactsSchema, migrationPolicySchema } from '../../core/migrations.ts';
import { estimateWork, span } from '../../judge/facts/estimate.ts';
import { withoutValues } from '../../judge/facts/words.ts';
import { judge, loadParser, type Query, readDatabaseFacts } from '../../judge/index.ts';

let db: PGlite;
const query: Query = async (sql, parameters) =>
  (await db.query<Record<string, unknown>>(sql, parameters)).rows;
const now = new Date('2026-01-01T00:00:00Z');

beforeAll(async () => {
  await loadParser();
  db = await PGlite.create();
  await db.exec(`CREATE TYPE colour AS ENUM ('RED', 'BLUE');
    CREATE TABLE parents (id serial PRIMARY KEY);
    CREATE TABLE items (id serial PRIMARY KEY, name text, code text, parent_id int, amount int, CONSTRAINT amount_positive CHECK (amount > 0));
    INSERT INTO parents DEFAULT VALUES;
    INSERT INTO items (name, code, parent_id, amount) VALUES ('a', 'same', 1, 1), (NULL, 'same', 99, 2);
    SELECT setval('items_id_seq', 2000000000);
    CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);
    INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ('1', 'abc', '20250101_init', now(), 1);
    ANALYZE;`);
}, 30_000);

afterAll(() => db.close());

const pending = [
  {
    name: '20260101_constrain',
    sql: `ALTER TABLE items ALTER COLUMN name SET NOT NULL;
      CREATE UNIQUE INDEX items_code_key ON items (code);
      ALTER TABLE items ADD CONSTRAINT items_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parents (id);
      ALTER TABLE items ADD CONSTRAINT amount_small CHECK (amount < 2);
      ALTER TABLE items ADD COLUMN weight int NOT NULL;
      ALTER TABLE items ALTER COLUMN amount SET NOT NULL;`,
  },
];

test('the facts hold rows, sizes, columns, indexes, enums and sequences, and fit their schema', async () => {
  const { facts, migrations } = await readDatabaseFacts(query, { now, pending });
  expect(databaseFactsSchema.parse(facts)).toEqual(facts);
  expect(facts.unknown).toEqual([]);
  expect(facts.tables['items']).toMatchObject({
    rows: 2,
    columns: { name: { type: 'text', notNull: false } },
  });
  expect(facts.tables['items']?.indexes[0]).toMatchObject({ name: 'items_pkey', primary: true, valid: true });
  expect(facts.enums).toEqual({ colour: ['RED', 'BLUE'] });
  expect(facts.sequences.find((sequence) => sequence.table === 'items')).toMatchObject({
    column: 'id',
    maximum: '2147483647',
  });
  expect(migrations).toMatchObject({ tableExists: true, databaseEmpty: false });
  expect(migrations.rows).toMatchObject([
    { migrationName: '20250101_init', appliedStepsCount: 1, rolledBackAt: null },
  ]);
});

test("today's NULLs, duplicates, orphans and violations are found for the columns that pending statements constrain", async () => {
  const { facts } = await readDatabaseFacts(query, { now, pending });
  const found = Object.fromEntries(
    facts.probes.map((probe) => [`${probe.kind} ${probe.columns.join()}`, probe.found]),
  );
  expect(found).toEqual({
    'nulls name': true,
    'nulls amount': false,
    'duplicates code': true,
    'orphans parent_id': true,
    'violations amount': true,
    'rows ': true,
  });
});

test('with those facts, what would fail today is blocked, and what is small is only a notice', async () => {
  const { facts } = await readDatabaseFacts(query, { now, pending });
  const applied = [
    {
      name: '20250101_init',
      sql: 'CREATE TABLE parents (id serial PRIMARY KEY); CREATE TABLE items (id serial PRIMARY KEY, name text, code text, parent_id int, amount int);',
    },
  ];
  const policy = migrationPolicySchema.parse({});
  const { findings, statements } = await judge({ pending, applied, facts, policy, now, rehearse: false });
  const of = (rule: string): string[] =>
    findings.filter((finding) => finding.rule === rule).map((finding) => finding.severity);
  expect(of('setting-not-null')).toEqual(['blocked', 'notice']);
  expect(of('creating-index-without-concurrently')).toEqual(['blocked']);
  expect(of('adding-foreign-key')).toEqual(['blocked']);
  expect(of('adding-check-constraint')).toEqual(['blocked']);
  expect(of('adding-required-column')).toEqual(['blocked']);
  expect(of('nearing-limit')).toEqual(['notice']);
  expect(statements[0]?.estimate?.high).toBeLessThan(1);
});

test('the connection cannot write afterwards, although its role may', async () => {
  await readDatabaseFacts(query, { now });
  await expect(db.exec('INSERT INTO parents DEFAULT VALUES')).rejects.toMatchObject({ code: '25006' });
  await expect(db.exec('CREATE TABLE x (id int)')).rejects.toMatchObject({ code: '25006' });
});

test('a query that is not allowed becomes an unknown with its reason, and the rest is read', async () => {
  const refusing: Query = async (sql, parameters) => {
    if (sql.includes('pg_stat_replication')) throw new Error('permission denied');
    return query(sql, parameters);
  };
  const { facts } = await readDatabaseFacts(refusing, { now });
  expect(facts.unknown).toEqual(['replicas: permission denied']);
  expect(facts.tables['items']?.rows).toBe(2);
});

test('probes stop when their time is used up, and say so', async () => {
  let clock = 0;
  const { facts } = await readDatabaseFacts(query, {
    now,
    pending,
    probeBudget: 1,
    clock: () => (clock += 1),
  });
  expect(facts.probes.filter((probe) => probe.found === null).length).toBeGreaterThan(0);
  expect(facts.probes.at(-1)?.reason).toContain('used up');
});

test("a session's query is shown without its values", () => {
  expect(withoutValues("SELECT * FROM users WHERE email = 'a@b.c' AND id = 42 -- secret")).toBe(
    'SELECT * FROM users WHERE email = ? AND id = ?',
  );
  expect(withoutValues("UPDATE t SET x = $$secret$$, y = E'it\\'s' /* note */")).toBe(
    'UPDATE t SET x = ?, y = ?',
  );
  expect(withoutValues("SELECT 'unfinished")).toBe('SELECT ?');
});

test('a big table is estimated as a range with its reason; an unknown one has no upper end', () => {
  const table = {
    rows: 41_200_000,
    bytes: 9.8e9,
    totalBytes: 12e9,
    deadRows: 0,
    readsPerSecond: null,
    writesPerSecond: null,
    lastAnalyzed: null,
    columns: {},
    indexes: [],
    constraints: [],
    triggers: [],
    partitioned: false,
    rowSecurity: false,
  };
  expect(estimateWork('scan', table, 'ACCESS EXCLUSIVE').reason).toBe(
    '41,200,000 rows, 9.8 GB: 23–57 s under ACCESS EXCLUSIVE',
  );
  expect(estimateWork('index', table, 'SHARE')).toMatchObject({
    low: expect.any(Number),
    high: expect.any(Number),
  });
  expect(estimateWork('scan', undefined, 'ACCESS EXCLUSIVE').high).toBeNull();
  expect([span(0, 0.005), span(0.2, 0.8), span(180, 360), span(1.5, 3)]).toEqual([
    '< 10 ms',
    '200–800 ms',
    '3–6 min',
    '1.5–3 s',
  ]);
});

test('a session that holds a conflicting lock is named, with its age and first words', async () => {
  const { facts } = await readDatabaseFacts(query, { now });
  facts.sessions = [
    {
      pid: 77,
      user: 'app',
      application: 'report',
      state: 'active',
      transactionSeconds: 252,
      query: 'SELECT ? FROM items',
      locks: [{ table: 'items', mode: 'AccessShareLock', granted: true }],
      blockedBy: [],
    },
  ];
  const applied = [{ name: '1', sql: 'CREATE TABLE items (id int, name text);' }];
  const drop = [{ name: '2', sql: 'ALTER TABLE items DROP COLUMN name;' }];
  const { findings } = await judge({
    pending: drop,
    applied,
    facts,
    policy: migrationPolicySchema.parse({}),
    now,
    rehearse: false,
  });
  expect(findings[0]?.waits).toBe(
    'It would wait behind pid 77 (report, active, 4 min: SELECT ? FROM items) holds ACCESS SHARE on items.',
  );
});
