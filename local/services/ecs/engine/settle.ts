/** The end of a rollout: when a deployment is complete, and when the service is steady. */
import type { Deployment, StoredService, Task } from '../model.ts';
import type { State } from '../state.ts';
import { complete } from './deployments.ts';
import { say, serviceAction } from './events.ts';

/** Nothing to start, nothing to stop: is the deployment through, is the service steady? */
export function settle(
  state: State,
  service: StoredService,
  primary: Deployment,
  tasks: readonly Task[],
  views: readonly { primary: boolean; healthy: boolean }[],
): void {
  const healthy = views.filter((view) => view.primary && view.healthy).length;
  const draining = tasks.some((task) => task.startedBy !== primary.id && task.lastStatus === 'DEACTIVATING');
  const others = views.some((view) => !view.primary);
  const all = healthy === service.desiredCount && views.length === service.desiredCount;
  if (!all || others || draining || primary.rolloutState === 'FAILED') return;
  if (primary.rolloutState === 'IN_PROGRESS') {
    if (!baked(state, service)) return;
    complete(state, service);
  }
  if (service.steady) return;
  service.steady = true;
  say(state, service, 'has reached a steady state.');
  serviceAction(state, service, 'INFO', 'SERVICE_STEADY_STATE');
}

/** With alarms, a deployment waits for its bake time after everything is healthy. */
function baked(state: State, service: StoredService): boolean {
  const minutes = service.deploymentConfiguration.bakeTimeInMinutes ?? 0;
  const current = state.serviceDeployments.get(service.currentServiceDeployment ?? '');
  if (!current || minutes === 0 || current.rollback) return true;
  const now = state.world.clock.now();
  current.bakingSince ??= now;
  state.serviceDeployments.set(current.arn, current);
  return now >= current.bakingSince + minutes * 60_000;
}
