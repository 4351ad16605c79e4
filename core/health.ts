/**
 * The judgement of a release's health. `VerifyHealth` observes once and asks here; nothing in this file knows AWS, a
 * clock or a network. What it must remember from one observation to the next goes out and comes back as `Memory`.
 *
 * Success is never "services stable", which is green after a rollback too: it is *our* service deployment, ended as
 * SUCCESSFUL on *our* task definition, with every new task healthy for as long as the bake time says.
 */
import type { ErrorData, ErrorName } from './errors.ts';
import { pace } from './pace.ts';
import { recogniseCrash } from './recognise.ts';

export interface TaskSeen {
  readonly arn: string;
  /** PROVISIONING … RUNNING … STOPPED. */
  readonly lastStatus: string;
  /** HEALTHY, UNHEALTHY, UNKNOWN: the containers' health check. */
  readonly healthStatus: string;
  /** The task's own address, as the load balancer knows it. */
  readonly address: string | null;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  /** Exit code of the service's container; null where it never started. */
  readonly exitCode: number | null;
  readonly containerReason: string | null;
  /** Last lines of the container's log, oldest first; read for stopped tasks only. */
  readonly log: readonly string[];
}

export interface TargetSeen {
  readonly address: string;
  /** initial, healthy, unhealthy, draining, unused. */
  readonly state: string;
  readonly description: string | null;
}

/** What an HTTP GET gave: a status and the beginning of the body, or why there was no answer. */
export interface Answer {
  readonly path: string;
  readonly status: number | null;
  readonly body: string;
  readonly problem: string | null;
  readonly milliseconds: number;
}

export interface Observation {
  /** Seconds since the release was started. */
  readonly elapsed: number;
  /** The task definition that should come to run. */
  readonly taskDefinition: string;
  /** Our service deployment; null while ECS does not list it. */
  readonly deployment: {
    readonly arn: string;
    readonly status: string;
    readonly statusReason: string | null;
    readonly taskDefinition: string | null;
    readonly triggeredAlarms: readonly string[];
  } | null;
  /** The deployment that the service is in now; null when none is under way. */
  readonly currentDeployment: string | null;
  readonly desired: number;
  /** Tasks of our task definition that this deployment started. */
  readonly tasks: readonly TaskSeen[];
  /** Null where the service has no load balancer. */
  readonly targets: readonly TargetSeen[] | null;
  readonly health: Answer | null;
  readonly status: Answer | null;
  readonly alarms: readonly string[];
}

export interface Expectation {
  readonly environment: string;
  readonly port: number;
  readonly memory: number;
  readonly bakeSeconds: number;
  readonly deadlineSeconds: number;
  readonly healthPath: string;
}

/** What has to be remembered between observations. */
export interface Memory {
  /** Elapsed seconds at which everything was first seen healthy without a break since. */
  readonly healthySince: number | null;
  /** Observations in a row whose endpoint answered badly although the new tasks serve. */
  readonly badAnswers: number;
  /** Stopped tasks seen so far, by ARN: ECS forgets them after an hour. */
  readonly stopped: Readonly<Record<string, string>>;
}

export const NOTHING_SEEN: Memory = { healthySince: null, badAnswers: 0, stopped: {} };

export interface HealthFailure {
  readonly error: ErrorName;
  readonly data: ErrorData;
  readonly evidence: readonly string[];
}

export type Health =
  | { readonly is: 'healthy'; readonly summary: string; readonly memory: Memory }
  | { readonly is: 'waiting'; readonly seconds: number; readonly summary: string; readonly memory: Memory }
  | {
      readonly is: 'failed';
      readonly failure: HealthFailure;
      readonly summary: string;
      readonly memory: Memory;
    };

