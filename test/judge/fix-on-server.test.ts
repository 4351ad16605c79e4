/**
 * What `lockstep migrations fix` writes, run: each change as its author wrote it, written anew, judged with a rehearsal
 * release by release, and applied to a real server whose tables have rows. At the end the schema is the one that the
 * author's file makes on empty tables, and no row is lost.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Migration, migrationPolicySchema } from '../../core/migrations.ts';
import { closeRehearsal, type Fix, fix, judge, loadParser } from '../../judge/index.ts';
import { toCatalogue } from '../../judge/rehearse/catalogue.ts';
import type { Inspection } from '../../judge/rehearse/protocol.ts';
import { inspection } from '../../judge/rehearse/queries.ts';
import { openTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { meaning } from './meaning.ts';

const SCHEMA = `
CREATE TABLE buyers (id int PRIMARY KEY, email text NOT NULL);
CREATE TABLE orders (id serial PRIMARY KEY, buyer_id int, note text, city text NOT NULL DEFAULT 'Rome', total int NOT NULL, old text);
CREATE INDEX orders_city_idx ON orders (city);
CREATE TABLE drafts (id int PRIMARY KEY);`;
const ROWS = `
INSERT INTO buyers SELECT i, 'buyer' || i FROM generate_series(1, 50) i;
INSERT INTO orders (buyer_id, note, total) SELECT i, 'note ' || i, i FROM generate_series(1, 50) i;
INSERT INTO drafts VALUES (1);`;

interface Change {
  readonly name: string;
  readonly sql: string;
  /** What the user does between the releases: old rows are filled in batches, outside of the migrations. */
  readonly fill?: string;
}

const CHANGES: readonly Change[] = [
  {
    name: 'a required column',
    sql: 'ALTER TABLE orders ADD COLUMN weight int NOT NULL;',
    fill: 'UPDATE orders SET weight = 1',
  },
  { name: 'NOT NULL', sql: 'ALTER TABLE orders ALTER COLUMN note SET NOT NULL;' },
  {
    name: 'another type',
    sql: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;',
    fill: 'UPDATE orders SET total = total',
  },
  {
    name: 'a column by another name',
    sql: 'ALTER TABLE orders RENAME COLUMN city TO town;',
    fill: 'UPDATE orders SET city = city',
  },
  { name: 'a table by another name', sql: 'ALTER TABLE drafts RENAME TO sketches;' },
  { name: 'an index', sql: 'CREATE INDEX orders_total_idx ON orders (total);' },
  { name: 'a unique index', sql: 'CREATE UNIQUE INDEX buyers_email_key ON buyers (email);' },
  {
    name: 'a unique constraint',
    sql: 'ALTER TABLE buyers ADD CONSTRAINT buyers_email_key UNIQUE (email);',
  },
  {
    name: 'a foreign key',
    sql: 'ALTER TABLE orders ADD CONSTRAINT orders_buyer_id_fkey FOREIGN KEY (buyer_id) REFERENCES buyers (id) ON DELETE CASCADE;',
  },
  { name: 'a check', sql: 'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total > 0);' },
  { name: 'a column that goes', sql: 'ALTER TABLE orders DROP COLUMN old;' },
  { name: 'a table that goes', sql: 'DROP TABLE drafts;' },
  {
    name: 'several in one statement, and one that stays as it is',
    sql: `ALTER TABLE orders ADD COLUMN seen boolean, ALTER COLUMN note SET NOT NULL, ADD CONSTRAINT orders_total_check CHECK (total > 0);
CREATE TABLE tags (id int PRIMARY KEY);`,
  },
];

let database: TestDatabase;
let written: pg.Client;
let wanted: pg.Client;

beforeAll(async () => {
  await loadParser();
  database = await openTestDatabase({ autovacuum: 'off' });
  const { host, port, user, password } = database;
  const open = async (name: string) => {
    await database.sql(`CREATE DATABASE ${name}`);
    const client = new pg.Client({ host, port, user, password, database: name });
    await client.connect();
    return client;
  };
  [written, wanted] = [await open('written'), await open('wanted')];
}, 60_000);

afterAll(async () => {
  await Promise.all([written.end(), wanted.end()]);
  await database.close();
  await closeRehearsal();
});

const schemaOf = async (client: pg.Client) =>
  meaning(toCatalogue((await client.query(inspection)).rows[0] as Inspection));

const fresh = (client: pg.Client, rows = '') =>
  client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${SCHEMA} ${rows}`);

/** By the time that something goes, the release that runs names it no more. */
const goes = /\b(DROP (COLUMN|TABLE|VIEW)|RENAME COLUMN)\b/;
const UNAWARE = { 'schema.prisma': 'model nothing {\n  id Int @id\n}\n' };

const judged = (pending: readonly Migration[], applied: readonly Migration[], unaware = false) =>
  judge({
    pending,
    applied,
    ...(unaware ? { oldSchema: UNAWARE } : {}),
    prismaVersion: '7.3.0',
    serverVersion: 18,
    policy: migrationPolicySchema.parse({}),
    now: new Date(),
    rehearse: true,
  });

const RELEASES = ['this-release', 'next-release', 'later-release'] as const;

test.each(CHANGES)('$name: what is written passes, runs, and comes to the same', async (change) => {
  const history: Migration[] = [{ name: '1_init', sql: SCHEMA }];
  const original = [{ name: '2_change', sql: change.sql }];
  const before = await judged(original, history);
  expect(['needs-approval', 'blocked']).toContain(before.verdict);
  const [fixed, ...others] = fix(original, before);
  expect([others, fixed?.left]).toEqual([[], []]);
  await fresh(written, ROWS);
  await fresh(wanted);
  const { files } = fixed as Fix;
  expect(files.map(({ name }) => name)).toEqual([...files.map(({ name }) => name)].sort());
  for (const release of RELEASES) {
    const now = files.filter(({ when }) => when === release).map(({ name, sql }) => ({ name, sql }));
    if (now.length === 0) continue;
    const unaware = now.some(({ sql }) => goes.test(String(sql)));
    const judgement = await judged(now, history, unaware);
    expect(judgement.findings.filter(({ severity }) => severity !== 'notice')).toEqual([]);
    expect(judgement.verdict).toBe('safe');
    // As Prisma before 7.4 sends a file: all of it at once.
    for (const { sql } of now) await written.query(sql);
    history.push(...now);
    if (release === 'this-release' && change.fill) await written.query(change.fill);
  }
  await wanted.query(change.sql);
  expect(await schemaOf(written)).toEqual(await schemaOf(wanted));
  const { rows } = await written.query('SELECT count(*)::int AS orders FROM orders');
  expect(rows).toEqual([{ orders: 50 }]);
});
