/** What CreateService and UpdateService check, and how they read their input. */
import type * as ecs from '@aws-sdk/client-ecs';
import { unsupported } from '../../service.ts';
import type { StoredService, TaskDefinition } from './model.ts';
import { clientError, invalid, type State } from './state.ts';

export const DEFAULT_CONFIGURATION: ecs.DeploymentConfiguration = {
  deploymentCircuitBreaker: {
    enable: false,
    rollback: false,
    resetOnHealthyTask: true,
    thresholdConfiguration: { type: 'BOUNDED_PERCENT', value: 50 },
  },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  alarms: { alarmNames: [], rollback: false, enable: false },
  strategy: 'ROLLING',
  bakeTimeInMinutes: 0,
};

/** What is given goes before what was; members that are left out keep their value. */
export function configuration(
  operation: string,
  given: ecs.DeploymentConfiguration | undefined,
  before: ecs.DeploymentConfiguration,
): ecs.DeploymentConfiguration {
  if (!given) return before;
  if (given.strategy && given.strategy !== 'ROLLING') {
    throw unsupported(operation, `deploymentConfiguration.strategy ${given.strategy}`, 'Only ROLLING is.');
  }
  if (given.lifecycleHooks?.length) throw unsupported(operation, 'deploymentConfiguration.lifecycleHooks');
  if (given.earlySuccessCriteria?.enable) {
    throw unsupported(operation, 'deploymentConfiguration.earlySuccessCriteria');
  }
  for (const field of ['linearConfiguration', 'canaryConfiguration'] as const) {
    if (given[field]) throw unsupported(operation, `deploymentConfiguration.${field}`);
  }
  const next: ecs.DeploymentConfiguration = { ...before, ...defined(given) };
  if (given.deploymentCircuitBreaker) {
    const { enable, rollback } = given.deploymentCircuitBreaker;
    next.deploymentCircuitBreaker = {
      ...before.deploymentCircuitBreaker,
      ...defined(given.deploymentCircuitBreaker),
      enable: enable ?? false,
      rollback: rollback ?? false,
    };
  }
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = next;
  if (minimumHealthyPercent < 0) throw invalid('minimumHealthyPercent must not be negative.');
  if (maximumPercent < 100) throw invalid('maximumPercent must be at least 100.');
  if (maximumPercent <= minimumHealthyPercent) {
    throw invalid('The maximumPercent must be greater than the minimumHealthyPercent.');
  }
  return next;
}

function defined<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The active revision that a reference names, in the words of services. */
export function activeTaskDefinition(state: State, reference: string): TaskDefinition {
  const definition = state.findTaskDefinition(reference);
  if (!definition) throw clientError('Unable to find task definition.');
  if (definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
  return definition;
}

export function checkNetwork(
  definition: TaskDefinition,
  network: ecs.NetworkConfiguration | undefined,
): void {
  if (definition.body.networkMode === 'awsvpc' && !network?.awsvpcConfiguration?.subnets?.length) {
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
}

export function checkLoadBalancers(
  state: State,
  definition: TaskDefinition,
  loadBalancers: readonly ecs.LoadBalancer[],
): void {
  for (const one of loadBalancers) {
    if (one.loadBalancerName) throw unsupported('CreateService', 'loadBalancers.loadBalancerName');
    if (one.advancedConfiguration) throw unsupported('CreateService', 'loadBalancers.advancedConfiguration');
    if (!state.world.ports.targets.exists(one.targetGroupArn ?? '')) {
      throw invalid(`The specified target group does not exist. (${one.targetGroupArn})`);
    }
    const container = definition.body.containerDefinitions.find(({ name }) => name === one.containerName);
    if (!container) {
      throw invalid(`The container ${one.containerName} does not exist in the task definition.`);
    }
    if (!container.portMappings?.some(({ containerPort }) => containerPort === one.containerPort)) {
      throw invalid(
        `The container ${one.containerName} did not have a container port ${one.containerPort} defined.`,
      );
    }
  }
}

/** `FARGATE` however it is asked for; everything else has no machine here. */
export function checkCapacity(
  operation: string,
  input: {
    launchType?: string | undefined;
    capacityProviderStrategy?: readonly ecs.CapacityProviderStrategyItem[] | undefined;
  },
): void {
  if (input.launchType && input.launchType !== 'FARGATE') {
    throw unsupported(operation, `launchType ${input.launchType}`, 'Tasks run as Fargate runs them.');
  }
  for (const { capacityProvider } of input.capacityProviderStrategy ?? []) {
    if (capacityProvider !== 'FARGATE' && capacityProvider !== 'FARGATE_SPOT') {
      throw unsupported(operation, `capacityProviderStrategy ${capacityProvider}`);
    }
  }
  if (input.launchType && input.capacityProviderStrategy?.length) {
    throw invalid(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
}

/** Whether a change makes a new service deployment; count, configuration and grace period do not. */
export function needsDeployment(before: StoredService, after: StoredService): boolean {
  const rolledOut = (service: StoredService) =>
    JSON.stringify([
      service.taskDefinition,
      service.networkConfiguration,
      service.loadBalancers,
      service.platformVersion,
      service.capacityProviderStrategy,
    ]);
  return rolledOut(before) !== rolledOut(after);
}
