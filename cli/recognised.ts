/** What a service's tasks are known to suffer from, by how they ended and what they said. */
import type { Task } from '@aws-sdk/client-ecs';
import type { Clients } from '../aws/lazy-clients.ts';
import { lastLines, streamOf } from '../aws/logs.ts';
import type { ServiceSeen } from '../aws/running.ts';
import { taskSeen } from '../aws/tasks.ts';
import { type Checked, isWell } from '../core/check.ts';
import { type ErrorData, type ErrorName, LockstepError } from '../core/errors.ts';
import { explainStop, isOrderly } from '../core/health-failure.ts';
import { expectationOf, NOTHING_SEEN } from '../core/observation.ts';
import type { Settings } from '../core/plan.ts';
import { recogniseCrash } from '../core/recognise.ts';
import type { Cloud } from './cloud.ts';

const LOG_LINES = 100;
/** Tasks whose last words are read; more would say the same. */
const LOGS_READ = 2;

interface Looked {
  readonly tasks: readonly Task[];
  readonly seen: ServiceSeen;
  readonly answers: Pick<Checked, 'healthAnswer' | 'statusAnswer'>;
}

/** Looks only where something is wrong: at tasks that ended although they should run, or at those that answer badly. */
export async function recognisedIn(
  { cloud }: { readonly cloud: Pick<Cloud, 'environmentName'> },
  settings: Settings,
  { tasks, seen: { service, current }, answers }: Looked,
  clients: Clients,
): Promise<Checked['recognised']> {
  const short = (service.runningCount ?? 0) < (service.desiredCount ?? 0);
  const answersBadly = [answers.healthAnswer, answers.statusAnswer].some(
    (answer) => answer && !isWell(answer),
  );
  if (!short && !answersBadly) return null;
  const { environmentName: environment } = cloud;
  const container = current.definition.containerDefinitions?.find(({ name }) => name === settings.container);
  const wanted = tasks
    .filter(({ lastStatus }) => (lastStatus === 'STOPPED' ? short : answersBadly))
    .toSorted((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0))
    .slice(0, LOGS_READ);
  for (const task of wanted) {
    const stream = streamOf(container, task.taskArn ?? '');
    const lines = stream ? await lastLines(await clients.logs(), stream, LOG_LINES) : [];
    const found =
      task.lastStatus === 'STOPPED' ? stopOf(task, lines, settings, environment) : recogniseCrash(lines);
    if (!found) continue;
    const error = new LockstepError(found.error, { environment, ...found.data });
    return { error: found.error, sentence: error.message, remedy: error.remedy };
  }
  return null;
}

/** A task that was scaled in, or stopped by a person, says nothing. */
function stopOf(
  task: Task,
  log: readonly string[],
  settings: Settings,
  environment: string,
): { error: ErrorName; data: ErrorData } | undefined {
  const seen = taskSeen(task, settings.container, log);
  return isOrderly(seen)
    ? undefined
    : explainStop(seen, expectationOf(settings, environment, 'release'), NOTHING_SEEN, 1);
}
