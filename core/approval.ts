/** The wait for a person's yes: whether there is one, what people are told of it, and which answer is one. */
import { z } from 'zod';
import { LockstepError } from './errors.ts';
import type { Outcome, StepRecord } from './journal.ts';
import type { MigrationResult } from './migration-result.ts';
import type { Plan } from './plan.ts';
import type { Deployment } from './request.ts';
import type { Step } from './steps.ts';

/** What is read of an entry of the journal. */
interface Went {
  readonly outcome?: Pick<Outcome, 'verdict'>;
  readonly steps: Partial<Record<Step, Pick<StepRecord, 'status'>>>;
}

/** What a person answers with, as it goes to Step Functions with the task's token. */
export const approvalSchema = z.object({
  approvedBy: z.string().min(1),
  reason: z.string().min(1),
  /** The consequences that are accepted, by name. */
  accepted: z.array(z.string()),
});
export type GivenApproval = z.infer<typeof approvalSchema>;

/** What an answer is held against. */
export interface ApprovalNeeded {
  readonly deploymentId: string;
  readonly environment: string;
  readonly requestedBy: string;
  readonly consequences: readonly string[];
  /** Whether the policy lets whoever started it approve it. */
  readonly selfApproval: boolean;
}

/**
 * Whether an answer is enough: the command and the console ask before they send it, the machine when it comes, for
 * whoever holds the token can send anything.
 * @throws LockstepError `ConsequencesNotAccepted`, `SelfApproval`
 */
export function demandApproval(
  needed: ApprovalNeeded,
  answer: Pick<GivenApproval, 'approvedBy' | 'accepted'>,
): void {
  const { deploymentId: id, consequences, environment } = needed;
  const missing = consequences.filter((consequence) => !answer.accepted.includes(consequence));
  if (missing.length > 0)
    throw new LockstepError('ConsequencesNotAccepted', {
      id,
      missing: missing.join(', '),
      accept: consequences.join(','),
    });
  if (!needed.selfApproval && answer.approvedBy === needed.requestedBy)
    throw new LockstepError('SelfApproval', { by: answer.approvedBy, environment });
}

/** Who approved, what was accepted, and why: the line that the journal keeps. */
export function approvalLine({ approvedBy, accepted, reason }: GivenApproval): string {
  return `approved by ${approvedBy}${accepted.length > 0 ? `, accepting ${accepted.join(', ')}` : ''}: “${reason}”`;
}

/** Who gave an answer, read back from its line; undefined where the line is none. */
export const approverIn = (line: string): string | undefined =>
  /^approved by (.+?)(?:, accepting [a-z, -]+)?: “/.exec(line)?.[1];

/**
 * Whether it waits for a person now, as far as the journal knows. Between the answer and its record the wait still stands
 * there as it was; what follows tells that it is over.
 */
export function isWaiting({ steps, outcome }: Went): boolean {
  const answered = steps.Snapshot ?? steps.Migrate ?? steps.UpdateService;
  return steps.AwaitApproval?.status === 'waiting' && !answered && !outcome;
}

export interface Message {
  readonly subject: string;
  readonly text: string;
  /** For subscriptions that filter. */
  readonly attributes: Readonly<Record<string, string>>;
}

export function approvalMessage(
  { id, service, environment, target }: Deployment,
  plan: Pick<Plan, 'commit' | 'subject'>,
  migration: Pick<MigrationResult, 'pending' | 'consequences' | 'findings'>,
  until: string,
): Message {
  const what = plan.commit?.slice(0, 7) ?? plan.subject;
  const accept = migration.consequences.length > 0 ? ` --accept ${migration.consequences.join(',')}` : '';
  return {
    subject: `${target}: ${what} waits for approval`,
    text: [
      `The deployment of ${what}${plan.subject ? ` "${plan.subject}"` : ''} to ${service} in ${environment} waits for a person.`,
      `Migrations: ${migration.pending.join(', ')}; ${migration.findings} findings.`,
      migration.consequences.length > 0
        ? `Consequences to accept: ${migration.consequences.join(', ')}.`
        : 'No consequences to accept.',
      '',
      `See them:  lockstep show ${id} --environment ${environment}`,
      `Approve:   lockstep approve ${id} --environment ${environment} --reason "…"${accept}`,
      `Reject:    lockstep reject ${id} --environment ${environment} --reason "…"`,
      '',
      `Without an answer until ${until} it counts as refused, and nothing is changed.`,
    ].join('\n'),
    attributes: { event: 'approval', service, environment },
  };
}
