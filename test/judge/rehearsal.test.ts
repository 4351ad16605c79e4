import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { migrationPolicySchema } from '../../core/migrations.ts';
import { closeRehearsal, type JudgeInput, judge, type RehearsalOptions } from '../../judge/index.ts';

const now = new Date('2026-01-01T00:00:00Z');
const policy = migrationPolicySchema.parse({});
const history = 'CREATE TABLE orders (id int PRIMARY KEY, total int, memo text);';
const judged = (sql: string, options: RehearsalOptions | true = true, more: Partial<JudgeInput> = {}) =>
  judge({
    pending: [{ name: '2026', sql }],
    applied: [{ name: '2025', sql: history }],
    policy,
    now,
    rehearse: options,
    ...more,
  });

afterAll(closeRehearsal);

test('every statement is rehearsed, and says what it locked, rewrote and read', async () => {
  const { statements, rehearsal } = await judged(
    'ALTER TABLE orders ADD COLUMN x int; CREATE INDEX i ON orders (x); ALTER TABLE orders ALTER COLUMN total TYPE bigint;',
  );
  expect(rehearsal).toMatchObject({ done: true });
  expect(statements.map((statement) => [statement.by, ...statement.effects])).toEqual([
    ['rehearsal', { table: 'orders', lock: 'ACCESS EXCLUSIVE', rewrites: false, scans: false }],
    ['rehearsal', { table: 'orders', lock: 'SHARE', rewrites: false, scans: true }],
    ['rehearsal', { table: 'orders', lock: 'ACCESS EXCLUSIVE', rewrites: true, scans: true }],
  ]);
}, 30_000);

test('what never ends is ended, said so, and what follows is still rehearsed', async () => {
  const { statements, findings, verdict } = await judged(
    'DO $$ BEGIN LOOP END LOOP; END $$;\nALTER TABLE orders ADD COLUMN x int;',
    { limits: { statement: 700 } },
  );
  expect(statements[0]?.notRehearsed).toBe('it ran longer than 0.7 s');
  expect(statements[1]?.by).toBe('rehearsal');
  expect(findings.map((finding) => finding.rule)).toContain('not-rehearsed');
  expect(verdict).toBe('needs-approval');
}, 30_000);

test('what eats memory is ended as well', async () => {
  const { statements } = await judged(
    'CREATE TABLE big AS SELECT repeat(md5(n::text), 100) AS x FROM generate_series(1, 1000000000) AS n;',
    { limits: { statement: 20_000, memory: 250 } },
  );
  expect(statements[0]?.notRehearsed).toMatch(
    /needed more than 250 MiB|ran longer|out of memory|No space|memory/i,
  );
}, 40_000);

test('a recursion without end breaks the server of the rehearsal, and what follows has a new one', async () => {
  const { statements, findings } = await judged(
    'CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN f(n + 1); END $$;\nSELECT f(1);\nALTER TABLE orders ADD COLUMN x int;',
  );
  expect(statements.map((statement) => statement.by)).toEqual(['rehearsal', 'rules', 'rehearsal']);
  expect(statements[1]?.notRehearsed).toBeTruthy();
  expect(findings.map((finding) => finding.rule)).not.toContain('failing-statement');
}, 30_000);

test('what never ends needs approval, though the rules see nothing in it', async () => {
  const { verdict } = await judged(
    "INSERT INTO orders SELECT n, n, 'x' FROM generate_series(1, 1000000000000) AS n;",
    { limits: { statement: 700 } },
  );
  expect(verdict).toBe('needs-approval');
}, 30_000);

test('all pending statements together have a time too, and those that it is over for are named', async () => {
  const { statements, findings } = await judged('CREATE TABLE a (id int);\nDROP TABLE orders;', {
    limits: { pending: -1 },
  });
  expect(statements.map((statement) => statement.by)).toEqual(['rules', 'rules']);
  expect(statements[1]?.notRehearsed).toContain('those before it took');
  expect(findings.map((finding) => finding.rule)).toContain('dropping-table');
}, 30_000);

test('a file of twenty thousand statements is judged in seconds', async () => {
  const sql = Array.from({ length: 20_000 }, (_, index) => `INSERT INTO orders VALUES (${index}, 1, 'x');`);
  const { verdict } = await judged(sql.join('\n'), true, { rehearse: false });
  expect(verdict).toBe('safe');
}, 30_000);

test('what reaches outside the database is not tried', async () => {
  const sql =
    "COPY orders FROM PROGRAM 'touch /tmp/lockstep-judge-test';\nCOPY (SELECT 1) TO PROGRAM 'touch /tmp/lockstep-judge-test';\nSELECT lo_import('/etc/passwd');";
  const { statements, verdict } = await judged(sql);
  expect(statements.map((statement) => statement.notRehearsed)).toEqual([
    'COPY … PROGRAM runs a command on the server',
    'COPY … PROGRAM runs a command on the server',
    'lo_import() reads a file of the server',
  ]);
  expect(existsSync('/tmp/lockstep-judge-test')).toBe(false);
  expect(verdict).toBe('needs-approval');
});

