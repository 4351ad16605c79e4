/** What happens to tasks as evidence for or against their deployment, and the verdict that it leads to. */
import type { Deployment, StoredService, Task } from '../model.ts';
import type { State } from '../state.ts';
import { resetsOnHealthyTask, threshold } from './breaker.ts';
import type { Condition } from './condition.ts';
import { ALARM, BREAKER, fail, isOver } from './deployments.ts';
import { say } from './events.ts';

/**
 * Writes down what a task's condition means for its deployment: once when it becomes healthy, once when it fails.
 * Returns whether it has become healthy.
 */
export function note(state: State, service: StoredService, task: Task, condition: Condition): boolean {
  const { clock } = state.world;
  const recovered = condition.healthy && task.healthySince === undefined;
  if (recovered) {
    task.healthySince = clock.now();
    const deployment = service.deployments.find((one) => one.id === task.startedBy);
    if (deployment?.rolloutState === 'IN_PROGRESS' && resetsOnHealthyTask(service.deploymentConfiguration)) {
      setFailures(state, service, deployment, 0);
    }
    state.tasks.set(task.arn, task);
  }
  if (!condition.healthy) task.healthySince = undefined;
  if (!condition.failing || task.failureCounted) return recovered;
  task.failureCounted = true;
  say(state, service, complaint(state, task, condition.failing));
  countFailure(state, service, task);
  return recovered;
}

function complaint(state: State, task: Task, failing: NonNullable<Condition['failing']>): string {
  if (failing.check === 'container') return `(task ${task.id}) failed container health checks.`;
  const { group } = failing;
  const target = task.targets.find((one) => one.group === group);
  const health = target && state.world.ports.targets.health(group, target);
  return `(task ${task.id}) (port ${target?.port}) is unhealthy in (target-group ${group}) due to (reason ${health?.description}).`;
}

export function countFailure(state: State, service: StoredService, task: Task): void {
  const deployment = service.deployments.find((one) => one.id === task.startedBy);
  if (deployment?.rolloutState === 'IN_PROGRESS') {
    setFailures(state, service, deployment, deployment.failedTasks + 1);
  }
}

function setFailures(state: State, service: StoredService, deployment: Deployment, failures: number): void {
  deployment.failedTasks = failures;
  deployment.updatedAt = state.world.clock.now();
  const current = state.serviceDeployments.get(service.currentServiceDeployment ?? '');
  if (current && !isOver(current)) {
    current.breaker.failureCount = failures;
    state.serviceDeployments.set(current.arn, current);
  }
  state.services.set(service.arn, service);
}

/**
 * Ends the deployment where it has to end: too many failures, or an alarm that was not there before. Returns whether
 * the circuit breaker has opened.
 */
export function judge(state: State, service: StoredService): boolean {
  const primary = service.deployments[0];
  const current = state.serviceDeployments.get(service.currentServiceDeployment ?? '');
  if (primary?.rolloutState !== 'IN_PROGRESS' || !current) return false;
  const { deploymentCircuitBreaker, alarms } = service.deploymentConfiguration;
  const most = threshold(service.deploymentConfiguration, service.desiredCount);
  if (deploymentCircuitBreaker?.enable && primary.failedTasks >= most) {
    current.breaker.status = 'TRIGGERED';
    fail(state, service, { ...BREAKER, rollback: deploymentCircuitBreaker.rollback ?? false });
    return true;
  }
  if (!alarms?.enable || current.rollback) return false;
  const triggered = state.world.ports.metrics
    .inAlarm(alarms.alarmNames ?? [])
    .filter((name) => !current.alarmsAtStart.includes(name));
  if (triggered.length > 0) {
    current.alarms = { status: 'TRIGGERED', triggered };
    fail(state, service, { ...ALARM, rollback: alarms.rollback ?? false });
  }
  return false;
}
