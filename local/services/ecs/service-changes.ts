/** How a service comes, changes and goes; the operations around it are in `services.ts`. */
import { randomUUID } from 'node:crypto';
import type * as ecs from '@aws-sdk/client-ecs';
import { AwsError } from '../../service.ts';
import { begin } from './engine/deployments.ts';
import type { Scheduler } from './engine/scheduler.ts';
import type { StoredService } from './model.ts';
import {
  activeTaskDefinition,
  checkCapacity,
  checkLoadBalancers,
  checkNetwork,
  configuration,
  DEFAULT_CONFIGURATION,
  needsDeployment,
} from './service-rules.ts';
import { invalid, type State } from './state.ts';

/** `LATEST` resolves to this. */
export const PLATFORM_VERSION = '1.4.0';

export class Services {
  private readonly state: State;
  private readonly scheduler: Scheduler;

  constructor(state: State, scheduler: Scheduler) {
    this.state = state;
    this.scheduler = scheduler;
  }

  create(input: ecs.CreateServiceRequest, by: string): StoredService {
    const { state } = this;
    const { world } = state;
    const cluster = state.cluster(input.cluster);
    const name = input.serviceName ?? '';
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalid('Service name contains invalid characters.');
    const serviceArn = state.serviceArn(input.cluster, name);
    const known = state.services.get(serviceArn);
    if (known?.status === 'ACTIVE') throw invalid('Creation of service was not idempotent.');
    if (known?.status === 'DRAINING') throw invalid('Unable to Start a service that is still Draining.');
    if (input.schedulingStrategy && input.schedulingStrategy !== 'REPLICA') {
      throw invalid('The daemon scheduling strategy does not support Fargate.');
    }
    if (input.deploymentController?.type && input.deploymentController.type !== 'ECS') {
      throw invalid(`Deployment controller ${input.deploymentController.type} is not supported here.`);
    }
    checkCapacity('CreateService', input);
    const definition = activeTaskDefinition(state, input.taskDefinition ?? '');
    checkNetwork(definition, input.networkConfiguration);
    checkLoadBalancers(state, definition, input.loadBalancers ?? []);
    const service: StoredService = {
      arn: serviceArn,
      name,
      clusterArn: cluster.arn,
      status: 'ACTIVE',
      desiredCount: input.desiredCount ?? 1,
      taskDefinition: definition.arn,
      launchType: input.capacityProviderStrategy?.length ? undefined : 'FARGATE',
      capacityProviderStrategy: input.capacityProviderStrategy?.length
        ? input.capacityProviderStrategy
        : undefined,
      platformVersion: platform(input.platformVersion),
      deploymentConfiguration: configuration(
        'CreateService',
        input.deploymentConfiguration,
        DEFAULT_CONFIGURATION,
      ),
      networkConfiguration: input.networkConfiguration,
      loadBalancers: input.loadBalancers ?? [],
      healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? 0,
      enableExecuteCommand: input.enableExecuteCommand ?? false,
      enableECSManagedTags: input.enableECSManagedTags ?? false,
      propagateTags: input.propagateTags ?? 'NONE',
      createdAt: world.clock.now(),
      createdBy: by,
      tags: input.tags ?? [],
      deployments: [],
      events: [],
      steady: false,
    };
    begin(state, service);
    state.services.set(service.arn, service);
    this.scheduler.forgive(service.arn);
    this.scheduler.wake(service.arn);
    return service;
  }

  /** What is left out keeps its value; above all the desired count, which autoscaling may have moved. */
  update(input: ecs.UpdateServiceRequest): StoredService {
    const { state } = this;
    const before = state.service(input.cluster, input.service ?? '');
    if (before.status !== 'ACTIVE')
      throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
    checkCapacity('UpdateService', input);
    // A service goes on with a revision that was deregistered since; it cannot be moved to one.
    const definition = input.taskDefinition
      ? activeTaskDefinition(state, input.taskDefinition)
      : state.taskDefinition(before.taskDefinition);
    const after: StoredService = {
      ...before,
      desiredCount: input.desiredCount ?? before.desiredCount,
      taskDefinition: definition.arn,
      ...(input.capacityProviderStrategy?.length
        ? { capacityProviderStrategy: input.capacityProviderStrategy, launchType: undefined }
        : {}),
      platformVersion: input.platformVersion ? platform(input.platformVersion) : before.platformVersion,
      deploymentConfiguration: configuration(
        'UpdateService',
        input.deploymentConfiguration,
        before.deploymentConfiguration,
      ),
      networkConfiguration: input.networkConfiguration ?? before.networkConfiguration,
      loadBalancers: input.loadBalancers ?? before.loadBalancers,
      healthCheckGracePeriodSeconds:
        input.healthCheckGracePeriodSeconds ?? before.healthCheckGracePeriodSeconds,
      enableExecuteCommand: input.enableExecuteCommand ?? before.enableExecuteCommand,
      enableECSManagedTags: input.enableECSManagedTags ?? before.enableECSManagedTags,
      propagateTags: input.propagateTags ?? before.propagateTags,
    };
    if (after.desiredCount < 0) throw invalid('desiredCount must not be negative.');
    checkNetwork(definition, after.networkConfiguration);
    checkLoadBalancers(state, definition, after.loadBalancers);
    if (input.forceNewDeployment || needsDeployment(before, after)) {
      begin(state, after);
      this.scheduler.forgive(after.arn);
    }
    if (after.desiredCount !== before.desiredCount) after.steady = false;
    state.services.set(after.arn, after);
    this.scheduler.wake(after.arn);
    return after;
  }

  remove(input: ecs.DeleteServiceRequest): StoredService {
    const service = this.state.service(input.cluster, input.service ?? '');
    if (service.status === 'INACTIVE') throw new AwsError('ServiceNotFoundException', 'Service not found.');
    if (service.desiredCount > 0 && !input.force) {
      throw invalid('The service cannot be stopped while it is scaled above 0.');
    }
    service.status = 'DRAINING';
    service.desiredCount = 0;
    this.state.services.set(service.arn, service);
    this.scheduler.wake(service.arn);
    return service;
  }

  setDesired(clusterName: string, serviceName: string, desired: number, reason: string): void {
    const service = this.state.services.get(this.state.serviceArn(clusterName, serviceName));
    if (service?.status !== 'ACTIVE' || service.desiredCount === desired) return;
    service.desiredCount = desired;
    service.steady = false;
    service.events.unshift({
      id: randomUUID(),
      createdAt: this.state.world.clock.now(),
      message: `Message: Successfully set desired count to ${desired}. Change successfully fulfilled by ecs. Cause: ${reason}`,
    });
    this.state.services.set(service.arn, service);
    this.scheduler.wake(service.arn);
  }
}

function platform(given: string | undefined): string {
  return !given || given === 'LATEST' ? PLATFORM_VERSION : given;
}
