/** The last sentence of a deployment: which verdict, and what is running now. Pure; every row of the table is tested. */
import { type ErrorName, entryOf, isErrorName } from './errors.ts';
import type { Failure, JournalEntry, Outcome } from './journal.ts';
import type { Message } from './message.ts';
import type { Plan, Running } from './plan.ts';
import type { Release } from './release.ts';
import { VERDICTS, type Verdict } from './verdict.ts';

export interface Ending {
  readonly service: string;
  readonly environment: string;
  /** Null where `Plan` did not end. */
  readonly plan: Plan | null;
  readonly release: Release | null;
  /** Null where all went well. */
  readonly failure: Failure | null;
  /** What the service runs as the deployment ends, as observed by `Record`; null where it could not be observed. */
  readonly running: Running | null;
  /** Whether `Migrate` changed the database, failed after it may have, or did not run. */
  readonly database: 'unchanged' | 'migrated' | 'failed';
  /** Whether the service was updated by this deployment. */
  readonly released: boolean;
  /** Whether the rollback was verified healthy. */
  readonly rolledBack: boolean;
  /** Whether `UpdateService` found nothing to change. */
  readonly unchanged: boolean;
  readonly seconds: number;
}

export function outcomeOf(ending: Ending): Outcome {
  const verdict = verdictOf(ending);
  const { failure } = ending;
  return {
    verdict,
    sentence: `${headline(verdict, ending)} ${nowRunning(verdict, ending)}`,
    running: ending.running,
    reason: failure?.sentence ?? null,
    remedy: failure?.remedy || null,
  };
}

export function verdictOf(ending: Ending): Verdict {
  const { failure } = ending;
  if (!failure) return ending.unchanged ? 'unchanged' : 'succeeded';
  const name = isErrorName(failure.error) ? failure.error : 'Internal';
  if (ending.rolledBack) return name === 'Cancelled' ? 'cancelled' : 'rolled-back';
  if (name === 'Superseded') return 'superseded';
  if (ending.released || failure.step === 'Rollback') return 'needs-attention';
  // "Cancelled" is told with what has become of the database; it is what the person asked for.
  if (name === 'Cancelled' && ending.database !== 'failed') return 'cancelled';
  // The schema has moved and the code has not: no verdict that says "nothing was changed" would be true.
  if (ending.database === 'migrated') return 'needs-attention';
  if (ending.database === 'failed' || entryOf(name).verdict === 'migration-failed') return 'migration-failed';
  return beforeAnyChange(name, failure);
}

/** Until `Migrate` has started its task nothing outside of Lockstep has been changed, so even a bug of ours leaves all as it was. */
function beforeAnyChange(name: ErrorName, failure: Failure): Verdict {
  const verdict = entryOf(name).verdict ?? 'refused';
  if (failure.step === 'Build' && verdict !== 'cancelled' && verdict !== 'refused') return 'build-failed';
  if (verdict === 'needs-attention' || verdict === 'rolled-back')
    return name === 'LockLost' ? 'needs-attention' : 'refused';
  return verdict;
}

function headline(verdict: Verdict, ending: Ending): string {
  switch (verdict) {
    case 'succeeded':
      return ending.plan?.steps.release === false
        ? `Published ${ending.release?.tag ?? ''} (${ending.release?.digest.slice(0, 19) ?? ''}…) in ${duration(ending.seconds)}.`
        : `Succeeded in ${duration(ending.seconds)}.`;
    case 'migration-failed':
      return ending.database === 'failed'
        ? 'The migration failed; `lockstep migrations status` says what is in the database now.'
        : VERDICTS[verdict].sentence;
    case 'cancelled':
      return ending.database === 'migrated'
        ? 'Cancelled, after the schema was migrated.'
        : VERDICTS[verdict].sentence;
    case 'needs-attention':
      return ending.database === 'migrated' && !ending.released
        ? 'This needs a person: the schema was migrated, and the new code was not released.'
        : VERDICTS[verdict].sentence;
    default:
      return VERDICTS[verdict].sentence;
  }
}

function nowRunning(verdict: Verdict, ending: Ending): string {
  const where = `${ending.service} in ${ending.environment}`;
  const { running } = ending;
  if (!running) {
    return ending.plan && !ending.plan.running && !ending.released
      ? `${where} runs nothing yet.`
      : `What ${where} runs now could not be read; \`lockstep check --service ${ending.service}\` tells.`;
  }
  const name = `${running.commit?.slice(0, 7) ?? running.digest?.slice(0, 19) ?? running.image} (${running.revision})`;
  switch (verdict) {
    case 'succeeded':
      return ending.plan?.steps.release === false
        ? `${where} still runs ${name}.`
        : `${where} runs ${name}, healthy.`;
    case 'unchanged':
      return `${where} runs ${name} already.`;
    case 'rolled-back':
      return `${where} runs ${name} again, healthy.`;
    case 'cancelled':
      return ending.rolledBack ? `${where} runs ${name} again, healthy.` : `${where} still runs ${name}.`;
    case 'superseded':
    case 'needs-attention':
      return `${where} runs ${name}.`;
    default:
      return `${where} still runs ${name}.`;
  }
}

/** 307 → `5m 07s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
}

/** Why, what to do and what runs now, as one text: what the console shows of an execution that failed. */
export function causeOf({ reason, remedy, sentence }: Outcome): string {
  return [reason, remedy, sentence].filter(Boolean).join('\n');
}

/** What people are told when a deployment has ended. */
export function outcomeMessage(
  entry: Pick<
    JournalEntry,
    'deploymentId' | 'target' | 'service' | 'environment' | 'commit' | 'subject' | 'requestedBy'
  >,
  outcome: Outcome,
): Message {
  const { deploymentId, target, service, environment, commit, subject, requestedBy } = entry;
  const what = [commit?.slice(0, 7), subject && `"${subject}"`].filter(Boolean).join(' ');
  return {
    subject: `${target}: ${outcome.verdict}${commit ? ` ${commit.slice(0, 7)}` : ''}`,
    text: [
      outcome.sentence,
      '',
      ...(what ? [`Release   ${what}, asked for by ${requestedBy}`] : []),
      ...(outcome.reason ? [`Why       ${outcome.reason}`] : []),
      ...(outcome.remedy ? [`Do        ${outcome.remedy}`] : []),
      `See       lockstep show ${deploymentId} --environment ${environment}`,
    ].join('\n'),
    attributes: { event: 'outcome', verdict: outcome.verdict, service, environment },
  };
}
