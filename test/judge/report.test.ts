import { beforeAll, expect, test } from '@jest/globals';
import { type Judgement, judgementSchema, migrationPolicySchema } from '../../core/migrations.ts';
import { exitCode, fix, judge, loadParser, render } from '../../judge/index.ts';

const policy = migrationPolicySchema.parse({});
const now = new Date('2026-01-01T00:00:00Z');
const applied = [
  { name: '20250101_init', sql: 'CREATE TABLE orders (id int PRIMARY KEY, total int, memo text);' },
];
const pending = [
  {
    name: '20261124_require_total',
    path: 'prisma/migrations/20261124_require_total/migration.sql',
    sql: '-- Totals are always known now\nALTER TABLE "orders" ALTER COLUMN "total" SET NOT NULL;\nCREATE INDEX "orders_memo_idx" ON "orders"("memo");\nCREATE TABLE "refunds" ("id" int);\n',
  },
];
const run = () => judge({ pending, applied, policy, now, rehearse: false });
let judgement: Judgement;

beforeAll(async () => {
  await loadParser();
  judgement = await run();
});

test('the text tells each finding with its place, lock, time and safe form, and ends with the verdict', () => {
  expect(render(judgement, 'text', '1.0.0')).toBe(`prisma/migrations/20261124_require_total/migration.sql
  2:1  needs approval  setting-not-null
      2 | ALTER TABLE "orders" ALTER COLUMN "total" SET NOT NULL
        Every query on orders waits while the whole table is read under ACCESS EXCLUSIVE.
        lock   ACCESS EXCLUSIVE on orders, read (by the rules)
        time   unknown  ACCESS EXCLUSIVE; the table's size is unknown, so it counts as large
        safe   Release the code that always sets total first. A validated check (column IS NOT NULL) then proves it without keeping anyone out, and SET NOT NULL reads nothing.
               next-release   ALTER TABLE orders ADD CONSTRAINT orders_total_set CHECK (total IS NOT NULL) NOT VALID;
               next-release   ALTER TABLE orders VALIDATE CONSTRAINT orders_total_set;
               later-release  ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
               later-release  ALTER TABLE orders DROP CONSTRAINT orders_total_set;

  3:1  needs approval  creating-index-without-concurrently
      3 | CREATE INDEX "orders_memo_idx" ON "orders"("memo")
        Every write on orders waits while the whole table is read and the index is built under SHARE.
        lock   SHARE on orders, read (by the rules)
        time   unknown  SHARE; the table's size is unknown, so it counts as large
        safe   Build the index concurrently, alone in its file: writes go on. If it fails it leaves an INVALID index, which Lockstep finds and names.
               this-release   CREATE INDEX CONCURRENTLY "orders_memo_idx" ON "orders"("memo");

  3:1  needs approval  slow-after-exclusive-lock
      3 | CREATE INDEX "orders_memo_idx" ON "orders"("memo")
        ACCESS EXCLUSIVE on orders, taken in line 2, is held while orders is read (under Prisma before 7.4; later versions commit each statement).
        lock   SHARE on orders, read (by the rules)
        help   Move it to a migration of its own.

3 statements: 1 fine, 0 with a notice, 2 to approve, 0 blocked.
old code   unknown: its schema.prisma was not given
accepting  downtime
rehearsal  none: It was not asked for.
Needs approval.
`);
});

test('JSON is the judgement itself', () => {
  expect(judgementSchema.parse(JSON.parse(render(judgement, 'json', '1.0.0')))).toEqual(judgement);
});

test('GitHub gets an annotation a finding, at its line, with line breaks escaped', () => {
  const lines = render(judgement, 'github', '1.0.0').trim().split('\n');
  expect(lines.length).toBe(3);
  expect(lines[0]).toMatch(
    /^::warning file=prisma\/migrations\/20261124_require_total\/migration\.sql,line=2,col=1,title=setting-not-null::Every query .*%0A/,
  );
});

