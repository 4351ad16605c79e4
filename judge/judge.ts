// The judge: reads, rehearses, asks every rule about every statement, and sums it up. The order of the work is the order of this file.
import {
  type Consequence,
  type DatabaseFacts,
  type Effect,
  type Finding,
  type Judgement,
  type Migration,
  type MigrationPolicy,
  verdictOf,
} from '../core/migrations.ts';
import { compatibility } from './compatibility/agreement.ts';
import { breaking } from './compatibility/breaking.ts';
import { drift } from './compatibility/drift.ts';
import { readPrismaSchema, type SchemaFiles } from './compatibility/prisma.ts';
import { proven } from './compatibility/proof.ts';
import { fileFindings, statementFindings, statementJudgement } from './findings.ts';
import { prismaVersion } from './history/prisma-version.ts';
import { loadParser, type ParsedMigration, parseMigration } from './parse/statements.ts';
import { applyPolicy } from './policy.ts';
import type { Rehearsal, RehearsalOptions } from './rehearse/index.ts';
import type { RehearsedStatement } from './rehearse/result.ts';
import type { Context, Placed, Setting } from './rules/rule.ts';
import { apply } from './schema/apply.ts';
import { type Catalogue, copyCatalogue } from './schema/catalogue.ts';
import { effectsOf } from './schema/effects.ts';
import { historyCatalogue } from './schema/replay.ts';
import { transactionsOf } from './schema/transactions.ts';

export type JudgeInput = {
  /** In Prisma's order (by name). */
  pending: readonly Migration[];
  /** The migrations that the database has, in order. Empty: nothing is known of existing tables. */
  applied: readonly Migration[];
  newSchema?: SchemaFiles | undefined;
  /** Of the release that runs now, from its manifest. */
  oldSchema?: SchemaFiles | undefined;
  /** server_version_num (150018) or the major version (15). Unknown: the newest is taken. */
  serverVersion?: number | undefined;
  prismaVersion?: string | undefined;
  facts?: DatabaseFacts | undefined;
  policy: MigrationPolicy;
  now: Date;
  rehearse: boolean | RehearsalOptions;
};

export async function judge(input: JudgeInput): Promise<Judgement> {
  await loadParser();
  const pending = input.pending.map(parseMigration);
  const applied = input.applied.map(parseMigration);
  const history = historyCatalogue(applied);
  const setting = settingOf(
    input,
    pending,
    applied.some((file) => file.statements.length > 0),
  );
  const rehearsal = await rehearsalOf(input, pending, applied);
  const placed = place(pending, history, setting, rehearsal);
  const after = rehearsal?.after ?? placed.after;
  const reasoned = compatibility(setting.oldClient, setting.newClient, rehearsal?.before ?? history, after);
  const agreement = await proven(reasoned, setting.oldClient, rehearsal);

  const found: Finding[] = [];
  for (const file of pending) for (const finding of fileFindings(file, setting)) found.push(finding);
  for (const statement of placed.statements) found.push(...statementFindings(statement.context));
  // An allowance of one rule is not one of what the old code cannot live with: that has to be allowed, or approved, by name.
  const lowered = (rule: string) => input.policy.rules[rule] === 'notice';
  const forbidden = applyPolicy(found, pending, setting).findings.filter(
    (finding) => !finding.allowed && !lowered(finding.rule),
  );
  found.push(
    ...breaking(
      agreement,
      placed.statements.map((entry) => entry.context),
      forbidden,
      setting.oldClient,
    ),
  );
  // Tables that no migration makes may be there all the same: only a whole history tells what is missing.
  if (rehearsal?.after) found.push(...drift(setting.newClient, rehearsal.after, pending));
  const { findings, problems } = applyPolicy(found, pending, setting);
  const all = [...findings, ...problems].sort(byPlace(pending));
  const statements = placed.statements.map((entry) => statementJudgement(entry.context, all));
  return {
    verdict: verdictOf(pending.length, all),
    findings: all,
    compatibility: agreement,
    consequences: consequencesOf(all, agreement.oldCodeOnNewSchema),
    statements,
    rehearsal: rehearsal
      ? {
          done: rehearsal.done,
          milliseconds: rehearsal.milliseconds,
          baseFromCache: rehearsal.baseFromCache,
          ...(rehearsal.reason ? { reason: rehearsal.reason } : {}),
        }
      : { done: false, reason: 'It was not asked for.' },
  };
}

