// The property that makes a safe form worth printing: it passes the judge itself, and leads to the same schema.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Finding, migrationPolicySchema } from '../../core/migrations.ts';
import { commands } from '../../judge/fix/text.ts';
import { closeRehearsal, judge, loadParser } from '../../judge/index.ts';
import { parseMigration } from '../../judge/parse/statements.ts';
import { toCatalogue } from '../../judge/rehearse/catalogue.ts';
import { defaultLimits, Thread } from '../../judge/rehearse/thread.ts';
import { casesOf, shop } from '../../judge/rules/cases.ts';
import { rules } from '../../judge/rules/index.ts';
import type { Catalogue } from '../../judge/schema/catalogue.ts';
import { meaning } from './meaning.ts';

const policy = migrationPolicySchema.parse({});
/** Only facts make them speak: test/judge/facts-rules.test.ts. */
const factsOnly = new Set(['nearing-limit', 'straining-replication', 'validating-what-fails']);
const now = new Date('2026-01-01T00:00:00Z');
let thread: Thread;

beforeAll(async () => {
  await loadParser();
  // The judge itself rehearses in this process too, and what it takes would be counted here.
  thread = new Thread({ ...defaultLimits, memory: 1500 });
  await thread.ask({ do: 'open', snapshot: undefined, extensions: [] });
}, 30_000);

afterAll(async () => {
  await thread.close();
  await closeRehearsal();
});

async function schemaAfter(files: string[]): Promise<Catalogue | string> {
  await thread.ask({ do: 'reset' });
  const replayed = files.map((sql, index) => ({
    name: String(index),
    sql,
    statements: parseMigration({ name: 'x', sql }).statements.map((statement) => statement.text),
  }));
  const { failures } = await thread.ask({ do: 'replay', files: replayed });
  if (failures[0]) return `${failures[0].code} ${failures[0].message}`;
  return toCatalogue(await thread.ask({ do: 'inspect' }));
}

/** No release names what goes by the time it goes. */
const goes = /\b(DROP (COLUMN|TABLE|VIEW)|RENAME COLUMN)\b/;
const unaware = { 'schema.prisma': 'model nothing {\n  id Int @id\n}\n' };

async function quiet(finding: Finding, applied: string[]): Promise<string[]> {
  const history = [...applied];
  const loud: string[] = [];
  for (const step of finding.safe?.steps ?? []) {
    const judgement = await judge({
      pending: [{ name: '20260101_step', sql: step.sql }],
      applied: history.map((sql, index) => ({ name: `2025_${String(index).padStart(3, '0')}`, sql })),
      ...(goes.test(step.sql) ? { oldSchema: unaware } : {}),
      prismaVersion: '7.3.0',
      policy,
      now,
      rehearse: false,
    });
    if (judgement.verdict !== 'safe')
      loud.push(`${step.sql} → ${judgement.findings.map((one) => one.rule).join()}`);
    history.push(step.sql);
  }
  return loud;
}

const withForms = rules.flatMap((rule) =>
  'named' in rule || factsOnly.has(rule.id)
    ? []
    : casesOf(rule.id)
        .filter((entry) => entry.severity && entry.severity !== 'notice' && !entry.empty)
        .map((entry) => ({ rule: rule.id, entry })),
);

for (const { rule, entry } of withForms) {
  test(`a safe form is judged fine and leads to the same schema: ${rule}, ${entry.title}`, async () => {
    const applied = [shop(), ...entry.given];
    const judgement = await judge({
      pending: [{ name: '20260101_case', sql: entry.sql }],
      applied: applied.map((sql, index) => ({ name: `2025_${index}`, sql })),
      policy,
      now,
      rehearse: false,
    });
    const [finding, ...others] = judgement.findings.filter((one) => one.safe);
    // Several actions in one statement have a form each: `fix` puts them together, and its own test tries that.
    const actions = judgement.statements.length === 1 ? (commands(entry.sql)?.length ?? 2) - 1 : 2;
    if (!finding || others.length > 0 || actions > 1) return;
    const written = await schemaAfter([...applied, entry.sql]);
    // What fails as it is written has nothing to be compared with.
    if (typeof written === 'string') return;
    expect(await quiet(finding, applied)).toEqual([]);
    const safe = await schemaAfter([...applied, ...(finding.safe?.steps ?? []).map((step) => step.sql)]);
    if (typeof safe === 'string')
      throw new Error(`${safe}\n${finding.safe?.steps.map((step) => step.sql).join('\n')}`);
    // DETACH … CONCURRENTLY leaves a CHECK of the partition's bounds behind.
    if (rule === 'detaching-partition') safe.tables.get('events_2025')?.constraints.clear();
    expect(meaning(safe)).toEqual(meaning(written));
  });
}