/** ECS may not list a service deployment for some seconds after UpdateService. */
const LISTED_WITHIN_SECONDS = 120;
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
  if (deployment) return fail(evidenceOr(deployment, seen, expected));
  const repeated = repeatedEnd(seen, expected, memory);
  if (repeated) return fail(repeated);
  if (seen.alarms.length > 0)
    return fail({ error: 'AlarmDuringBake', data: { alarms: seen.alarms.join(', ') }, evidence: [] });
  if (memory.badAnswers >= BAD_ANSWER_LIMIT) return fail(badAnswer(seen));

  const missing = notYet(seen);
  if (missing) {
    if (seen.elapsed >= expected.deadlineSeconds) return fail(deadline(seen, expected, missing));
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
      : `${seen.desired} of ${seen.desired} healthy${answered(seen)}`;
    return { is: 'healthy', summary, memory: next };
  }
  if (seen.elapsed >= expected.deadlineSeconds + expected.bakeSeconds && !done) {
    return {
      is: 'failed',
      failure: deadline(seen, expected, 'ECS has not ended the deployment'),
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
  return { healthySince: before.healthySince, badAnswers: bad ? before.badAnswers + 1 : 0, stopped };
}

function onlyNewServe(seen: Observation): boolean {
  const addresses = new Set(
    seen.tasks.filter((task) => task.lastStatus === 'RUNNING').map((task) => task.address),
  );
  if (!seen.targets) return seen.deployment?.status === 'SUCCESSFUL';
  const serving = seen.targets.filter((target) => target.state === 'healthy');
  return serving.length > 0 && serving.every((target) => addresses.has(target.address));
}

/** Stops that say nothing about the release: scaling in, a deployment that ended, a person. */
function isOrderly(task: TaskSeen): boolean {
  return (
    (task.stopCode === 'ServiceSchedulerInitiated' &&
      !/failed (ELB|container) health checks/i.test(task.stoppedReason ?? '')) ||
    task.stopCode === 'UserInitiated' ||
    task.stopCode === 'SpotInterruption'
  );
}

/** Two tasks that end alike have the same text: same stop code, same exit code, same kind of reason. */
function endOf(task: TaskSeen): string {
  const kind = (task.stoppedReason ?? '').split(/[:(]/)[0]?.trim() ?? '';
  return `${task.stopCode ?? ''}|${task.exitCode ?? ''}|${kind}`;
}

function repeatedEnd(seen: Observation, expected: Expectation, memory: Memory): HealthFailure | undefined {
  const counts = new Map<string, number>();
  for (const end of Object.values(memory.stopped)) counts.set(end, (counts.get(end) ?? 0) + 1);
  for (const [end, count] of counts) {
    if (count < SAME_END_LIMIT) continue;
    const task = seen.tasks.findLast(
      (candidate) => candidate.lastStatus === 'STOPPED' && endOf(candidate) === end,
    );
    if (task) return explainStop(task, seen, expected, count);
  }
  return undefined;
}

function deploymentFailure(seen: Observation): HealthFailure | undefined {
  const { deployment } = seen;
  const other = seen.currentDeployment;
  if (!deployment) {
    if (seen.elapsed < LISTED_WITHIN_SECONDS) return undefined;
    return other
      ? { error: 'Superseded', data: { other }, evidence: [] }
      : { error: 'ServiceDeploymentGone', data: { arn: '' }, evidence: [] };
  }
  if (deployment.taskDefinition && deployment.taskDefinition !== seen.taskDefinition) {
    return { error: 'Superseded', data: { other: deployment.taskDefinition }, evidence: [] };
  }
  const reason = deployment.statusReason ?? '';
  if (deployment.status === 'STOPPED' || deployment.status === 'STOP_REQUESTED') {
    if (other && other !== deployment.arn)
      return { error: 'Superseded', data: { other }, evidence: [reason] };
    return {
      error: 'CircuitBreaker',
      data: { detail: reason || 'the service deployment was stopped' },
      evidence: [],
    };
  }
  if (deployment.status.startsWith('ROLLBACK_')) {
    if (deployment.triggeredAlarms.length > 0) {
      return {
        error: 'AlarmDuringBake',
        data: { alarms: deployment.triggeredAlarms.join(', ') },
        evidence: [reason],
      };
    }
    return { error: 'CircuitBreaker', data: { detail: reason }, evidence: [] };
  }
  return undefined;
}

/** ECS says that it gave up; the stopped tasks say why, which is what a person needs. */
function evidenceOr(failure: HealthFailure, seen: Observation, expected: Expectation): HealthFailure {
  if (failure.error !== 'CircuitBreaker') return failure;
  const task = seen.tasks.findLast(
    (candidate) => candidate.lastStatus === 'STOPPED' && !isOrderly(candidate),
  );
  if (!task) return failure;
  const why = explainStop(task, seen, expected, 1);
  return { ...why, evidence: [...why.evidence, String(failure.data['detail'] ?? '')].filter(Boolean) };
}

/** Why a task stopped, from its stop code, its reason, its exit code and its last words. */
export function explainStop(
  task: TaskSeen,
  seen: Pick<Observation, 'targets' | 'health'>,
  expected: Expectation,
  count: number,
): HealthFailure {
  const reason = [task.stoppedReason, task.containerReason].filter(Boolean).join('; ');
  const evidence = [
    `stopped: ${task.stopCode ?? 'no stop code'}, ${reason || 'no reason'}`,
    `exit code: ${task.exitCode ?? 'none (never started)'}`,
    ...task.log,
  ];
  const failure = (error: ErrorName, data: ErrorData): HealthFailure => ({
    error,
    data: { environment: expected.environment, ...data },
    evidence,
  });

  if (/CannotPull/.test(reason)) return failure('ImagePullFailed', { detail: reason });
  if (/ResourceInitializationError/.test(reason)) return failure('SecretUnavailable', { detail: reason });
  if (/OutOfMemory/.test(reason)) return failure('OutOfMemory', { memory: expected.memory });
  if (/ELB health checks/i.test(reason)) return unhealthyTarget(task, seen, expected, evidence);
  if (/container health checks/i.test(reason)) {
    return recogniseListening(seen.targets, expected, evidence) ?? failure('ContainerUnhealthy', {});
  }
  if (task.exitCode === null) return failure('TaskNotStarted', { detail: reason || 'no reason given' });
  const crash = recogniseCrash(task.log);
  if (crash) return failure(crash.error, crash.data);
  return failure('TaskCrashed', { exitCode: task.exitCode, repeats: count > 1 ? ` (${count} times)` : '' });
}

function unhealthyTarget(
  task: TaskSeen,
  seen: Pick<Observation, 'targets' | 'health'>,
  expected: Expectation,
  evidence: readonly string[],
): HealthFailure {
  const target =
    seen.targets?.find((candidate) => candidate.address === task.address) ??
    seen.targets?.find((candidate) => candidate.state === 'unhealthy');
  const description = target?.description ?? task.stoppedReason ?? '';
  const status = /\[(\d{3})\]/.exec(description)?.[1];
  if (status)
    return {
      error: 'HealthEndpointFailed',
      data: { path: expected.healthPath, answer: status },
      evidence: [description, ...evidence],
    };
  return (
    recogniseListening(seen.targets, expected, evidence) ?? {
      error: 'TargetsUnhealthy',
      data: { detail: description },
      evidence,
    }
  );
}

/** A target that refuses or does not answer belongs to an app that does not listen where it should. */
function recogniseListening(
  targets: Observation['targets'],
  expected: Expectation,
  evidence: readonly string[],
): HealthFailure | undefined {
  const silent = targets?.find(
    (target) =>
      target.state === 'unhealthy' &&
      /timed out|timeout|refused|Health checks failed$/i.test(target.description ?? ''),
  );
  return (
    silent && {
      error: 'NeverListened',
      data: { port: expected.port, environment: expected.environment, detail: '' },
      evidence: [silent.description ?? '', ...evidence],
    }
  );
}

function badAnswer(seen: Observation): HealthFailure {
  const health = isBad(seen.health);
  const answer = health ? seen.health : seen.status;
  return {
    error: health ? 'HealthEndpointFailed' : 'StatusEndpointFailed',
    data: { path: answer?.path ?? '', answer: answer ? answerText(answer) : '' },
    evidence: [],
  };
}

function deadline(seen: Observation, expected: Expectation, missing: string): HealthFailure {
  const stopped = seen.tasks.findLast((task) => task.lastStatus === 'STOPPED' && !isOrderly(task));
  if (stopped) return explainStop(stopped, seen, expected, 1);
  const silent = recogniseListening(seen.targets, expected, []);
  if (silent) return silent;
  return {
    error: 'HealthDeadline',
    data: { seconds: expected.deadlineSeconds, detail: missing },
    evidence: [],
  };
}

/** Bad is an answer that is there and wrong, or none at all; a path that is not asked is neither. */
function isBad(answer: Answer | null): answer is Answer {
  if (!answer) return false;
  if (answer.status !== 200) return true;
  const status = /"status"\s*:\s*"([^"]*)"/.exec(answer.body)?.[1];
  return (
    status !== undefined && !['healthy', 'ok', 'up', 'pass', 'operational'].includes(status.toLowerCase())
  );
}

export function answerText(answer: Answer): string {
  if (answer.status === null) return answer.problem ?? 'no answer';
  const body = answer.body.replace(/\s+/g, ' ').slice(0, 120);
  return body ? `${answer.status} ${body}` : String(answer.status);
}

function answered(seen: Observation): string {
  return seen.health
    ? `; GET ${seen.health.path} ${seen.health.status} in ${Math.round(seen.health.milliseconds)} ms`
    : '';
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

function summaryOf(failure: HealthFailure): string {
  const detail =
    failure.data['detail'] ??
    failure.data['answer'] ??
    failure.data['exitCode'] ??
    failure.data['alarms'] ??
    '';
  return detail === '' ? failure.error : `${failure.error}: ${detail}`;
}
