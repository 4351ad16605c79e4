/** How the migration task ended: well, or as which error, with the truth about the database beside it. */
import type { Task } from '@aws-sdk/client-ecs';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { LockstepError } from '../../core/errors.ts';
import { migrationFailure, type TaskEnd } from '../../core/migration-failure.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import { retryAfterLock } from '../../core/migration-retry.ts';
import type { Plan } from '../../core/plan.ts';
import type { Deployment } from '../../core/request.ts';
import { type MigrateClients, readMigrationLog } from './task.ts';
import { databaseTruth } from './truth.ts';

/** Lines reach CloudWatch some seconds after the task has stopped; what they say is what a person needs. */
const LOOKS_FOR_LOG = 3;

export interface EndDeps extends MigrateClients {
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  keep(work: Readonly<Record<string, unknown>>, summary: string): Promise<void>;
}

/** What earlier looks at the task have left. */
interface Before {
  readonly timedOut?: boolean | undefined;
  readonly looks?: number | undefined;
  readonly attempt?: number | undefined;
  /** Whom it was last seen waiting for. */
  readonly waited?: string | undefined;
}

interface Circumstances {
  readonly deployment: Deployment;
  readonly plan: Plan;
  readonly migration: MigrationResult;
  /** Where what the release's migrations say is kept. */
  readonly manifestKey: string | null;
  readonly limitMinutes: number;
}

/** `look`: why it ended is not known yet. `retry`: it changed nothing and may be tried once more. Throws what failed. */
export type End =
  | { readonly database: 'migrated' }
  | { readonly look: number }
  | { readonly retry: { readonly seconds: number; readonly rollBack: string } };

export async function endOfTask(
  task: Task | undefined,
  { timedOut, looks = 0, attempt = 0, waited }: Before,
  { deployment, plan, migration, manifestKey, limitMinutes }: Circumstances,
  deps: EndDeps,
): Promise<End> {
  const { settings } = plan;
  const end = endOf(task, settings.container);
  if (end.exitCode === 0) return { database: 'migrated' };
  const log = task && end.exitCode !== null ? await readMigrationLog(task, settings.container, deps) : [];
  if (log.length === 0 && end.exitCode !== null && looks < LOOKS_FOR_LOG) return { look: looks + 1 };

  const never = end.exitCode === null && task !== undefined && !timedOut;
  const { database, states, lines } = never
    ? { database: 'unchanged' as const, states: [], lines: ['in the database now: what was there before'] }
    : await databaseTruth({ deployment, pending: migration.pending, manifestKey }, deps);
  // Nobody saw the task end, but the database has all of it: that is an end as good as any.
  if (!task && database === 'migrated') return { database };
  const failure = timedOut
    ? new LockstepError('MigrationTimedOut', { minutes: limitMinutes }, log)
    : migrationFailure(end, log, settings.migrations.lockTimeout);
  const retry =
    failure.error === 'MigrationLockTimeout' ? retryAfterLock(attempt, states, migration) : undefined;
  if (retry) return { retry };
  await deps.keep({ database, migration: { ...migration, database } }, 'ended');
  const evidence = [...failure.evidence, ...(waited ? [`it ${waited}`] : []), ...lines];
  throw new LockstepError(failure.error, failure.data, evidence);
}

/** ECS forgets a stopped task after an hour; what is then not known of its end is not made up. */
function endOf(task: Task | undefined, name: string): TaskEnd {
  if (!task) {
    const stoppedReason = 'ECS no longer knows the task, an hour after its end';
    return { exitCode: 'unknown', stopCode: null, stoppedReason, containerReason: null };
  }
  const container = task.containers?.find((one) => one.name === name);
  return {
    exitCode: container?.exitCode ?? null,
    stopCode: task.stopCode ?? null,
    stoppedReason: task.stoppedReason ?? null,
    containerReason: container?.reason ?? null,
  };
}
