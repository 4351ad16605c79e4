// Rules that only facts can make speak.
import { expect, test } from '@jest/globals';
import { type DatabaseFacts, databaseFactsSchema, migrationPolicySchema } from '../../core/migrations.ts';
import { judge } from '../../judge/index.ts';

const now = new Date('2026-01-01T00:00:00Z');
const table = (rows: number, bytes: number, more = {}) => ({
  rows,
  bytes,
  totalBytes: bytes,
  deadRows: 0,
  readsPerSecond: 50,
  writesPerSecond: 20,
  lastAnalyzed: null,
  ...more,
});
const facts = (more: Partial<DatabaseFacts> | Record<string, unknown>): DatabaseFacts =>
  databaseFactsSchema.parse({
    readAt: now.toISOString(),
    serverVersion: 150018,
    tables: { orders: table(41_200_000, 9.8e9), small: table(200, 16_384) },
    ...more,
  });
const applied = [
  {
    name: '2025',
    sql: 'CREATE TABLE orders (id int PRIMARY KEY, memo text); CREATE TABLE small (id int PRIMARY KEY, memo text);',
  },
];
const judged = (sql: string, more: Record<string, unknown> = {}) =>
  judge({
    pending: [{ name: '2026', sql }],
    applied,
    facts: facts(more),
    policy: migrationPolicySchema.parse({}),
    now,
    rehearse: false,
  });
const said = async (sql: string, more: Record<string, unknown> = {}) =>
  (await judged(sql, more)).findings.map((finding) => `${finding.severity} ${finding.rule}`);

test('the same statement is a notice on a small table and needs approval on a big one', async () => {
  expect(await said('CREATE INDEX i ON small (memo);')).toEqual([
    'notice creating-index-without-concurrently',
  ]);
  expect(await said('CREATE INDEX i ON orders (memo);')).toEqual([
    'needs-approval creating-index-without-concurrently',
  ]);
});

test('its time is told as a range with its reason', async () => {
  const { findings, statements } = await judged('ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0);');
  expect(findings[0]?.estimate?.reason).toBe('41,200,000 rows, 9.8 GB: 23–57 s under ACCESS EXCLUSIVE');
  expect(statements[0]?.estimate).toEqual(findings[0]?.estimate);
});

test('an inactive replication slot weighs on a rewrite, not on a new column', async () => {
  const replication = {
    slots: [{ name: 'cdc', type: 'logical', active: false, lagBytes: 1e9 }],
    replicas: [],
  };
  expect(await said('ALTER TABLE orders ALTER COLUMN id TYPE bigint;', { replication })).toContain(
    'needs-approval straining-replication',
  );
  expect(await said('ALTER TABLE small ALTER COLUMN id TYPE bigint;', { replication })).toContain(
    'notice straining-replication',
  );
  expect(await said('ALTER TABLE orders ADD COLUMN x int;', { replication })).toEqual([]);
});

test('a replica that lags is named', async () => {
  const replication = { slots: [], replicas: [{ name: 'reader-1', lagSeconds: 42, lagBytes: null }] };
  const { findings } = await judged("UPDATE orders SET memo = 'x';", { replication });
  expect(findings.find((finding) => finding.rule === 'straining-replication')?.why).toContain(
    'reader-1 is 42 s behind',
  );
});

test('a sequence near its end is told once', async () => {
  const sequences = [
    {
      name: 'orders_id_seq',
      table: 'orders',
      column: 'id',
      columnType: 'int4',
      lastValue: '1900000000',
      maximum: '2147483647',
      used: 0.885,
    },
  ];
  expect(await said('SELECT 1; SELECT 2;', { sequences })).toEqual(['notice nearing-limit']);
});

test('an INVALID index of the name is found before IF NOT EXISTS skips over it', async () => {
  const index = {
    name: 'i',
    columns: ['memo'],
    unique: false,
    primary: false,
    valid: false,
    bytes: 1,
    scans: 0,
  };
  const tables = { orders: table(41_200_000, 9.8e9, { indexes: [index] }) };
  expect(await said('CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (memo);', { tables })).toEqual([
    'blocked leaving-invalid-index',
  ]);
  expect(await said('CREATE INDEX CONCURRENTLY i ON orders (memo);', { tables })).toEqual([
    'blocked leaving-invalid-index',
  ]);
  const dropped = 'DROP INDEX CONCURRENTLY i; CREATE INDEX CONCURRENTLY i ON orders (memo);';
  expect(await said(dropped, { tables })).not.toContain('blocked leaving-invalid-index');
});

test('an index that is used a lot is dropped with a word about it', async () => {
  const index = {
    name: 'i',
    columns: ['memo'],
    unique: false,
    primary: false,
    valid: true,
    bytes: 1,
    scans: 12_000,
  };
  const tables = { orders: table(41_200_000, 9.8e9, { indexes: [index] }) };
  const history = [...applied, { name: '2025_i', sql: 'CREATE INDEX i ON orders (memo);' }];
  const { findings } = await judge({
    pending: [{ name: '2026', sql: 'DROP INDEX CONCURRENTLY i;' }],
    applied: history,
    facts: facts({ tables }),
    policy: migrationPolicySchema.parse({}),
    now,
    rehearse: false,
  });
  expect(findings).toMatchObject([
    { severity: 'notice', why: expect.stringContaining('i was used 12,000 times') },
  ]);
});
