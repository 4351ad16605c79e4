import { expect, test } from '@jest/globals';
import { type MigrationPolicy, migrationPolicySchema, seconds } from '../../core/migrations.ts';
import { judge } from '../../judge/index.ts';

const now = new Date('2026-06-15T12:00:00Z');
const applied = [{ name: '2025', sql: 'CREATE TABLE orders (id int PRIMARY KEY, total int, memo text);' }];
const judged = (sql: string, policy: Partial<MigrationPolicy> = {}) =>
  judge({
    pending: [{ name: '2026', sql }],
    applied,
    policy: migrationPolicySchema.parse(policy),
    now,
    rehearse: false,
  });
const summary = async (sql: string, policy: Partial<MigrationPolicy> = {}) =>
  (await judged(sql, policy)).findings.map((finding) => `${finding.severity} ${finding.rule}`);

const drop = 'ALTER TABLE orders DROP COLUMN memo;';

test('nothing pending is "none"; something pending without a finding is "safe"', async () => {
  const nothing = await judge({
    pending: [],
    applied,
    policy: migrationPolicySchema.parse({}),
    now,
    rehearse: true,
  });
  expect(nothing).toMatchObject({ verdict: 'none', findings: [], statements: [], consequences: [] });
  expect((await judged('CREATE TABLE x (id int);')).verdict).toBe('safe');
});

test("the environment's rules have the last word on a severity", async () => {
  expect(await summary(drop)).toEqual(['needs-approval dropping-column']);
  expect(await summary(drop, { rules: { 'dropping-column': 'off' } })).toEqual([]);
  expect(await summary(drop, { rules: { 'dropping-column': 'notice' } })).toEqual(['notice dropping-column']);
  expect(await summary(drop, { rules: { 'dropping-column': 'block' } })).toEqual(['blocked dropping-column']);
});

test('a comment before or behind the statement allows it, and only it', async () => {
  const allow = '-- lockstep:allow dropping-column reason="no release reads it"';
  const judgement = await judged(`${allow}\n${drop}\nALTER TABLE orders DROP COLUMN total;`);
  expect(
    judgement.findings.map((finding) => [finding.line, finding.severity, finding.allowed?.reason]),
  ).toEqual([
    [2, 'notice', 'no release reads it'],
    [3, 'needs-approval', undefined],
  ]);
  expect(await summary(`${drop} ${allow}`)).toEqual(['notice dropping-column']);
  expect(await summary(`${drop}\n\n${allow}`)).toEqual(['needs-approval dropping-column']);
});

test('an allowance counts on its last day and is absent on the next', async () => {
  expect(await summary(`-- lockstep:allow dropping-column reason="x" until=2026-06-15\n${drop}`)).toEqual([
    'notice dropping-column',
  ]);
  expect(await summary(`-- lockstep:allow dropping-column reason="x" until=2026-06-14\n${drop}`)).toEqual([
    'notice allowing-wrongly',
    'needs-approval dropping-column',
  ]);
});

test('an allowance without reason, or for a rule that does not exist, blocks', async () => {
  expect(await summary(`-- lockstep:allow dropping-column\n${drop}`)).toContain('blocked allowing-wrongly');
  expect(await summary(`-- lockstep:allow droping-column reason="x"\n${drop}`)).toContain(
    'blocked allowing-wrongly',
  );
});

test('a syntax error cannot be allowed away', async () => {
  expect(await summary('-- lockstep:allow unparsable-file reason="x"\nALTER TABEL x')).toEqual([
    'blocked unparsable-file',
  ]);
});

test('data that is lost is a consequence even of what is allowed', async () => {
  const judgement = await judged(`-- lockstep:allow dropping-column reason="x"\n${drop}`);
  expect(judgement).toMatchObject({ verdict: 'safe', consequences: ['data-loss'] });
});

test('old code that cannot go on is allowed by its own name only', async () => {
  const running = { 'schema.prisma': 'model orders {\n  id Int @id\n  total Int?\n  memo String?\n}\n' };
  const of = async (sql: string, policy: Partial<MigrationPolicy> = {}) => {
    const { findings, verdict } = await judge({
      pending: [{ name: '2026', sql }],
      applied,
      oldSchema: running,
      policy: migrationPolicySchema.parse(policy),
      now,
      rehearse: false,
    });
    return [verdict, ...findings.map(({ severity, rule }) => `${severity} ${rule}`)];
  };
  expect(await of(drop)).toEqual(['blocked', 'blocked dropping-column']);
  const allowed = `-- lockstep:allow dropping-column reason="nobody reads it"\n${drop}`;
  expect(await of(allowed)).toEqual(['blocked', 'blocked breaking-old-code', 'notice dropping-column']);
  for (const action of ['notice', 'off'] as const)
    expect(await of(drop, { rules: { 'dropping-column': action } })).toContain('blocked breaking-old-code');
  const both = `-- lockstep:allow breaking-old-code reason="the service is stopped meanwhile"\n${allowed}`;
  expect(await of(both)).toEqual(['safe', 'notice breaking-old-code', 'notice dropping-column']);
});

test('what a statement of several commands does is judged a command at a time', async () => {
  const judgement = await judged(
    'ALTER TABLE orders ADD COLUMN a int, DROP COLUMN memo, ADD COLUMN b int NOT NULL;',
  );
  expect(judgement.findings.map((finding) => [finding.rule, finding.action])).toEqual([
    ['adding-required-column', 2],
    ['dropping-column', 1],
  ]);
});

test('times are whole numbers of ms, s or min', () => {
  expect([seconds('500ms'), seconds('5s'), seconds('2min')]).toEqual([0.5, 5, 120]);
  expect(migrationPolicySchema.safeParse({ lockTimeout: '5' }).success).toBe(false);
  expect(migrationPolicySchema.safeParse({ aprove: [] }).success).toBe(false);
});

test('an index that is built concurrently is told what it loses by company, and only of another kind', async () => {
  const beside = async (sql: string) => {
    const pending = [
      { name: '1', sql },
      { name: '2', sql: 'CREATE INDEX CONCURRENTLY i ON parcels (weight);' },
    ];
    const policy = migrationPolicySchema.parse({ lockTimeout: '3s' });
    const { findings } = await judge({ pending, applied: [], policy, now: new Date(), rehearse: false });
    return findings.filter(({ rule }) => rule === 'leaving-invalid-index').map(({ why }) => why);
  };
  expect(await beside('ALTER TABLE parcels ADD COLUMN note text;')).toEqual([
    expect.stringMatching(/^Beside 1 it has the lock time-out of 3s/),
  ]);
  expect(await beside('REFRESH MATERIALIZED VIEW CONCURRENTLY totals;')).toHaveLength(1);
  expect(await beside('DROP INDEX CONCURRENTLY j;')).toEqual([]);
});
