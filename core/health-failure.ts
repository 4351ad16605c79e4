/** Why a release is not healthy: the error of the table that fits what was seen, with its evidence. */
import { decisiveLines } from './decisive.ts';
import type { ErrorData, ErrorName } from './errors.ts';
import type { Answer, Expectation, Memory, Observation, TaskSeen } from './observation.ts';
import { recogniseCrash } from './recognise.ts';

export interface HealthFailure {
  readonly error: ErrorName;
  readonly data: ErrorData;
  readonly evidence: readonly string[];
}

/** ECS may not list a service deployment for some seconds after UpdateService. */
const LISTED_WITHIN_SECONDS = 120;

/** Stop codes of what a person or the platform does to a task, however well it works. */
const NOT_ITS_FAULT = ['UserInitiated', 'SpotInterruption', 'TerminationNotice', 'InfrastructureHealth'];

/** Stops that say nothing about the release: scaling in, a deployment that ended, a person, a host that goes. */
export function isOrderly(task: TaskSeen): boolean {
  if (task.stopCode === null) return false;
  if (NOT_ITS_FAULT.includes(task.stopCode)) return true;
  const byScheduler = task.stopCode === 'ServiceSchedulerInitiated';
  return byScheduler && !/failed (ELB|container) health checks/i.test(task.stoppedReason ?? '');
}

/** Two tasks that end alike have the same text: same stop code, same exit code, same kind of reason. */
export function endOf(task: TaskSeen): string {
  const kind = (task.stoppedReason ?? '').split(/[:(]/)[0]?.trim() ?? '';
  return `${task.stopCode ?? ''}|${task.exitCode ?? ''}|${kind}`;
}

export function deploymentFailure(seen: Observation): HealthFailure | undefined {
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
export function evidenceOr(
  failure: HealthFailure,
  seen: Observation,
  expected: Expectation,
  memory: Memory,
): HealthFailure {
  if (failure.error !== 'CircuitBreaker') return failure;
  const task = seen.tasks.findLast(
    (candidate) => candidate.lastStatus === 'STOPPED' && !isOrderly(candidate),
  );
  if (!task) return failure;
  const why = explainStop(task, expected, memory, 1);
  return { ...why, evidence: [...why.evidence, String(failure.data['detail'] ?? '')].filter(Boolean) };
}

/** Why a task stopped, from its stop code, its reason, its exit code and its last words. */
export function explainStop(
  task: TaskSeen,
  expected: Expectation,
  memory: Pick<Memory, 'badTarget'>,
  count: number,
): HealthFailure {
  const reason = [task.stoppedReason, task.containerReason].filter(Boolean).join('; ');
  const evidence = [
    `stopped: ${task.stopCode ?? 'no stop code'}, ${reason || 'no reason'}`,
    `exit code: ${task.exitCode ?? 'none (never started)'}`,
    ...decisiveLines(task.log),
  ];
  const failure = (error: ErrorName, data: ErrorData): HealthFailure => ({
    error,
    data: { environment: expected.environment, ...data },
    evidence,
  });

  if (/CannotPull/.test(reason)) return failure('ImagePullFailed', { detail: reason });
  if (/ResourceInitializationError/.test(reason)) return failure('SecretUnavailable', { detail: reason });
  if (/OutOfMemory/.test(reason)) return failure('OutOfMemory', { memory: expected.memory });
  if (/ELB health checks/i.test(reason)) {
    const detail = memory.badTarget ?? task.stoppedReason ?? '';
    return explainTarget(detail, expected, evidence) ?? failure('TargetsUnhealthy', { detail });
  }
  if (/container health checks/i.test(reason)) {
    return explainTarget(memory.badTarget, expected, evidence) ?? failure('ContainerUnhealthy', {});
  }
  if (task.exitCode === null) return failure('TaskNotStarted', { detail: reason || 'no reason given' });
  const crash = recogniseCrash(task.log);
  if (crash) return failure(crash.error, crash.data);
  return failure('TaskCrashed', { exitCode: task.exitCode, repeats: count > 1 ? ` (${count} times)` : '' });
}

/** What the load balancer's words mean: a status is an app that says it is unhealthy, silence is one that does not listen. */
function explainTarget(
  description: string | null,
  expected: Expectation,
  evidence: readonly string[],
): HealthFailure | undefined {
  if (!description) return undefined;
  const status = /\[(\d{3})\]/.exec(description)?.[1];
  if (status) {
    return {
      error: 'HealthEndpointFailed',
      data: { path: expected.healthPath, answer: status },
      evidence: [description, ...evidence],
    };
  }
  if (!/timed out|timeout|refused|Health checks failed\.?$/i.test(description)) return undefined;
  return {
    error: 'NeverListened',
    data: { port: expected.port, environment: expected.environment },
    evidence: [description, ...evidence],
  };
}

/** Named by what the tasks say while they answer badly, where that is known; else by the answer. */
export function badAnswer(seen: Observation, expected: Expectation): HealthFailure {
  const health = isBad(seen.health);
  const answer = health ? seen.health : seen.status;
  const path = answer?.path ?? '';
  const said = answer ? answerText(answer) : '';
  const log = seen.tasks.filter((task) => task.lastStatus === 'RUNNING').flatMap((task) => task.log);
  const known = recogniseCrash([...log, answer?.body ?? '']);
  if (known)
    return {
      error: known.error,
      data: { environment: expected.environment, ...known.data },
      evidence: [`GET ${path} → ${said}`, ...decisiveLines(log)],
    };
  return {
    error: health ? 'HealthEndpointFailed' : 'StatusEndpointFailed',
    data: { path, answer: said },
    evidence: decisiveLines(log),
  };
}

export function deadline(
  seen: Observation,
  expected: Expectation,
  memory: Memory,
  missing: string,
): HealthFailure {
  const stopped = seen.tasks.findLast((task) => task.lastStatus === 'STOPPED' && !isOrderly(task));
  if (stopped) return explainStop(stopped, expected, memory, 1);
  return (
    explainTarget(memory.badTarget, expected, []) ?? {
      error: 'HealthDeadline',
      data: { seconds: expected.deadlineSeconds, detail: missing },
      evidence: [],
    }
  );
}

/** Bad is an answer that is there and wrong, or none at all; a path that is not asked is neither. */
export function isBad(answer: Answer | null): answer is Answer {
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
