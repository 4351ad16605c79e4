/** The wait for a person's yes: whether there is one, and what people are told of it. */
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

/**
 * Whether it waits for a person now, as far as the journal knows. The record of the wait stays as it was written when the
 * answer comes: what follows tells that it came.
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
