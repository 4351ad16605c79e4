/** The answer to a deployment that waits in `AwaitApproval`: it goes to Step Functions with the task token of the journal. */
import { SendTaskFailureCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { isNamed } from '../aws/errors.ts';
import { LockstepError } from '../core/errors.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Cloud } from './cloud.ts';

export interface Answer {
  readonly by: string;
  readonly reason: string;
}

/** Each consequence that applies has to be accepted by name. */
export async function approveDeployment(
  cloud: Cloud,
  entry: JournalEntry,
  { by, reason, accept }: Answer & { readonly accept: readonly string[] },
): Promise<void> {
  const { taskToken, consequences } = waitOf(entry);
  const missing = consequences.filter((consequence) => !accept.includes(consequence));
  const id = entry.deploymentId;
  if (missing.length > 0) {
    throw new LockstepError('ConsequencesNotAccepted', {
      id,
      missing: missing.join(', '),
      accept: consequences.join(','),
    });
  }
  if (entry.plan?.settings.migrations.selfApproval === false && by === entry.requestedBy) {
    throw new LockstepError('SelfApproval', { by, environment: entry.environment });
  }
  const output = JSON.stringify({ approvedBy: by, reason, accepted: accept, at: new Date().toISOString() });
  await answered(id, cloud.sfn.send(new SendTaskSuccessCommand({ taskToken, output })));
}

export async function rejectDeployment(
  cloud: Cloud,
  entry: JournalEntry,
  { by, reason }: Answer,
): Promise<void> {
  const { taskToken } = waitOf(entry);
  const cause = `${by} refused the migration: ${reason}`;
  await answered(
    entry.deploymentId,
    cloud.sfn.send(new SendTaskFailureCommand({ taskToken, error: 'ApprovalDenied', cause })),
  );
}

/** Whether it waits for a person now, as far as the journal knows. */
export function isWaiting(entry: JournalEntry): boolean {
  return entry.steps.AwaitApproval?.status === 'waiting' && !entry.outcome;
}

function waitOf(entry: JournalEntry): { taskToken: string; consequences: readonly string[] } {
  const work = entry.steps.AwaitApproval?.work;
  const taskToken = work?.['taskToken'];
  if (!isWaiting(entry) || typeof taskToken !== 'string')
    throw new LockstepError('NotWaiting', { id: entry.deploymentId });
  const consequences = work?.['consequences'];
  return { taskToken, consequences: Array.isArray(consequences) ? consequences.map(String) : [] };
}

/** Somebody else may have answered meanwhile, or the time is over: the token is then no longer known. */
async function answered(id: string, sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!isNamed(error, 'TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken')) throw error;
    throw new LockstepError('NotWaiting', { id }, [], { cause: error });
  }
}
