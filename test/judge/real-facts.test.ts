/**
 * Facts of a real server, and what is said of pending statements because of them: how long, behind whom, and that they
 * fail; each held against what then happens when the statement is run.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type DatabaseFacts, type Judgement, migrationPolicySchema } from '../../core/migrations.ts';
import { judge, loadParser, readDatabaseFacts } from '../../judge/index.ts';
import { openTestDatabase, type TestDatabase } from '../setup/postgres.ts';

const SCHEMA = `
  CREATE TABLE small (id int PRIMARY KEY, code text, name text, amount int);
  CREATE TABLE medium (LIKE small INCLUDING ALL);
  CREATE TABLE large (LIKE small INCLUDING ALL);`;
const ROWS = { small: 2_000, medium: 20_000, large: 200_000 };

let database: TestDatabase;
const open: pg.Client[] = [];

async function connect(application_name = 'psql'): Promise<pg.Client> {
  const { host, port, user, password } = database;
  const client = new pg.Client({ host, port, user, password, database: 'postgres', application_name });
  await client.connect();
  open.push(client);
  return client;
}

beforeAll(async () => {
  await loadParser();
  database = await openTestDatabase({ autovacuum: 'off', full_page_writes: 'off' });
  await database.sql(SCHEMA);
  for (const [table, rows] of Object.entries(ROWS))
    await database.sql(
      `INSERT INTO ${table} SELECT i, 'code ' || i, 'name ' || i, i FROM generate_series(1, ${rows}) i`,
    );
  await database.sql('ANALYZE');
}, 60_000);

afterAll(async () => {
  await Promise.all(open.map((client) => client.end()));
  await database.close();
});

async function factsFor(sql: string): Promise<DatabaseFacts> {
  const client = await connect('lockstep inspect-database');
  const query = async (text: string, parameters?: unknown[]) =>
    (await client.query<Record<string, unknown>>(text, parameters)).rows;
  const { facts } = await readDatabaseFacts(query, { pending: [{ name: '2', sql }], now: new Date() });
  return facts;
}

async function judged(sql: string): Promise<Judgement> {
  return judge({
    pending: [{ name: '2', sql }],
    applied: [{ name: '1', sql: SCHEMA }],
    prismaVersion: '7.10.0',
    facts: await factsFor(sql),
    policy: migrationPolicySchema.parse({}),
    now: new Date(),
    rehearse: false,
  });
}

const onEach = (sql: (table: string) => string): string[] => Object.keys(ROWS).map(sql);
const WORK = [
  ...onEach((table) => `ALTER TABLE ${table} ALTER COLUMN name SET NOT NULL`),
  ...onEach((table) => `ALTER TABLE ${table} ADD CONSTRAINT positive CHECK (amount > 0)`),
  ...onEach((table) => `CREATE INDEX ON ${table} (code)`),
  ...onEach((table) => `ALTER TABLE ${table} ALTER COLUMN amount TYPE bigint`),
  ...onEach((table) => `ALTER TABLE ${table} ADD COLUMN note text`),
  ...onEach((table) => `ALTER TABLE ${table} ALTER COLUMN name DROP NOT NULL`),
];

test('what is estimated to take five times as long as another takes longer', async () => {
  const client = await connect();
  const { statements } = await judged(WORK.map((sql) => `${sql};`).join('\n'));
  const took: { sql: string; estimated: number; measured: number }[] = [];
  for (const [index, sql] of WORK.entries()) {
    const estimate = statements[index]?.estimate;
    if (!estimate || estimate.high === null) throw new Error(`no estimate for ${sql}`);
    const times: number[] = [];
    // The quicker of two: what else the machine does only ever adds.
    for (let time = 0; time < 2; time += 1) {
      await client.query('BEGIN');
      const started = performance.now();
      await client.query(sql);
      times.push((performance.now() - started) / 1000);
      await client.query('ROLLBACK');
    }
    took.push({ sql, estimated: (estimate.low + estimate.high) / 2, measured: Math.min(...times) });
  }
  const pairs = took.flatMap((long) =>
    took.filter((short) => long.estimated >= 5 * short.estimated).map((short) => ({ long, short })),
  );
  expect(pairs.length).toBeGreaterThan(60);
  expect(pairs.filter(({ long, short }) => long.measured <= short.measured)).toEqual([]);
}, 60_000);

/** Each is made to fail by rows that are there; `clean` is the same wish on a table that keeps to it. */
const FAILING = [
  {
    sql: 'CREATE UNIQUE INDEX twins_code_key ON twins (code)',
    clean: 'CREATE UNIQUE INDEX small_code_key ON small (code)',
    code: '23505',
    said: /duplicates/,
  },
  {
    sql: 'ALTER TABLE twins ADD CONSTRAINT twins_key UNIQUE (code)',
    clean: 'ALTER TABLE small ADD CONSTRAINT small_key UNIQUE (code)',
    code: '23505',
    said: /duplicates/,
  },
  {
    sql: 'ALTER TABLE twins ALTER COLUMN name SET NOT NULL',
    clean: 'ALTER TABLE small ALTER COLUMN name SET NOT NULL',
    code: '23502',
    said: /NULL/,
  },
  {
    sql: 'ALTER TABLE twins ADD COLUMN weight int NOT NULL',
    clean: undefined,
    code: '23502',
    said: /as soon as twins has a row/,
  },
  {
    sql: 'ALTER TABLE twins ADD CONSTRAINT twins_small_fkey FOREIGN KEY (id) REFERENCES small (id)',
    clean: 'ALTER TABLE small ADD CONSTRAINT small_fkey FOREIGN KEY (id) REFERENCES medium (id)',
    code: '23503',
    said: /partner in small is missing/,
  },
  {
    sql: 'ALTER TABLE twins ADD CONSTRAINT high CHECK (amount > 100)',
    clean: 'ALTER TABLE small ADD CONSTRAINT high CHECK (amount > 0)',
    code: '23514',
    said: /rows that do not keep to it/,
  },
  {
    sql: 'CREATE UNIQUE INDEX CONCURRENTLY twins_code_key ON twins (code)',
    clean: undefined,
    code: '23505',
    said: /duplicates in \(code\).*leaves an INVALID index/,
  },
  {
    sql: 'ALTER TABLE twins VALIDATE CONSTRAINT low',
    clean: 'ALTER TABLE twins VALIDATE CONSTRAINT named',
    code: '23514',
    said: /rows that do not keep to low/,
  },
  {
    sql: 'ALTER TABLE twins VALIDATE CONSTRAINT partner',
    clean: 'ALTER TABLE twins VALIDATE CONSTRAINT same_partner',
    code: '23503',
    said: /rows whose partner in small is missing/,
  },
];
/** Added without looking at the rows that were there. */
const UNCHECKED = `
  ALTER TABLE twins ADD CONSTRAINT low CHECK (amount < 2) NOT VALID;
  ALTER TABLE twins ADD CONSTRAINT named CHECK (code IS NOT NULL) NOT VALID;
  ALTER TABLE twins ADD CONSTRAINT partner FOREIGN KEY (id) REFERENCES small (id) NOT VALID;
  ALTER TABLE twins ADD CONSTRAINT same_partner FOREIGN KEY (amount) REFERENCES small (id) NOT VALID;`;

