/** How a service deployment begins, succeeds, fails and is rolled back: the bookkeeping, without any task. */
import { arn, deploymentId, deploymentOf, nameOf, revisionId } from '../arns.ts';
import type { Deployment, ServiceDeployment, ServiceRevision, StoredService } from '../model.ts';
import type { State } from '../state.ts';
import { deploymentChanged, say } from './events.ts';

/** Begins to roll out what the service is configured to run now. */
export function begin(state: State, service: StoredService): ServiceDeployment {
  const { world } = state;
  const now = world.clock.now();
  const place = `${nameOf(service.clusterArn)}/${service.name}`;
  const definition = state.taskDefinition(service.taskDefinition);
  const revision: ServiceRevision = {
    arn: arn(world, `service-revision/${place}/${revisionId()}`),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    taskDefinition: service.taskDefinition,
    launchType: service.launchType,
    capacityProviderStrategy: service.capacityProviderStrategy,
    platformVersion: service.platformVersion,
    networkConfiguration: service.networkConfiguration,
    loadBalancers: service.loadBalancers,
    containerImages: definition.body.containerDefinitions.map((container) => ({
      containerName: container.name ?? '',
      image: container.image ?? '',
    })),
    createdAt: now,
  };
  const { deploymentCircuitBreaker, alarms } = service.deploymentConfiguration;
  const serviceDeployment: ServiceDeployment = {
    arn: arn(world, `service-deployment/${place}/${deploymentId()}`),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    createdAt: now,
    updatedAt: now,
    sourceRevisions: service.deployments.map((one) => one.revision),
    targetRevision: revision.arn,
    status: 'PENDING',
    deploymentConfiguration: service.deploymentConfiguration,
    breaker: { status: deploymentCircuitBreaker?.enable ? 'MONITORING' : 'DISABLED', failureCount: 0 },
    alarms: { status: alarms?.enable ? 'MONITORING' : 'DISABLED', triggered: [] },
    alarmsAtStart: alarms?.enable ? world.ports.metrics.inAlarm(alarms.alarmNames ?? []) : [],
  };
  const id = deploymentOf(revision.arn);
  const deployment: Deployment = {
    id,
    revision: revision.arn,
    serviceDeployment: serviceDeployment.arn,
    status: 'PRIMARY',
    failedTasks: 0,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    createdAt: now,
    updatedAt: now,
  };
  for (const older of service.deployments) demote(older, now);
  supersede(state, service, now);
  service.deployments.unshift(deployment);
  service.currentServiceDeployment = serviceDeployment.arn;
  service.steady = false;
  state.serviceRevisions.set(revision.arn, revision);
  state.serviceDeployments.set(serviceDeployment.arn, serviceDeployment);
  deploymentChanged(
    state,
    service,
    deployment,
    'SERVICE_DEPLOYMENT_IN_PROGRESS',
    deployment.rolloutStateReason,
  );
  return serviceDeployment;
}

/** A deployment that is under way when another begins comes to no end of its own. */
function supersede(state: State, service: StoredService, now: number): void {
  const current =
    service.currentServiceDeployment && state.serviceDeployments.get(service.currentServiceDeployment);
  if (!current || isOver(current)) return;
  current.status = 'STOPPED';
  current.statusReason = 'Service deployment stopped because a new service deployment was started.';
  current.stoppedAt = now;
  close(current, now);
  state.serviceDeployments.set(current.arn, current);
}

export function isOver(deployment: ServiceDeployment): boolean {
  return !['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'].includes(
    deployment.status,
  );
}

/** The primary has all its tasks, all healthy, and nothing older serves any more. */
export function complete(state: State, service: StoredService): void {
  const primary = service.deployments[0];
  const current = state.serviceDeployments.get(service.currentServiceDeployment ?? '');
  if (!primary || !current) return;
  const now = state.world.clock.now();
  primary.rolloutState = 'COMPLETED';
  primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
  primary.updatedAt = now;
  if (!isOver(current)) {
    const rolledBack = current.rollback !== undefined;
    current.status = rolledBack ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL';
    if (rolledBack) current.statusReason = current.rollback?.reason;
    close(current, now);
    state.serviceDeployments.set(current.arn, current);
  }
  service.completed = {
    id: primary.id,
    revision: primary.revision,
    serviceDeployment: primary.serviceDeployment,
  };
  say(state, service, `(deployment ${primary.id}) deployment completed.`);
  deploymentChanged(state, service, primary, 'SERVICE_DEPLOYMENT_COMPLETED', primary.rolloutStateReason);
}

export interface Cause {
  /** `ECS deployment circuit breaker`, `ECS deployment alarm`… : what the rollout's reason begins with. */
  readonly by: string;
  /** `tasks failed to start` and the like. */
  readonly why: string;
  /** The sentence of the service deployment, with and without a rollback. */
  readonly reason: (rolledBack: boolean) => string;
  readonly rollback: boolean;
}

