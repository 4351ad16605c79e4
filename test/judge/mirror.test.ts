// The trigger that keeps a column and its successor alike, tried by both releases' writes.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrationPolicySchema } from '../../core/migrations.ts';
import { judge, loadParser } from '../../judge/index.ts';
import { defaultLimits, Thread } from '../../judge/rehearse/thread.ts';

let thread: Thread;
const history =
  "CREATE TABLE people (id int PRIMARY KEY, age varchar(9), city text NOT NULL DEFAULT 'Rome');";

beforeAll(async () => {
  await loadParser();
  thread = new Thread(defaultLimits);
  await thread.ask({ do: 'open', snapshot: undefined, extensions: [] });
}, 30_000);
afterAll(() => thread.close());

async function expanded(sql: string): Promise<string[]> {
  const { findings } = await judge({
    pending: [{ name: '2026', sql }],
    applied: [{ name: '2025', sql: history }],
    policy: migrationPolicySchema.parse({}),
    now: new Date('2026-01-01T00:00:00Z'),
    rehearse: false,
  });
  const steps = findings.find((finding) => finding.safe)?.safe?.steps ?? [];
  return steps.filter((step) => step.when === 'this-release').map((step) => step.sql);
}

async function holds(steps: string[], writes: string, condition: string): Promise<void> {
  await thread.ask({ do: 'reset' });
  const check = `DO $$ BEGIN ASSERT (SELECT bool_and(${condition}) FROM people), (SELECT json_agg(p)::text FROM people p); END $$`;
  const statements = [history, ...steps, ...writes.split('\n'), check];
  const files = statements.map((sql, index) => ({ name: String(index), sql, statements: [sql] }));
  expect((await thread.ask({ do: 'replay', files })).failures).toEqual([]);
}

test('a renamed column: whichever release writes, both names hold the same', async () => {
  const steps = await expanded('ALTER TABLE people RENAME COLUMN city TO town;');
  const writes = `INSERT INTO people (id, city) VALUES (1, 'Bern');
INSERT INTO people (id, town) VALUES (2, 'Oslo');
INSERT INTO people (id, town) VALUES (3, 'Kyiv');
UPDATE people SET city = 'Lima' WHERE id = 1;
UPDATE people SET town = 'Baku' WHERE id = 2;`;
  await holds(
    steps,
    writes,
    "city = town AND city = CASE id WHEN 1 THEN 'Lima' WHEN 2 THEN 'Baku' ELSE 'Kyiv' END",
  );
});

test('a changed type: values are converted both ways, and NULL stays NULL', async () => {
  const steps = await expanded('ALTER TABLE people ALTER COLUMN age TYPE int USING age::int;');
  const writes = `INSERT INTO people (id, age) VALUES (1, '41');
INSERT INTO people (id, age_new) VALUES (2, 42);
INSERT INTO people (id) VALUES (3);
UPDATE people SET age = '51' WHERE id = 1;
UPDATE people SET age_new = NULL WHERE id = 2;`;
  await holds(
    steps,
    writes,
    "age_new IS NOT DISTINCT FROM age::int AND age IS NOT DISTINCT FROM CASE id WHEN 1 THEN '51' END",
  );
});