test('hidden in a string, the same is refused by the sandbox or ended', async () => {
  const { statements } = await judged("DO $$ BEGIN EXECUTE 'COPY orders FROM ''/etc/passwd'''; END $$;", {
    limits: { statement: 1500 },
  });
  expect(statements[0]?.error ?? statements[0]?.notRehearsed).toBeDefined();
});

test('an extension that the rehearsal lacks is judged by the rules alone, said plainly', async () => {
  const { statements, findings } = await judged(
    'CREATE EXTENSION postgis; CREATE INDEX i ON orders USING gist (memo);',
  );
  expect(statements[0]).toMatchObject({ by: 'rules', notRehearsed: expect.stringContaining('postgis') });
  expect(findings.map((finding) => finding.rule)).toEqual(
    expect.arrayContaining(['not-rehearsed', 'creating-index-without-concurrently']),
  );
});

test('an incomplete history makes nothing fail: the table may be there all the same', async () => {
  const applied = [{ name: '2025', sql: 'ALTER TABLE made_elsewhere ADD COLUMN x int;' }];
  const { statements, verdict } = await judged('ALTER TABLE other ADD COLUMN x int;', true, { applied });
  expect(statements[0]?.notRehearsed).toContain('the migrations do not make it');
  expect(verdict).toBe('safe');
});

test('a whole history does: the statement would fail in production too', async () => {
  const { findings } = await judged('ALTER TABLE other ADD COLUMN x int;');
  expect(findings.map((finding) => [finding.severity, finding.rule])).toEqual([
    ['blocked', 'failing-statement'],
  ]);
});

test('a rehearsal leaves nothing behind for the next one', async () => {
  await judged(
    "CREATE TABLE left_over (id int); CREATE TYPE kind AS ENUM ('a'); CREATE SCHEMA extra; CREATE TABLE extra.x (id int);",
  );
  const { findings } = await judged(
    "CREATE TABLE left_over (id int); CREATE TYPE kind AS ENUM ('a'); CREATE SCHEMA extra; CREATE TABLE extra.x (id int);",
  );
  expect(findings).toEqual([]);
});

test('a long history is rehearsed from the cache the next time, and a damaged cache is made anew', async () => {
  const applied = Array.from({ length: 60 }, (_, index) => ({
    name: `2025_${String(index).padStart(3, '0')}`,
    sql: `CREATE TABLE t${index} (id int PRIMARY KEY, name text);`,
  }));
  const cacheFolder = mkdtempSync(join(tmpdir(), 'lockstep-bases-'));
  try {
    const run = () => judged('ALTER TABLE t59 ADD COLUMN x int;', { cacheFolder }, { applied });
    const first = await run();
    expect(first.rehearsal).toMatchObject({ done: true, baseFromCache: false });
    const second = await run();
    expect(second.rehearsal).toMatchObject({ done: true, baseFromCache: true });
    expect(second.statements).toEqual(first.statements);
    for (const file of readdirSync(cacheFolder)) writeFileSync(join(cacheFolder, file), 'damaged');
    expect((await run()).rehearsal).toMatchObject({ done: true, baseFromCache: false });
  } finally {
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}, 60_000);

const schema = (text: string) => ({ 'schema.prisma': text });

test('a release that reads a dropped column is blocked, named with its model, field and code', async () => {
  const { verdict, compatibility, consequences } = await judged(
    'ALTER TABLE orders DROP COLUMN memo;',
    true,
    {
      oldSchema: schema('model Order {\n id Int @id\n note String? @map("memo")\n @@map("orders")\n}'),
    },
  );
  expect(verdict).toBe('blocked');
  expect(compatibility.oldCodeOnNewSchema).toBe('incompatible');
  expect(compatibility.details[0]).toMatchObject({
    model: 'Order',
    field: 'note',
    operation: 'read',
    code: 'P2022',
  });
  expect(consequences).toEqual(['downtime', 'no-rollback', 'data-loss']);
});

test('what a rule does not see, the old client does: a column that code in a DO block takes away', async () => {
  const { findings } = await judged('DO $$ BEGIN ALTER TABLE orders DROP COLUMN memo; END $$;', true, {
    oldSchema: schema('model orders {\n id Int @id\n memo String?\n}'),
  });
  expect(findings.find((finding) => finding.rule === 'breaking-old-code')).toMatchObject({
    severity: 'blocked',
    line: 1,
  });
});

test('schema.prisma that asks for what no migration makes is drift', async () => {
  const { findings } = await judged('ALTER TABLE orders ADD COLUMN x int;', true, {
    newSchema: schema('model orders {\n id Int @id\n total Int?\n memo String?\n x Int?\n forgotten Int?\n}'),
  });
  expect(findings).toMatchObject([
    { rule: 'drifting-schema', severity: 'needs-approval', why: expect.stringContaining('orders.forgotten') },
  ]);
});

test('old code and new code on either schema are both answered', async () => {
  const { compatibility, verdict } = await judged('ALTER TABLE orders ADD COLUMN x int;', true, {
    oldSchema: schema('model orders {\n id Int @id\n total Int?\n memo String?\n}'),
    newSchema: schema('model orders {\n id Int @id\n total Int?\n memo String?\n x Int?\n}'),
  });
  expect(compatibility).toMatchObject({
    oldCodeOnNewSchema: 'compatible',
    newCodeOnOldSchema: 'incompatible',
  });
  expect(verdict).toBe('safe');
});