function settingOf(input: JudgeInput, pending: readonly ParsedMigration[], history: boolean): Setting {
  const version = input.serverVersion ?? input.facts?.serverVersion;
  const major = version === undefined ? 18 : version >= 10_000 ? Math.floor(version / 10_000) : version;
  return {
    pending,
    facts: input.facts,
    policy: input.policy,
    server: { major, known: version !== undefined },
    prisma: prismaVersion(input.prismaVersion),
    oldClient: input.oldSchema && readPrismaSchema(input.oldSchema),
    newClient: input.newSchema && readPrismaSchema(input.newSchema),
    history,
    now: input.now,
  };
}

/** The rehearsal is loaded only where it is asked for: PGlite is heavy. */
async function rehearsalOf(
  input: JudgeInput,
  pending: readonly ParsedMigration[],
  applied: readonly ParsedMigration[],
): Promise<Rehearsal | undefined> {
  if (!input.rehearse || pending.every((file) => file.statements.length === 0)) return undefined;
  const { rehearse } = await import('./rehearse/index.ts');
  const schemas = input.oldSchema !== undefined || input.newSchema !== undefined;
  return rehearse(pending, applied, {
    schemas,
    ...(typeof input.rehearse === 'object' ? input.rehearse : {}),
  });
}

type Entry = { context: Context };

/** Every pending statement with the schema before it, what it does, and what the rehearsal saw. */
function place(
  pending: readonly ParsedMigration[],
  history: Catalogue,
  setting: Setting,
  rehearsal: Rehearsal | undefined,
): { statements: Entry[]; after: Catalogue } {
  const catalogue = copyCatalogue(history);
  const all: Placed[] = [];
  const seen: (RehearsedStatement | undefined)[] = [];
  const utc = /^(utc|gmt|etc\/utc)$/i.test(setting.facts?.settings['TimeZone'] ?? '');
  for (const file of pending) {
    const transactions = transactionsOf(file.statements, setting.prisma);
    for (const statement of file.statements) {
      const before = copyCatalogue(catalogue);
      const rehearsed = rehearsal?.statements.get(`${file.name}\0${statement.index}`);
      const guessed = effectsOf(statement.actions, { catalogue: before, utc });
      all.push({
        file,
        statement,
        place: all.length,
        before,
        effects: rehearsed?.outcome === 'ok' ? corrected(rehearsed.effects, guessed, setting) : guessed,
        transaction: transactions[statement.index] ?? {
          members: [statement.index],
          kind: 'single',
          certain: true,
        },
      });
      seen.push(rehearsed);
      for (const action of statement.actions) apply(catalogue, action, all.length - 1);
    }
  }
  const statements = all.map(
    (placed, index): Entry => ({
      context: {
        ...setting,
        ...placed,
        by: seen[index]?.outcome === 'ok' ? 'rehearsal' : 'rules',
        rehearsed: seen[index],
        // Made when a rule asks: of a file with ten thousand statements each would hold all the others.
        get earlier() {
          return all.slice(0, index);
        },
        get later() {
          return all.slice(index + 1);
        },
      },
    }),
  );
  return { statements, after: catalogue };
}

/** What was seen decides; tables that nobody can see in a rehearsal (it has no rows of theirs) are not taken away by it. */
function corrected(seen: readonly Effect[], guessed: readonly Effect[], setting: Setting): Effect[] {
  const older = setting.server.known && setting.server.major < 18;
  // PostgreSQL 18 locks where 15 does not only for GRANT (ACCESS SHARE), which keeps nobody out.
  const kept = older
    ? seen.filter(
        (effect) => effect.lock !== 'ACCESS SHARE' || guessed.some((entry) => entry.table === effect.table),
      )
    : [...seen];
  return kept.map((effect) => {
    const guess = guessed.find((entry) => entry.table === effect.table);
    // A scan of few rows may be an index scan or none at all: where the text says that all rows are read, they are.
    return { ...effect, scans: effect.scans || effect.rewrites || (guess?.scans ?? false) };
  });
}

function consequencesOf(findings: readonly Finding[], old: string): Consequence[] {
  const order: Consequence[] = ['downtime', 'no-rollback', 'data-loss'];
  // What a person allowed in the file needs no second acceptance, but lost data asks for a snapshot all the same.
  const found = new Set(
    findings.flatMap((finding) =>
      finding.allowed
        ? finding.consequences.filter((consequence) => consequence === 'data-loss')
        : finding.consequences,
    ),
  );
  if (old === 'incompatible') found.add('no-rollback');
  return order.filter((consequence) => found.has(consequence));
}

const byPlace = (pending: readonly ParsedMigration[]) => {
  const order = new Map(pending.map((file, index) => [file.name, index]));
  return (a: Finding, b: Finding): number =>
    (order.get(a.migration) ?? 0) - (order.get(b.migration) ?? 0) ||
    a.line - b.line ||
    a.column - b.column ||
    (a.rule < b.rule ? -1 : 1);
};
