/** The answer to a deployment that waits in `AwaitApproval`: it goes to Step Functions with the task token of the journal. */
import { SendTaskFailureCommand, SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { demandApproval, type GivenApproval, isWaiting } from '../core/approval.ts';
import { LockstepError } from '../core/errors.ts';
import type { JournalEntry } from '../core/journal.ts';
import { isNamed } from './errors.ts';
import { type EntryKey, type Journal, readEntry, requestCancel } from './journal.ts';

export interface Answer {
  readonly by: string;
  readonly reason: string;
}

/** Each consequence that applies has to be accepted by name. */
export async function approveDeployment(
  sfn: SFNClient,
  entry: JournalEntry,
  { by, reason, accept }: Answer & { readonly accept: readonly string[] },
): Promise<void> {
  const { taskToken, consequences } = waitOf(entry);
  const answer: GivenApproval = { approvedBy: by, reason, accepted: [...accept] };
  const selfApproval = entry.plan?.settings.migrations.selfApproval !== false;
  demandApproval({ ...entry, consequences, selfApproval }, answer);
  const output = JSON.stringify(answer);
  await answered(entry.deploymentId, sfn.send(new SendTaskSuccessCommand({ taskToken, output })));
}

export async function rejectDeployment(
  sfn: SFNClient,
  entry: JournalEntry,
  { by, reason }: Answer,
): Promise<void> {
  const { taskToken } = waitOf(entry);
  const cause = `${by} refused the migration: ${reason}`;
  await answered(
    entry.deploymentId,
    sfn.send(new SendTaskFailureCommand({ taskToken, error: 'ApprovalDenied', cause })),
  );
}

/**
 * Asks it to stop; its next poll sees it. One that waits for a person polls nothing: its wait is ended. The entry is read
 * after the wish is written, because a wait that begins meanwhile sees the wish by itself.
 */
export async function cancelDeployment(
  sfn: SFNClient,
  journal: Journal,
  key: EntryKey & Pick<JournalEntry, 'deploymentId'>,
  by: string,
): Promise<void> {
  const { deploymentId, target } = key;
  const asked = await requestCancel(journal, target, deploymentId, by);
  if (!asked) throw new LockstepError('NotRunning', { id: deploymentId });
  const entry = await readEntry(journal, key);
  if (!entry || !isWaiting(entry)) return;
  try {
    await rejectDeployment(sfn, entry, { by, reason: 'the deployment was cancelled' });
  } catch (error) {
    // Somebody has answered just now: the steps that follow look for the wish.
    if (!isNamed(error, 'NotWaiting')) throw error;
  }
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