test('SARIF names the rules it used, and each result points at one of them', () => {
  const sarif = JSON.parse(render(judgement, 'sarif', '1.2.3'));
  const [run_] = sarif.runs;
  expect(sarif.version).toBe('2.1.0');
  expect(run_.tool.driver.version).toBe('1.2.3');
  for (const result of run_.results) expect(run_.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
  expect(run_.results[0].locations[0].physicalLocation.region).toEqual({ startLine: 2, startColumn: 1 });
});

test('Markdown has a row a statement and a safe form as SQL', () => {
  const markdown = render(judgement, 'markdown', '1.0.0');
  expect(markdown.split('\n').filter((line) => line.startsWith('| `')).length).toBe(3);
  expect(markdown).toContain('```sql\n-- next-release\nALTER TABLE orders ADD CONSTRAINT');
});

test('exit codes: 0 for nothing and notices, 17 to approve, 10 blocked', () => {
  const codes = (['none', 'safe', 'needs-approval', 'blocked'] as const).map((verdict) =>
    exitCode({ ...judgement, verdict }),
  );
  expect(codes).toEqual([0, 0, 17, 10]);
});

test('fix writes the expand, migrate and contract files, and leaves what is fine as it was', () => {
  const [fixed] = fix(pending, judgement);
  expect(fixed?.files.map((file) => [file.when, file.sql.trim()])).toEqual([
    ['this-release', 'CREATE INDEX CONCURRENTLY "orders_memo_idx" ON "orders"("memo");'],
    ['this-release', 'CREATE TABLE "refunds" ("id" int);'],
    [
      'next-release',
      'ALTER TABLE orders ADD CONSTRAINT orders_total_set CHECK (total IS NOT NULL) NOT VALID;',
    ],
    ['next-release', 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_set;'],
    ['later-release', 'ALTER TABLE orders ALTER COLUMN total SET NOT NULL;'],
    ['later-release', 'ALTER TABLE orders DROP CONSTRAINT orders_total_set;'],
  ]);
  const names = fixed?.files.map((file) => file.name) ?? [];
  expect(names).toEqual([...names].sort());
  expect(names.every((name) => name.startsWith('20261124_require_total_'))).toBe(true);
});

test('fix takes a statement of several commands apart, a command at a time', async () => {
  const several = [
    {
      name: '2026',
      sql: 'ALTER TABLE orders ADD COLUMN a int, ADD COLUMN b int NOT NULL, DROP COLUMN memo;',
    },
  ];
  const [fixed] = fix(several, await judge({ pending: several, applied, policy, now, rehearse: false }));
  expect(fixed?.files.map((file) => `${file.when}: ${file.sql.trim()}`)).toEqual([
    'this-release: ALTER TABLE orders ADD COLUMN a int;',
    'this-release: ALTER TABLE orders ADD COLUMN b int;',
    'next-release: ALTER TABLE orders ADD CONSTRAINT orders_b_set CHECK (b IS NOT NULL) NOT VALID;',
    'next-release: ALTER TABLE orders VALIDATE CONSTRAINT orders_b_set;',
    'later-release: ALTER TABLE orders ALTER COLUMN b SET NOT NULL;',
    'later-release: ALTER TABLE orders DROP CONSTRAINT orders_b_set;',
    'later-release: ALTER TABLE orders DROP COLUMN memo;',
  ]);
});

test('what has no safe form in SQL is left to the author, with its reason', async () => {
  const update = [{ name: '2026', sql: 'UPDATE orders SET total = 0;' }];
  const [fixed] = fix(update, await judge({ pending: update, applied, policy, now, rehearse: false }));
  expect(fixed?.left).toMatchObject([{ rule: 'backfilling-data', line: 1 }]);
  expect(fixed?.files.map((file) => file.sql.trim())).toEqual(['UPDATE orders SET total = 0;']);
});
