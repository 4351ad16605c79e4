/** Whether a task of a service is in order, and when that has to be looked at again. */
import type { World } from '../../../service.ts';
import type { StoredService, Task } from '../model.ts';

/** Without a load balancer and a health check, ECS takes a task as healthy when it has run this long. */
const HEALTHY_AFTER_MS = 40_000;

export interface Condition {
  readonly healthy: boolean;
  /** What is wrong, once the grace period is over. */
  readonly failing?:
    | { readonly check: 'container' }
    | { readonly check: 'target'; readonly group: string }
    | undefined;
  /** When time alone changes this. */
  readonly changesAt?: number | undefined;
}

export function conditionOf(world: World, service: StoredService, task: Task): Condition {
  if (task.lastStatus !== 'RUNNING' || task.startedAt === undefined) return { healthy: false };
  const now = world.clock.now();
  const checked = task.containers.filter((container) => container.essential && container.hasHealthCheck);
  const targets = task.targets.map((target) => ({
    target,
    ...world.ports.targets.health(target.group, target),
  }));

  const bad = targets.find(({ state }) => state === 'unhealthy');
  let failing: Condition['failing'];
  if (checked.some((container) => container.healthStatus === 'UNHEALTHY')) failing = { check: 'container' };
  else if (bad) failing = { check: 'target', group: bad.target.group };
  if (failing) {
    const graceEnds = task.startedAt + service.healthCheckGracePeriodSeconds * 1000;
    return now < graceEnds ? { healthy: false, changesAt: graceEnds } : { healthy: false, failing };
  }

  if (checked.length === 0 && targets.length === 0) {
    const healthyFrom = task.startedAt + HEALTHY_AFTER_MS;
    return now < healthyFrom ? { healthy: false, changesAt: healthyFrom } : { healthy: true };
  }
  return {
    healthy:
      checked.every((container) => container.healthStatus === 'HEALTHY') &&
      // A group that no listener uses checks nothing, so there is nothing to wait for.
      targets.every(({ state, reason }) => state === 'healthy' || reason === 'Target.NotInUse'),
  };
}

/** The stopped reason of a task that is replaced for its health. */
export function failureReason(failing: NonNullable<Condition['failing']>): string {
  return failing.check === 'container'
    ? 'Task failed container health checks'
    : `Task failed ELB health checks in (target-group ${failing.group})`;
}
