/**
 * The judgement of a release's health. `VerifyHealth` observes once and asks here; nothing in this file knows AWS, a
 * clock or a network. What it must remember from one observation to the next goes out and comes back as `Memory`.
 *
 * Success is never "services stable", which is green after a rollback too: it is *our* service deployment, ended as
 * SUCCESSFUL on *our* task definition, with every new task healthy for as long as the bake time says.
 */
import { ERRORS, fill } from './errors.ts';
import { notAsked } from './front-door.ts';
import {
  answerText,
  badAnswer,
  deadline,
  deploymentFailure,
  endOf,
  evidenceOr,
  explainStop,
  type HealthFailure,
  isBad,
  isOrderly,
} from './health-failure.ts';
import type { Expectation, Memory, Observation } from './observation.ts';
import { pace } from './pace.ts';

export type Health =
  | {
      readonly is: 'healthy';
      /** False where nothing ran that could show it: the desired count is 0. */
      readonly proven: boolean;
      readonly summary: string;
      readonly memory: Memory;
    }
  | { readonly is: 'waiting'; readonly seconds: number; readonly summary: string; readonly memory: Memory }
  | {
      readonly is: 'failed';
      readonly failure: HealthFailure;
      readonly summary: string;
      readonly memory: Memory;
    };

/** The same end twice is enough; ECS's own counter forgets and may loop for hours. */
const SAME_END_LIMIT = 2;
/** One bad answer may be a task that is just leaving; this many in a row are the release. */
const BAD_ANSWER_LIMIT = 3;

export function judgeHealth(seen: Observation, expected: Expectation, before: Memory): Health {
  const memory = remember(seen, before);
  const fail = (failure: HealthFailure): Health => ({
    is: 'failed',
    failure,
    summary: summaryOf(failure),
    memory,
  });

  const deployment = deploymentFailure(seen);
  if (deployment) return fail(evidenceOr(deployment, seen, expected, memory));
  const repeated = repeatedEnd(seen, expected, memory);
  if (repeated) return fail(repeated);
  if (seen.alarms.length > 0)
    return fail({ error: 'AlarmDuringBake', data: { alarms: seen.alarms.join(', ') }, evidence: [] });
  if (memory.badAnswers >= BAD_ANSWER_LIMIT) return fail(badAnswer(seen, expected));

  const missing = notYet(seen);
  if (missing) {
    if (seen.elapsed >= expected.deadlineSeconds) return fail(deadline(seen, expected, memory, missing));
    return {
      is: 'waiting',
      seconds: pace(seen.elapsed),
      summary: missing,
      memory: { ...memory, healthySince: null },
    };
  }
  return bake(seen, expected, memory);
}

/** All new tasks serve; now they must go on doing so, and ECS must have ended our deployment as SUCCESSFUL. */
function bake(seen: Observation, expected: Expectation, memory: Memory): Health {
  const healthySince = memory.healthySince ?? seen.elapsed;
  const baked = seen.elapsed - healthySince;
  const next = { ...memory, healthySince };
  const done = seen.deployment?.status === 'SUCCESSFUL';
  if (done && baked >= expected.bakeSeconds) {
    const unproven = seen.desired === 0;
    const summary = unproven
      ? 'desired count is 0: deployed, unverified'
      : `${seen.desired} of ${seen.desired} healthy${answered(seen, expected)}`;
    return { is: 'healthy', proven: !unproven, summary, memory: next };
  }
  if (seen.elapsed >= expected.deadlineSeconds + expected.bakeSeconds && !done) {
    return {
      is: 'failed',
      failure: deadline(seen, expected, next, 'ECS has not ended the deployment'),
      summary: 'too slow',
      memory: next,
    };
  }
  const left = expected.bakeSeconds - baked;
  const why =
    left > 0 ? `bake ${Math.round(baked)} s of ${expected.bakeSeconds} s` : 'old tasks are draining';
  return {
    is: 'waiting',
    seconds: left > 0 ? Math.max(1, Math.min(pace(seen.elapsed), Math.ceil(left))) : pace(seen.elapsed),
    summary: `${seen.desired} of ${seen.desired} new tasks healthy; ${why}`,
    memory: next,
  };
}

