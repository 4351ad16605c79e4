/** One look at the migration: its task is started where there is none, and what has become of it is told. */
import { z } from 'zod';
import { stopTask, taskId } from '../../aws/tasks.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import { pace } from '../../core/pace.ts';
import type { Plan } from '../../core/plan.ts';
import type { Release } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { type EndDeps, endOfTask } from './end.ts';
import { describeMigration, startMigration } from './task.ts';
import { watch } from './watch.ts';

/** A migration that takes longer is stopped: it holds locks, and nobody plans for an hour. */
const LIMIT_MINUTES = 60;

/** What earlier looks have left in the journal. */
export const workSchema = z
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
type Work = z.infer<typeof workSchema>;

export interface Migration {
  readonly deployment: Deployment;
  readonly plan: Plan;
  readonly release: Release;
  readonly migration: MigrationResult;
}

/** `wait`: seconds until the next look, and what to keep for it. Throws what failed. */
export type Look =
  | { readonly wait: number; readonly summary: string; readonly work?: Work }
  | { readonly database: 'migrated' };

export async function lookAt(what: Migration, before: Work, deps: EndDeps): Promise<Look> {
  const { deployment, plan, release } = what;
  const { cluster } = plan.settings;
  const pause = before.task || !before.retryAt ? 0 : (Date.parse(before.retryAt) - Date.now()) / 1000;
  if (pause > 0)
    return { wait: Math.ceil(pause), summary: `did not get its lock; tried again in ${Math.ceil(pause)} s` };

  const startedAt = before.startedAt ?? new Date().toISOString();
  const task = before.task ?? (await startMigration(deployment, plan, what, before, deps));
  await deps.keep({ task, startedAt }, `task ${taskId(task)}`);
  const seen = await describeMigration(cluster, task, deps);
  const seconds = (Date.now() - Date.parse(startedAt)) / 1000;
  if (seen && seen.lastStatus !== 'STOPPED') {
    if (seconds < LIMIT_MINUTES * 60) {
      const { summary, ...work } = await watch(seen, seconds, deployment.service, deps);
      return { wait: pace(seconds), summary, work };
    }
    await stopTask(deps.ecs, cluster, task, `Lockstep: longer than ${LIMIT_MINUTES} minutes`);
    const summary = 'it took too long and is being stopped';
    return { wait: pace(seconds), summary, work: { timedOut: true } };
  }
  const of = { ...what, manifestKey: release.manifestKey, limitMinutes: LIMIT_MINUTES };
  const end = await endOfTask(seen, before, of, deps);
  if ('look' in end)
    return { wait: 2, summary: 'it has ended; its last words are not there yet', work: { looks: end.look } };
  if ('retry' in end) {
    const { seconds: wait, rollBack } = end.retry;
    const summary = 'did not get its lock, and changed nothing';
    return { wait, summary, work: nextTry(before, wait, rollBack) };
  }
  return end;
}

/** The failed try is forgotten, but for its number and what it has left to be mended. */
function nextTry({ attempt = 0 }: Work, seconds: number, rollBack: string): Work {
  const retryAt = new Date(Date.now() + seconds * 1000).toISOString();
  return { task: null, looks: 0, attempt: attempt + 1, retryAt, rollBack };
}