export const BREAKER: Omit<Cause, 'rollback'> = {
  by: 'ECS deployment circuit breaker',
  why: 'tasks failed to start',
  reason: (back) =>
    `Service deployment ${back ? 'rolled back' : 'stopped'} because the circuit breaker threshold was exceeded.`,
};

export const ALARM: Omit<Cause, 'rollback'> = {
  by: 'ECS deployment alarm',
  why: 'alarm detected',
  reason: (back) =>
    `Service deployment ${back ? 'rolled back' : 'stopped'} because a CloudWatch alarm was triggered.`,
};

export const REQUEST: Omit<Cause, 'rollback'> = {
  by: 'ECS deployment',
  why: 'stopped by request',
  reason: (back) =>
    back
      ? 'Service deployment rolled back because of a user request.'
      : 'Service deployment stopped by user request.',
};

/** The primary deployment has failed. Goes back to the last one that completed, where that is wanted and possible. */
export function fail(state: State, service: StoredService, cause: Cause): void {
  const now = state.world.clock.now();
  const failed = service.deployments[0];
  const current = state.serviceDeployments.get(service.currentServiceDeployment ?? '');
  if (!failed || !current) return;
  failed.rolloutState = 'FAILED';
  failed.rolloutStateReason = `${cause.by}: ${cause.why}.`;
  failed.updatedAt = now;
  say(state, service, `(deployment ${failed.id}) deployment failed: ${cause.why}.`);
  deploymentChanged(state, service, failed, 'SERVICE_DEPLOYMENT_FAILED', failed.rolloutStateReason);

  const wasRollingBack = current.rollback !== undefined;
  const target = cause.rollback && !wasRollingBack ? candidate(state, service, failed) : undefined;
  if (target) {
    rollBack(state, service, current, target, cause, now);
  } else {
    current.status = cause.rollback ? 'ROLLBACK_FAILED' : 'STOPPED';
    current.stoppedAt = now;
    current.statusReason = cause.reason(false);
    if (wasRollingBack) current.statusReason = 'The rollback failed: its tasks failed to start.';
    else if (cause.rollback) current.statusReason = 'No rollback candidate was found to run the rollback.';
    close(current, now);
  }
  state.serviceDeployments.set(current.arn, current);
}

/** The last deployment that completed, unless it is the failed one itself or its task definition is gone. */
function candidate(state: State, service: StoredService, failed: Deployment): StoredService['completed'] {
  const { completed } = service;
  if (!completed || completed.id === failed.id) return undefined;
  const definition = state.revision(completed.revision).taskDefinition;
  return state.taskDefinitions.has(definition) ? completed : undefined;
}

function rollBack(
  state: State,
  service: StoredService,
  current: ServiceDeployment,
  target: NonNullable<StoredService['completed']>,
  cause: Cause,
  now: number,
): void {
  const revision = state.revision(target.revision);
  for (const older of service.deployments) demote(older, now);
  // The deployment that is gone back to is often still there, with its tasks: it becomes the primary again.
  const known = service.deployments.find((one) => one.id === target.id);
  const primary: Deployment = {
    ...(known ?? { id: target.id, revision: target.revision, createdAt: now }),
    serviceDeployment: current.arn,
    status: 'PRIMARY',
    failedTasks: 0,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `${cause.by}: rolling back to deploymentId ${target.id}.`,
    updatedAt: now,
  };
  service.deployments = [primary, ...service.deployments.filter((one) => one !== known)];
  service.taskDefinition = revision.taskDefinition;
  service.networkConfiguration = revision.networkConfiguration;
  service.loadBalancers = revision.loadBalancers;
  service.platformVersion = revision.platformVersion;
  service.steady = false;
  current.status = 'ROLLBACK_IN_PROGRESS';
  current.rollback = { reason: cause.reason(true), startedAt: now, revision: target.revision };
  current.statusReason = cause.reason(true);
  current.updatedAt = now;
  say(state, service, `rolling back to deployment ${target.id}.`);
  deploymentChanged(state, service, primary, 'SERVICE_DEPLOYMENT_IN_PROGRESS', primary.rolloutStateReason);
}

function demote(deployment: Deployment, now: number): void {
  if (deployment.status === 'ACTIVE') return;
  deployment.status = 'ACTIVE';
  deployment.updatedAt = now;
}

function close(deployment: ServiceDeployment, now: number): void {
  deployment.finishedAt = now;
  deployment.updatedAt = now;
  if (deployment.breaker.status === 'MONITORING') deployment.breaker.status = 'MONITORING_COMPLETE';
  if (deployment.alarms.status === 'MONITORING') deployment.alarms.status = 'MONITORING_COMPLETE';
}
