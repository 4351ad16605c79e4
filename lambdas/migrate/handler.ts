/** Migrate: runs `prisma migrate deploy` in exactly one task of the new image. Starts it once, then looks at it. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { connect, PATIENT } from '../../aws/clients.ts';
import { stopTask, taskId } from '../../aws/tasks.ts';
import { LockstepError } from '../../core/errors.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { pace } from '../../core/pace.ts';
import { planSchema } from '../../core/plan.ts';
import { releaseSchema } from '../../core/release.ts';
import { deploymentSchema } from '../../core/request.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { endOfTask } from './end.ts';
import { describeMigration, startMigration } from './task.ts';
import { watch } from './watch.ts';

/** A migration that takes longer is stopped: it holds locks, and nobody plans for an hour. */
const LIMIT_MINUTES = 60;

const work = z
  .object({
    taskDefinition: z.string(),
    /** Null between two tries. */
    task: z.string().nullable(),
    startedAt: z.string(),
    timedOut: z.boolean(),
    looks: z.int(),
    attempt: z.int(),
    retryAt: z.string(),
    rollBack: z.string(),
    waited: z.string(),
  })
  .partial();

export const handler = step({
  name: 'Migrate',
  input: z.strictObject({
    deployment: deploymentSchema,
    plan: planSchema,
    release: releaseSchema,
    migration: migrationResultSchema,
  }),
  output: z.strictObject({
    status: z.enum(['waiting', 'done', 'skipped']),
    waitSeconds: z.int(),
    summary: z.string(),
    migration: migrationResultSchema,
  }),
  clients: {
    journal: openJournal(),
    ecs: connect(ECSClient),
    lambda: connect(LambdaClient, PATIENT),
    logs: connect(CloudWatchLogsClient),
    s3: connect(S3Client),
  },
  // A task that runs is never cut short for a wish: half a migration is worse than a late cancellation.
  cancel: 'itself',
  async run({ deployment, plan, release, migration }, deps) {
    const { cluster } = plan.settings;
    const before = work.parse(deps.work);
    if (migration.pending.length === 0) {
      return {
        result: { status: 'skipped' as const, waitSeconds: 0, summary: 'nothing is pending', migration },
      };
    }
    if (!before.task && deps.cancelledBy) throw new LockstepError('Cancelled', { by: deps.cancelledBy });
    const waiting = (waitSeconds: number, summary: string, more = {}) => ({
      result: { status: 'waiting' as const, waitSeconds, summary, migration },
      work: more,
    });
    const pause = before.task || !before.retryAt ? 0 : (Date.parse(before.retryAt) - Date.now()) / 1000;
    if (pause > 0)
      return waiting(Math.ceil(pause), `did not get its lock; tried again in ${Math.ceil(pause)} s`);

    const startedAt = before.startedAt ?? new Date().toISOString();
    const task =
      before.task ?? (await startMigration(deployment, plan, { release, migration }, before, deps));
    await deps.keep({ task, startedAt }, `task ${taskId(task)}`);
    const seen = await describeMigration(cluster, task, deps);
    const seconds = (Date.now() - Date.parse(startedAt)) / 1000;
    if (seen && seen.lastStatus !== 'STOPPED') {
      if (seconds < LIMIT_MINUTES * 60) {
        const { summary, ...more } = await watch(seen, seconds, deployment.service, deps);
        return waiting(pace(seconds), summary, more);
      }
      await stopTask(deps.ecs, cluster, task, `Lockstep: longer than ${LIMIT_MINUTES} minutes`);
      return waiting(pace(seconds), 'it took too long and is being stopped', { timedOut: true });
    }
    const { manifestKey } = release;
    const of = { deployment, plan, migration, manifestKey, limitMinutes: LIMIT_MINUTES };
    const end = await endOfTask(seen, before, of, deps);
    if ('look' in end)
      return waiting(2, 'it has ended; its last words are not there yet', { looks: end.look });
    if ('retry' in end)
      return waiting(
        end.retry.seconds,
        'did not get its lock, and changed nothing',
        nextTry(before, end.retry),
      );
    const done = { ...migration, database: end.database };
    return {
      result: {
        status: 'done' as const,
        waitSeconds: 0,
        summary: migration.pending.join(', '),
        migration: done,
      },
      work: { database: end.database, migration: done },
    };
  },
});

/** The failed try is forgotten, but for its number and what it has left to be mended. */
function nextTry(
  { attempt = 0 }: z.infer<typeof work>,
  { seconds, rollBack }: { seconds: number; rollBack: string },
) {
  const retryAt = new Date(Date.now() + seconds * 1000).toISOString();
  return { task: null, looks: 0, attempt: attempt + 1, retryAt, rollBack };
}
