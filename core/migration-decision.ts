/** What a judgement means for a deployment: go on, ask a person, or refuse. The judge says what is; the policy says what is done. */
import { LockstepError } from './errors.ts';
import type { MigrationResult } from './migration-result.ts';
import type { Finding, HistoryFinding, Judgement, MigrationPolicy } from './migrations.ts';

/** What is known besides of the migrations that are pending. */
export interface Question {
  readonly pending: readonly string[];
  readonly policy: MigrationPolicy;
  /** Whether the request lets migrations run. */
  readonly mayMigrate: boolean;
}

/** Throws where the deployment is refused; the judgement is kept in any case. */
export function decideMigration(
  judgement: Judgement,
  { pending, policy, mayMigrate }: Question,
): MigrationResult {
  if (pending.length > 0 && !mayMigrate) {
    const count = pending.length === 1 ? 'A migration is' : `${pending.length} migrations are`;
    throw new LockstepError('MigrationPending', { count, names: pending.join(', ') });
  }
  const { verdict, consequences, findings } = judgement;
  const oldCode = pending.length === 0 ? 'compatible' : judgement.compatibility.oldCodeOnNewSchema;
  const result = {
    pending: [...pending],
    oldCode,
    consequences,
    risky: consequences.length > 0 || verdict === 'needs-approval' || verdict === 'blocked',
    findings: findings.length,
    atomic: atomicOf(judgement),
    concurrent: concurrentOf(judgement),
    database: 'unchanged' as const,
  };
  if (verdict === 'none' || verdict === 'safe') return { ...result, verdict };
  if (policy.approve.includes(verdict)) return { ...result, verdict: 'needs-approval' };
  throw blockedBy(findings.filter((finding) => finding.severity === verdict));
}

/** A single statement fails as a whole, whether or not Prisma's version puts the file into a transaction. */
function atomicOf({ statements }: Judgement): string[] {
  const counts = new Map<string, number>();
  for (const { migration } of statements) counts.set(migration, (counts.get(migration) ?? 0) + 1);
  // Except one that works outside of any transaction: what is built CONCURRENTLY stays behind as INVALID.
  const outside = new Set(
    statements.filter(({ text }) => /\bCONCURRENTLY\b/i.test(text)).map(({ migration }) => migration),
  );
  return [...counts].filter(([name, count]) => count === 1 && !outside.has(name)).map(([name]) => name);
}

const CONCURRENTLY = /^(create\s+(unique\s+)?index|drop\s+index|reindex\b[^;]*)\s+concurrently\b/i;

function concurrentOf({ statements }: Judgement): string[] {
  const files = new Map<string, boolean>();
  for (const { migration, text } of statements)
    files.set(migration, (files.get(migration) ?? true) && CONCURRENTLY.test(text));
  return [...files].filter(([, every]) => every).map(([name]) => name);
}

/** The first finding is the error; the others are told beside it. */
function blockedBy(findings: readonly Finding[]): LockstepError {
  const [first] = findings;
  // Of the first, rule, place, reason and help are the error's own sentence and remedy.
  const evidence = findings.flatMap((finding) => [
    ...(finding === first ? [] : [`${finding.rule}  ${placeOf(finding)}  ${finding.why}`]),
    `    ${finding.statement.replace(/\s+/g, ' ').slice(0, 200)}`,
    ...(finding === first || !finding.help ? [] : [`    help: ${finding.help}`]),
  ]);
  const data = {
    rule: first?.rule ?? '',
    place: first ? placeOf(first) : '',
    why: first?.why ?? '',
    help:
      first?.help ?? `\`lockstep explain ${first?.rule ?? 'MigrationBlocked'}\` says how it is done safely.`,
  };
  return new LockstepError('MigrationBlocked', data, evidence);
}

export function placeOf(finding: Pick<Finding, 'file' | 'line' | 'column'>): string {
  return `${finding.file}:${finding.line}:${finding.column}`;
}

/** Refuses where the database and the release's files do not belong together. */
export function requireHistory(findings: readonly HistoryFinding[]): void {
  const blocking = findings.filter((finding) => finding.severity === 'blocked');
  const [first] = blocking;
  if (!first) return;
  const evidence = blocking.flatMap((finding) => [finding.means, finding.now, ...finding.commands]);
  const code = first.code ? ` (${first.code})` : '';
  const data = { finding: `${first.means} ${first.now}${code}`, commands: first.commands.join('\n') };
  throw new LockstepError('MigrationHistoryBroken', data, evidence);
}

/** `2 pending, both fine; old code works on the new schema`. */
export function migrationSummary({ pending, verdict, findings, oldCode }: MigrationResult): string {
  if (pending.length === 0) return 'nothing pending';
  const fine = pending.length === 1 ? 'fine' : pending.length === 2 ? 'both fine' : 'all fine';
  const how =
    verdict === 'safe'
      ? findings === 0
        ? fine
        : `${fine}, ${findings} ${findings === 1 ? 'notice' : 'notices'}`
      : `${findings} ${findings === 1 ? 'finding' : 'findings'}, a person has to approve`;
  return `${pending.length} pending, ${how}; ${OLD_CODE[oldCode]}`;
}

const OLD_CODE = {
  compatible: 'old code works on the new schema',
  'until-written': 'old code works until the new code has written',
  incompatible: 'old code does not work on the new schema',
  unknown: 'whether old code works on the new schema is not known',
} as const;