/** What is still missing before every new task serves, in words; undefined when nothing is. */
function notYet(seen: Observation): string | undefined {
  if (!seen.deployment) return 'ECS does not list the service deployment yet';
  const running = seen.tasks.filter((task) => task.lastStatus === 'RUNNING');
  if (running.length < seen.desired)
    return `${running.length} of ${seen.desired} new tasks run${stoppedNote(seen)}`;
  const checked = running.filter((task) => task.healthStatus !== 'UNKNOWN');
  const healthy = checked.filter((task) => task.healthStatus === 'HEALTHY');
  if (healthy.length < checked.length)
    return `${healthy.length} of ${seen.desired} new tasks pass the container health check`;
  if (seen.targets) {
    const serving = running.filter((task) =>
      seen.targets?.some((target) => target.address === task.address && target.state === 'healthy'),
    );
    if (serving.length < seen.desired)
      return `${serving.length} of ${seen.desired} new tasks healthy in the load balancer${targetNote(seen)}`;
  }
  if (seen.desired > 0 && isBad(seen.health)) return `GET ${seen.health.path} → ${answerText(seen.health)}`;
  if (seen.desired > 0 && isBad(seen.status)) return `GET ${seen.status.path} → ${answerText(seen.status)}`;
  return undefined;
}

function remember(seen: Observation, before: Memory): Memory {
  const stopped = { ...before.stopped };
  for (const task of seen.tasks) {
    if (task.lastStatus === 'STOPPED' && !isOrderly(task)) stopped[task.arn] = endOf(task);
  }
  // While old tasks still serve, an answer says nothing about the new ones.
  const newServe = seen.deployment !== null && seen.desired > 0 && onlyNewServe(seen);
  const bad = newServe && (isBad(seen.health) || isBad(seen.status));
  const addresses = new Set(seen.tasks.map((task) => task.address));
  const unhealthy = seen.targets?.find(
    (target) => target.state === 'unhealthy' && addresses.has(target.address),
  );
  return {
    healthySince: before.healthySince,
    badAnswers: bad ? before.badAnswers + 1 : 0,
    badTarget: unhealthy?.description ?? before.badTarget,
    stopped,
  };
}

function onlyNewServe(seen: Observation): boolean {
  const addresses = new Set(
    seen.tasks.filter((task) => task.lastStatus === 'RUNNING').map((task) => task.address),
  );
  if (!seen.targets) return seen.deployment?.status === 'SUCCESSFUL';
  const serving = seen.targets.filter((target) => target.state === 'healthy');
  return serving.length > 0 && serving.every((target) => addresses.has(target.address));
}

function repeatedEnd(seen: Observation, expected: Expectation, memory: Memory): HealthFailure | undefined {
  const counts = new Map<string, number>();
  for (const end of Object.values(memory.stopped)) counts.set(end, (counts.get(end) ?? 0) + 1);
  for (const [end, count] of counts) {
    if (count < SAME_END_LIMIT) continue;
    const task = seen.tasks.findLast(
      (candidate) => candidate.lastStatus === 'STOPPED' && endOf(candidate) === end,
    );
    if (task) return explainStop(task, expected, memory, count);
  }
  return undefined;
}

function answered({ health, closed }: Observation, { healthPath }: Expectation): string {
  if (health) return `; GET ${health.path} ${health.status} in ${Math.round(health.milliseconds)} ms`;
  return closed ? `; ${notAsked(closed, healthPath)}` : '';
}

function stoppedNote(seen: Observation): string {
  const ended = seen.tasks.findLast((task) => task.lastStatus === 'STOPPED' && !isOrderly(task));
  return ended
    ? `; one stopped: ${ended.containerReason ?? ended.stoppedReason ?? ended.stopCode}, exit code ${ended.exitCode ?? 'none'}`
    : '';
}

function targetNote(seen: Observation): string {
  const bad = seen.targets?.find((target) => target.state === 'unhealthy');
  return bad?.description ? `; ${bad.description}` : '';
}

/** The failure in the words of the table: the line that a person reads first. */
function summaryOf({ error, data }: HealthFailure): string {
  return fill(ERRORS[error].sentence, data);
}
