/** How the migration task ended: well, or as which error, with the truth about the database beside it. */
import type { Task } from '@aws-sdk/client-ecs';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { LockstepError } from '../../core/errors.ts';
import { migrationFailure, type TaskEnd } from '../../core/migration-failure.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import type { Plan } from '../../core/plan.ts';
import type { Deployment } from '../../core/request.ts';
import { type MigrateClients, readMigrationLog } from './task.ts';
import { databaseTruth } from './truth.ts';

/** Lines reach CloudWatch some seconds after the task has stopped; what they say is what a person needs. */
const LOOKS_FOR_LOG = 3;

interface Deps extends MigrateClients {
  readonly lambda: LambdaClient;
  keep(work: Readonly<Record<string, unknown>>, summary: string): Promise<void>;
}

interface Circumstances {
  readonly deployment: Deployment;
  readonly plan: Plan;
  readonly migration: MigrationResult;
  readonly limitMinutes: number;
}

/** `look`: the end is known, but not yet why. Throws the error of a migration that failed. */
export async function endOfTask(
  task: Task | undefined,
  { timedOut, looks = 0 }: { readonly timedOut?: boolean | undefined; readonly looks?: number | undefined },
  { deployment, plan, migration, limitMinutes }: Circumstances,
  deps: Deps,
): Promise<{ readonly database: 'migrated' } | { readonly look: number }> {
  const { settings } = plan;
  const end = endOf(task, settings.container);
  if (end.exitCode === 0) return { database: 'migrated' };
  const log = task && end.exitCode !== null ? await readMigrationLog(task, settings.container, deps) : [];
  if (log.length === 0 && end.exitCode !== null && looks < LOOKS_FOR_LOG) return { look: looks + 1 };

  const never = end.exitCode === null && task !== undefined && !timedOut;
  const { database, lines } = never
    ? { database: 'unchanged' as const, lines: ['in the database now: what was there before'] }
    : await databaseTruth(deployment.service, migration.pending, deps);
  // Nobody saw the task end, but the database has all of it: that is an end as good as any.
  if (!task && database === 'migrated') return { database };
  await deps.keep({ database, migration: { ...migration, database } }, 'ended');
  const failure = timedOut
    ? new LockstepError('MigrationTimedOut', { minutes: limitMinutes }, log)
    : migrationFailure(end, log, settings.migrations.lockTimeout);
  throw new LockstepError(failure.error, failure.data, [...failure.evidence, ...lines]);
}

/** ECS forgets a stopped task after an hour; what is then not known of its end is not made up. */
function endOf(task: Task | undefined, name: string): TaskEnd {
  if (!task)
    return {
      exitCode: 'unknown',
      stopCode: null,
      stoppedReason: 'ECS no longer knows the task',
      containerReason: null,
    };
  const container = task.containers?.find((one) => one.name === name);
  return {
    exitCode: container?.exitCode ?? null,
    stopCode: task.stopCode ?? null,
    stoppedReason: task
      ? (task.stoppedReason ?? null)
      : 'ECS no longer knows the task, an hour after its end',
    containerReason: container?.reason ?? null,
  };
}
