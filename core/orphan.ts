/** Deployments whose execution ended without a verdict, and where a recovery goes on with them. */
import type { z } from 'zod';
import { LockstepError } from './errors.ts';
import type { JournalEntry, LockItem, StepRecord } from './journal.ts';
import { type MigrationResult, migrationResultSchema } from './migration-result.ts';
import type { Deployment } from './request.ts';
import { type Rollout, rolloutSchema } from './rollout.ts';
import { STEPS, type Step } from './steps.ts';

/** Statuses of an execution that will still free its lock by itself. A redrive may be pending for a long time: it does not count. */
const ALIVE = ['RUNNING'];

export function isOrphan(executionStatus: string): boolean {
  return !ALIVE.includes(executionStatus);
}

/** The deployment that left the lock, from now on in the hands of the recovery `owner`. */
export function orphanOf(lock: LockItem, owner: string): Deployment {
  const [service = '', environment = ''] = lock.lockId.split('/');
  return {
    id: lock.deploymentId,
    target: lock.lockId,
    service,
    environment,
    startedAt: lock.startedAt,
    // The lock may be held by a recovery that died as well: that is the execution to take it from.
    executionArn: lock.owner,
    owner,
  };
}

/** Errors of a release that somebody else has replaced: as in the state machine, nothing is taken back then. */
const REPLACED: readonly string[] = ['Superseded', 'ServiceDeploymentGone'];

export type ResumeAt = Extract<Step, 'Migrate' | 'VerifyHealth' | 'Rollback'> | 'Record';

/**
 * A recovery finishes what was started and starts nothing new: a migration task that was started is watched to its
 * end, a release that was started is verified or taken back, and anything earlier has changed nothing.
 */
export function resumeAt(entry: JournalEntry): ResumeAt {
  const { steps } = entry;
  if (entry.outcome) return 'Record';
  if (steps.Rollback?.status === 'done') return 'VerifyHealth';
  // Whoever replaced our release is not to be rolled back.
  if (steps.VerifyHealth?.failure && REPLACED.includes(steps.VerifyHealth.failure.error)) return 'Record';
  if (steps.Rollback || steps.VerifyHealth?.status === 'failed') return 'Rollback';
  if (steps.VerifyHealth?.status === 'done') return 'Record';
  if (steps.VerifyHealth || steps.UpdateService?.status === 'done') return 'VerifyHealth';
  // It may have updated the service without living to say so: going back is right either way, and changes nothing
  // where the old release still runs. Before that it only waited, or was refused.
  if (steps.UpdateService?.work?.['startedAt']) return 'Rollback';
  // Between two tries, or before the first, there is no task to watch; and a recovery starts none.
  if (steps.Migrate?.status !== 'done' && typeof steps.Migrate?.work?.['task'] === 'string') return 'Migrate';
  return 'Record';
}

/** What the state machine calls a failure: the journal has the evidence. */
export interface CaughtFailure {
  readonly step: Step;
  readonly error: string;
  readonly cause: string;
}

export interface Resumed {
  readonly resumeAt: ResumeAt;
  readonly subject: 'release' | 'rollback';
  readonly failure: CaughtFailure | null;
  readonly migration: MigrationResult | null;
  readonly rollout: Rollout | null;
}

/**
 * The variables of the state machine as they stood when the execution ended, read from the journal. Without an entry
 * `Plan` had not written anything yet, and nothing was changed.
 */
export function resumed(entry: JournalEntry | undefined, executionStatus: string): Resumed {
  if (!entry) {
    const failure = interrupted({ steps: {} }, executionStatus);
    return { resumeAt: 'Record', subject: 'release', failure, migration: null, rollout: null };
  }
  const at = resumeAt(entry);
  const { steps } = entry;
  const subject = steps.Rollback?.status === 'done' ? 'rollback' : 'release';
  const stepFailure = failedStep(entry);
  // A release that is only being verified has not failed: if it turns out healthy, it has succeeded.
  const unharmed = at === 'VerifyHealth' && subject === 'release';
  const ended = at === 'Record' && steps.VerifyHealth?.status === 'done';
  return {
    resumeAt: at,
    subject,
    failure: unharmed || ended ? null : (stepFailure ?? interrupted(entry, executionStatus)),
    migration:
      workOf(steps.Migrate, 'migration', migrationResultSchema) ??
      workOf(steps.MigrateCheck, 'migration', migrationResultSchema),
    rollout:
      (subject === 'rollback' ? workOf(steps.Rollback, 'rollout', rolloutSchema) : null) ??
      workOf(steps.UpdateService, 'rollout', rolloutSchema),
  };
}

function failedStep({ steps }: JournalEntry): CaughtFailure | undefined {
  for (const step of STEPS) {
    const failure = steps[step]?.failure;
    if (failure) return { step, error: failure.error, cause: failure.sentence };
  }
  return undefined;
}

function interrupted({ steps }: Pick<JournalEntry, 'steps'>, status: string): CaughtFailure {
  const last = STEPS.findLast((step) => steps[step] !== undefined) ?? 'Plan';
  const { error, message } = new LockstepError('Interrupted', { status });
  return { step: last, error, cause: message };
}

function workOf<Schema extends z.ZodType>(
  record: StepRecord | undefined,
  key: string,
  schema: Schema,
): z.infer<Schema> | null {
  const parsed = schema.safeParse(record?.work?.[key]);
  return parsed.success ? parsed.data : null;
}
