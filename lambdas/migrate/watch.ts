/** What is told of a migration while it runs: what its task does, then what the database says it waits for or builds. */
import type { Task } from '@aws-sdk/client-ecs';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { taskId } from '../../aws/tasks.ts';
import { progressAnswerSchema } from '../../core/inspection.ts';
import { progressText, waitText } from '../../core/migration-progress.ts';
import { inspect } from '../inspection.ts';

/** A migration that is quick has nothing to tell. Less than the lock time-out, or a look falls behind the whole wait. */
const QUIET_SECONDS = 2;

/** `waited` is kept: should the lock never come, it says who had it. */
export async function watch(
  task: Task,
  seconds: number,
  service: string,
  deps: { readonly lambda: LambdaClient },
): Promise<{ summary: string; waited?: string }> {
  const summary = `${task.lastStatus}, task ${taskId(task.taskArn ?? '')}`;
  if (task.lastStatus !== 'RUNNING' || seconds < QUIET_SECONDS) return { summary };
  const progress = await inspect(deps.lambda, service, { want: 'progress' }, progressAnswerSchema);
  if (!progress.reachable) return { summary };
  const waited = waitText(progress);
  return { summary: progressText(progress) ?? summary, ...(waited ? { waited } : {}) };
}
