import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { migrationPolicySchema } from '../../core/migrations.ts';
import { judge } from '../../judge/index.ts';
import { closeRehearsal } from '../../judge/rehearse/index.ts';
import { type Case, casesOf, shop } from '../../judge/rules/cases.ts';
import { rules } from '../../judge/rules/index.ts';
import { registry, ruleFiles } from '../../scripts/rule-registry.ts';

const root = join(import.meta.dirname, '../..');
const policy = migrationPolicySchema.parse({});
/** Only facts make them speak: test/judge/facts-rules.test.ts. */
const factsOnly = new Set(['nearing-limit', 'straining-replication', 'validating-what-fails']);

const judged = (entry: Case) =>
  judge({
    pending: [{ name: '20260101_case', sql: entry.sql }],
    applied: entry.empty
      ? []
      : [
          { name: '20250101_shop', sql: shop() },
          ...entry.given.map((sql, index) => ({ name: `20250102_given_${index}`, sql })),
        ],
    ...(entry.old ? { oldSchema: { 'schema.prisma': entry.old } } : {}),
    ...(entry.prisma ? { prismaVersion: entry.prisma } : {}),
    ...(entry.server ? { serverVersion: entry.server } : {}),
    policy,
    now: new Date('2026-01-01T00:00:00Z'),
    rehearse: entry.rehearse,
  });

afterAll(closeRehearsal);

test('every rule is registered, and has its cases beside it unless its findings are made elsewhere', () => {
  expect(readFileSync(join(root, 'judge/rules/index.ts'), 'utf8')).toBe(registry());
  expect(rules.map((rule) => rule.id)).toEqual(ruleFiles());
  for (const rule of rules) {
    if ('named' in rule || factsOnly.has(rule.id)) continue;
    expect({ rule: rule.id, cases: existsSync(join(root, `judge/rules/${rule.id}.cases.sql`)) }).toEqual({
      rule: rule.id,
      cases: true,
    });
    const cases = casesOf(rule.id);
    expect(cases.some((entry) => entry.severity) && cases.some((entry) => !entry.severity)).toBe(true);
  }
});

for (const rule of rules) {
  if ('named' in rule || factsOnly.has(rule.id)) continue;
  for (const entry of casesOf(rule.id)) {
    test(`${rule.id} ${entry.severity ? `says "${entry.severity}"` : 'is quiet'}: ${entry.title}`, async () => {
      const { findings } = await judged(entry);
      const mine = findings.filter((finding) => finding.rule === rule.id).map((finding) => finding.severity);
      expect([...new Set(mine)]).toEqual(entry.severity ? [entry.severity] : []);
    });
  }
}
