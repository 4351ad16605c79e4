/**
 * The words in which migrations are judged, and the environment file's `migrations` block. Apart from the judge's larger
 * shapes, because every function reads a plan, which has this in it, and few read a judgement.
 */
import { z } from 'zod';

/** How much a finding weighs. Only the last two stop a deployment; style never does. */
export const severitySchema = z.enum(['fine', 'notice', 'needs-approval', 'blocked']);
export type Severity = z.infer<typeof severitySchema>;

/** What a set of pending migrations comes to. `none`: nothing is pending. */
export const verdictSchema = z.enum(['none', 'safe', 'needs-approval', 'blocked']);
export type MigrationVerdict = z.infer<typeof verdictSchema>;

/** What a person accepts by approving. Each one that applies must be accepted by name. */
export const consequenceSchema = z.enum(['downtime', 'no-rollback', 'data-loss']);
export type Consequence = z.infer<typeof consequenceSchema>;

export const ruleActionSchema = z.enum(['off', 'notice', 'approve', 'block']);
export type RuleAction = z.infer<typeof ruleActionSchema>;

const duration = z
  .string()
  .regex(/^\d+(ms|s|min)$/, 'a time such as "500ms", "5s" or "2min"')
  .describe('A time: a whole number and ms, s or min.');

/** The environment file's `migrations` block. */
export const migrationPolicySchema = z
  .strictObject({
    approve: z
      .array(z.enum(['needs-approval', 'blocked']))
      .default(['needs-approval'])
      .describe(
        'Which verdicts a person may approve. A verdict that is not listed is refused without asking.',
      ),
    lockTimeout: duration
      .default('5s')
      .describe('How long a migration waits for a lock before it gives up; set on the connection.'),
    maxLockSeconds: z
      .number()
      .positive()
      .max(3600)
      .default(2)
      .describe('Seconds for which a statement may keep readers or writers out without asking.'),
    rules: z
      .record(z.string(), ruleActionSchema)
      .default({})
      .describe('What a rule does here, by its id, in place of what it would do by itself.'),
    snapshot: z
      .enum(['always', 'risky', 'never'])
      .default('risky')
      .describe('When the database is snapshotted before it is migrated.'),
    selfApproval: z
      .boolean()
      .default(true)
      .describe('Whether the person who started a deployment may approve it.'),
  })
  .describe('How migrations are judged and run.');
export type MigrationPolicy = z.infer<typeof migrationPolicySchema>;

export const agreementSchema = z.enum(['compatible', 'until-written', 'incompatible', 'unknown']);
export type Agreement = z.infer<typeof agreementSchema>;

const rank: Record<Severity, number> = { fine: 0, notice: 1, 'needs-approval': 2, blocked: 3 };
export const severityRank = (severity: Severity): number => rank[severity];

/** The heavier of two. */
export const heavier = (a: Severity, b: Severity): Severity => (rank[a] >= rank[b] ? a : b);

/** The verdict over findings; `none` only where nothing is pending. */
export function verdictOf(
  pending: number,
  findings: readonly { readonly severity: Severity }[],
): MigrationVerdict {
  const worst = findings.reduce<Severity>((sum, finding) => heavier(sum, finding.severity), 'fine');
  if (worst === 'blocked' || worst === 'needs-approval') return worst;
  return pending === 0 ? 'none' : 'safe';
}

/** Seconds of a policy's duration: "500ms" is 0.5. */
export function seconds(text: string): number {
  const match = /^(\d+)(ms|s|min)$/.exec(text);
  if (!match) throw new Error(`"${text}" is not a time such as "500ms", "5s" or "2min".`);
  return Number(match[1]) * { ms: 0.001, s: 1, min: 60 }[match[2] as 'ms' | 's' | 'min'];
}