test.each(FAILING)('rows that are in the way are found before: $sql', async ({ sql, clean, code, said }) => {
  await database.sql(`DROP TABLE IF EXISTS twins; CREATE TABLE twins (LIKE small INCLUDING ALL);
    INSERT INTO twins VALUES (-1, 'same', NULL, 1), (-2, 'same', 'b', 2);
    ${UNCHECKED}`);
  const applied = `${SCHEMA} CREATE TABLE twins (LIKE small INCLUDING ALL); ${UNCHECKED}`;
  const of = async (text: string) =>
    judge({
      pending: [{ name: '2', sql: text }],
      applied: [{ name: '1', sql: applied }],
      prismaVersion: '7.10.0',
      facts: await factsFor(text),
      policy: migrationPolicySchema.parse({}),
      now: new Date(),
      rehearse: false,
    });
  const { findings } = await of(sql);
  const blocked = findings.filter(({ severity }) => severity === 'blocked');
  expect(blocked).not.toEqual([]);
  expect(blocked.map(({ why }) => why).join('\n')).toMatch(said);
  await expect(database.sql(sql)).rejects.toMatchObject({ code });
  if (!clean) return;
  expect((await of(clean)).findings.filter(({ severity }) => severity === 'blocked')).toEqual([]);
  await database.sql(`BEGIN; ${clean}; ROLLBACK`);
});

test('rows that the migration itself mends before are no reason to stop it', async () => {
  await database.sql(`DROP TABLE IF EXISTS twins; CREATE TABLE twins (LIKE small INCLUDING ALL);
    INSERT INTO twins VALUES (1, 'a', NULL, 1)`);
  const sql = `UPDATE twins SET name = 'nobody' WHERE name IS NULL; ALTER TABLE twins ALTER COLUMN name SET NOT NULL`;
  const { findings } = await judge({
    pending: [{ name: '2', sql }],
    applied: [{ name: '1', sql: `${SCHEMA} CREATE TABLE twins (LIKE small INCLUDING ALL);` }],
    facts: await factsFor(sql),
    policy: migrationPolicySchema.parse({}),
    now: new Date(),
    rehearse: false,
  });
  expect(findings.filter(({ severity }) => severity === 'blocked')).toEqual([]);
  await database.sql(sql);
});

test('settings are the server’s, not those that the look at it is made with', async () => {
  expect((await factsFor('SELECT 1')).settings).toMatchObject({ lock_timeout: '0', statement_timeout: '0' });
});

test('who holds the lock is named: pid, age and the first words, and never a value', async () => {
  const holder = await connect('nightly report');
  const pid = (await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
  await holder.query(`BEGIN; UPDATE small SET name = 'Ada Lovelace' WHERE id = 1815`);
  try {
    const sql = 'ALTER TABLE small ADD COLUMN note text';
    // A transaction of this moment is gone before anybody has read of it.
    expect((await judged(sql)).findings).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const { findings, verdict } = await judged(sql);
    expect(verdict).toBe('safe');
    expect(findings).toMatchObject([{ rule: 'waiting-behind-session', severity: 'notice', line: 1 }]);
    expect(findings[0]?.why).toMatch(
      new RegExp(
        `^It would wait behind pid ${pid} \\(nightly report, idle in transaction, [1-9]\\.\\d s: BEGIN; UPDATE small SET name = \\? WHERE id = \\?\\) holds ROW EXCLUSIVE on small`,
      ),
    );
    expect(JSON.stringify(findings)).not.toMatch(/Ada|1815/);
    // It is so: and on another table nobody waits.
    await expect(database.sql(`SET lock_timeout = '100ms'; ${sql}`)).rejects.toMatchObject({ code: '55P03' });
    expect((await judged('ALTER TABLE medium ADD COLUMN note text')).findings).toEqual([]);
    // What a reader may do beside it does not wait either.
    expect(JSON.stringify((await judged('SELECT count(*) FROM small')).findings)).not.toContain(
      'wait behind',
    );
  } finally {
    await holder.query('ROLLBACK');
  }
});
