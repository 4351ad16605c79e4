/**
 * What the rules foresee, held against a real server while it does it: the locks of every measured statement, seen from
 * another session before the transaction ends, and which tables have got a new file.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { loadParser, parseMigration } from '../../judge/parse/statements.ts';
import { observe } from '../../judge/rehearse/queries.ts';
import { isTransactionControl, runsOutside } from '../../judge/rehearse/screen.ts';
import { type Seen, watch } from '../../judge/rehearse/watch.ts';
import { apply } from '../../judge/schema/apply.ts';
import { type Catalogue, copyCatalogue, emptyCatalogue } from '../../judge/schema/catalogue.ts';
import { effectsOf } from '../../judge/schema/effects.ts';
import { lockStrength } from '../../judge/schema/locks.ts';
import { openTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { context, measured, seenLocks, seenRewrites } from './measured.ts';

let database: TestDatabase;
let session: pg.Client;
let watcher: pg.Client;
let catalogue: Catalogue;

beforeAll(async () => {
  await loadParser();
  database = await openTestDatabase({ autovacuum: 'off' });
  const { host, port, user, password } = database;
  const connect = async () => {
    const client = new pg.Client({ host, port, user, password, database: 'postgres' });
    await client.connect();
    return client;
  };
  [session, watcher] = [await connect(), await connect()];
  await session.query(context);
  catalogue = emptyCatalogue();
  for (const statement of parseMigration({ name: 'context', sql: context }).statements)
    for (const action of statement.actions) apply(catalogue, action);
}, 30_000);

afterAll(async () => {
  await session.end();
  await watcher.end();
  await database.close();
});

/** One statement, and SET LOCAL before it where it has one. */
function foreseen(sql: string) {
  const scratch = copyCatalogue(catalogue);
  let utc = false;
  return parseMigration({ name: 'x', sql }).statements.flatMap((statement) => {
    const set = statement.actions.find((action) => action.do === 'set');
    if (set?.do === 'set' && set.name === 'timezone') utc = set.value === 'UTC';
    const found = effectsOf(statement.actions, { catalogue: scratch, utc });
    for (const action of statement.actions) apply(scratch, action);
    return found;
  });
}

/** Runs it in a transaction; the locks are read by the other session while they are held. */
async function really(sql: string) {
  const before = (await session.query(observe)).rows[0] as Seen;
  await session.query('BEGIN');
  try {
    await session.query(sql);
    const pid = (await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    const held = await watcher.query<{ oid: string; mode: string }>(
      `SELECT relation::int8 AS oid, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND relation >= 16384 AND granted`,
      [pid],
    );
    const after = (await session.query(observe)).rows[0] as Seen;
    const locks = held.rows.map(({ oid, mode }): [number, string] => [Number(oid), mode]);
    return watch(before, { ...after, locks }).effects;
  } finally {
    await session.query('ROLLBACK');
  }
}

const inTransaction = measured.filter(({ sql, error }) => {
  if (error || /^(CREATE DATABASE|ALTER SYSTEM)/.test(sql)) return false;
  // Each needs what this server, or this moment of the schema, has not.
  return !/ COMPRESSION lz4| SET TABLESPACE /.test(sql);
});

/** The view of the context reads `b`; these two were recorded while it read `i`. */
const withOtherView = new Set([
  'ALTER TABLE t ALTER COLUMN b TYPE int',
  'CREATE OR REPLACE VIEW vw AS SELECT id,i FROM t',
]);

/** 18 takes ACCESS SHARE for GRANT; 15, of which the rules speak, took nothing. */
const otherwise: Record<string, Record<string, string>> = {
  'GRANT SELECT ON t TO public': { t: 'ACCESS SHARE' },
};

test('the real server locks and rewrites what the rules foresee, table by table', async () => {
  const wrong: unknown[] = [];
  let compared = 0;
  for (const { sql } of inTransaction) {
    const statements = parseMigration({ name: 'x', sql }).statements;
    if (statements.some((statement) => isTransactionControl(statement) || runsOutside(statement))) continue;
    const given = withOtherView.has(sql) ? `DROP VIEW vw; CREATE VIEW vw AS SELECT id, i FROM t` : undefined;
    if (given) await session.query(given);
    const real = await really(sql);
    if (given) await session.query('DROP VIEW vw; CREATE VIEW vw AS SELECT id, b FROM t');
    const mine = foreseen(sql);
    const locks = otherwise[sql] ?? seenLocks(mine);
    compared += 1;
    const seen = { locks: seenLocks(real), rewrites: seenRewrites(real) };
    const said = { locks, rewrites: seenRewrites(mine) };
    if (JSON.stringify(seen) !== JSON.stringify(said)) wrong.push({ sql, seen, said });
  }
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(140);
}, 60_000);

/** What cannot run in a transaction is kept waiting, and asked for what it waits; only the weakest locks get past this one. */
async function waitsFor(sql: string, table: string): Promise<string> {
  await watcher.query(`BEGIN; LOCK TABLE ${table} IN SHARE UPDATE EXCLUSIVE MODE`);
  const pid = (await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
  const work = session.query(sql);
  try {
    for (;;) {
      const { rows } = await watcher.query<{ mode: string }>(
        `SELECT mode FROM pg_locks WHERE pid = $1 AND relation = $2::regclass AND NOT granted`,
        [pid, table],
      );
      if (rows[0])
        return rows[0].mode
          .replace(/Lock$/, '')
          .replace(/([a-z])([A-Z])/g, '$1 $2')
          .toUpperCase();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    await watcher.query('ROLLBACK');
    await work;
  }
}

test.each([
  ['CREATE INDEX CONCURRENTLY t_b ON t (b)', 't'],
  ['REINDEX INDEX CONCURRENTLY t_i', 't'],
  ['DROP INDEX CONCURRENTLY t_i', 't'],
  ['VACUUM FULL t', 't'],
  ['VACUUM t', 't'],
  ['ALTER TABLE part DETACH PARTITION part1 CONCURRENTLY', 'part'],
])('what runs outside of a transaction waits for the lock that the rules foresee: %s', async (sql, table) => {
  const said = foreseen(sql).find((effect) => effect.table === table)?.lock;
  expect(await waitsFor(sql, table)).toBe(said);
});

test('the order by strength is the server’s: of two locks the weaker one lets more of the others in', async () => {
  const modes = [...new Set(inTransaction.flatMap(({ sql }) => foreseen(sql).map(({ lock }) => lock)))];
  const lets = async (held: string): Promise<number> => {
    let count = 0;
    await session.query(`BEGIN; LOCK TABLE t IN ${held} MODE`);
    for (const wanted of modes) {
      const got = await watcher.query(`BEGIN; LOCK TABLE t IN ${wanted} MODE NOWAIT`).then(
        () => 1,
        () => 0,
      );
      await watcher.query('ROLLBACK');
      count += got;
    }
    await session.query('ROLLBACK');
    return count;
  };
  const sorted = [...modes].sort((a, b) => lockStrength(a) - lockStrength(b));
  const counts: number[] = [];
  for (const mode of sorted) counts.push(await lets(mode));
  expect(sorted.length).toBeGreaterThan(5);
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
});
