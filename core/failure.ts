/** Why a deployment failed: what Step Functions caught, together with what the journal has of it. */
import { z } from 'zod';
import { ERRORS, type ErrorName, fill, isErrorName } from './errors.ts';
import { boundedEvidence, type Failure, type JournalEntry } from './journal.ts';
import { STEPS, type Step } from './steps.ts';

/** What the state machine's variable `failure` holds. */
export const failedStepSchema = z.strictObject({
  step: z.enum(STEPS),
  error: z.string(),
  cause: z.string(),
});

export type FailedStep = z.infer<typeof failedStepSchema>;

/**
 * The whole failure. The journal's own is better than what passed through the state machine: it has the remedy with
 * its data and the evidence. It counts where it is of the same error, and not of an attempt that was retried since.
 */
export function failureOfStep(
  caught: FailedStep,
  entry: Pick<JournalEntry, 'steps'>,
  key: keyof JournalEntry['steps'],
): Failure {
  const kept = entry.steps[key]?.failure;
  return kept && kept.error === caught.error ? kept : failureFrom(caught.step, caught.error, caught.cause);
}

/** A release that failed and could not be taken back: both are told, and what to do about the second. */
export function withRollback(failure: Failure, rollback: Failure, revision: string): Failure {
  const sentence =
    rollback.step === 'Rollback'
      ? rollback.sentence
      : fill(ERRORS.RollbackFailed.sentence, { revision, detail: rollback.sentence });
  return {
    step: rollback.step,
    error: rollback.step === 'Rollback' ? rollback.error : 'RollbackFailed',
    sentence: `${failure.sentence} ${sentence}`,
    remedy: rollback.step === 'Rollback' ? rollback.remedy : ERRORS.RollbackFailed.remedy,
    evidence: boundedEvidence([...failure.evidence, ...rollback.evidence]),
  };
}

/** The error that Step Functions reports, in the words of the table. */
export function failureFrom(step: Step, error: string, cause: string): Failure {
  if (error === 'States.Timeout') return ofTable(step, 'StepTimedOut', { step });
  const { sentence, remedy } = parseCause(cause);
  if (!isErrorName(error)) {
    return ofTable(step, 'Internal', { step, detail: sentence ? `${error}: ${sentence}` : error });
  }
  const table = ofTable(step, error, {});
  return { ...table, sentence: sentence || table.sentence, remedy: remedy ?? table.remedy };
}

function ofTable(step: Step, error: ErrorName, data: Record<string, string>): Failure {
  const { sentence, remedy } = ERRORS[error];
  return { step, error, sentence: fill(sentence, data), remedy: fill(remedy, data), evidence: [] };
}

/** A Lambda's error arrives as JSON text in `Cause`, its message being sentence and remedy; other causes are plain text. */
function parseCause(cause: string): { sentence: string; remedy?: string } {
  const [sentence = '', ...remedy] = messageOf(cause).split('\n');
  return { sentence, ...(remedy.length > 0 ? { remedy: remedy.join('\n') } : {}) };
}

function messageOf(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}
