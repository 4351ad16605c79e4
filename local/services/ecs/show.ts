/** How the API shows clusters, definitions, services and deployments; tasks are in `show-task.ts`. */
import type * as ecs from '@aws-sdk/client-ecs';
import { threshold } from './engine/breaker.ts';
import type {
  Cluster,
  Deployment,
  ServiceDeployment,
  ServiceRevision,
  StoredService,
  Task,
  TaskDefinition,
} from './model.ts';
import type { State } from './state.ts';

const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time));

export function showCluster(cluster: Cluster, state: State): ecs.Cluster {
  const tasks = state.tasksOf((task) => task.clusterArn === cluster.arn && task.desiredStatus === 'RUNNING');
  const services = state.services.values().filter((service) => service.clusterArn === cluster.arn);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter((task) => task.lastStatus !== 'RUNNING').length,
    activeServicesCount: services.filter((service) => service.status === 'ACTIVE').length,
    statistics: [],
    tags: cluster.tags,
    settings: cluster.settings,
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
    ...(cluster.configuration ? { configuration: cluster.configuration } : {}),
  };
}

export function showTaskDefinition(definition: TaskDefinition): ecs.TaskDefinition {
  const { body } = definition;
  return {
    taskDefinitionArn: definition.arn,
    ...body,
    family: definition.family,
    revision: definition.revision,
    volumes: body.volumes ?? [],
    status: definition.status,
    requiresAttributes: requiredAttributes(definition),
    placementConstraints: body.placementConstraints ?? [],
    compatibilities: body.networkMode === 'awsvpc' ? ['EC2', 'FARGATE'] : ['EC2'],
    registeredAt: new Date(definition.registeredAt),
    registeredBy: definition.registeredBy,
    deregisteredAt: date(definition.deregisteredAt),
  };
}

/** ECS derives these from the definition; whoever copies a definition has to leave them out. */
function requiredAttributes({ body }: TaskDefinition): ecs.Attribute[] {
  const names = ['com.amazonaws.ecs.capability.docker-remote-api.1.18'];
  if (body.networkMode === 'awsvpc') names.push('ecs.capability.task-eni');
  if (body.taskRoleArn) names.push('com.amazonaws.ecs.capability.task-iam-role');
  if (body.executionRoleArn) names.push('ecs.capability.execution-role-awslogs');
  if (body.containerDefinitions.some((container) => container.secrets?.length)) {
    names.push('ecs.capability.secrets.asm.environment-variables');
  }
  return names.map((name) => ({ name }));
}

export function showService(service: StoredService, state: State): ecs.Service {
  const tasks = state.serviceTasks(service.arn);
  const { running, pending } = counts(tasks);
  const primary = service.deployments[0];
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    loadBalancers: service.loadBalancers,
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    ...(service.capacityProviderStrategy
      ? { capacityProviderStrategy: service.capacityProviderStrategy }
      : { launchType: service.launchType }),
    platformVersion: service.platformVersion,
    platformFamily: 'Linux',
    taskDefinition: service.taskDefinition,
    deploymentConfiguration: service.deploymentConfiguration,
    taskSets: [],
    deployments: service.deployments.map((one) => showDeployment(one, service, state, tasks)),
    roleArn: `arn:aws:iam::${state.world.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: service.events.map(({ id, createdAt, message }) => ({
      id,
      createdAt: new Date(createdAt),
      message,
    })),
    createdAt: new Date(service.createdAt),
    ...(service.currentServiceDeployment
      ? { currentServiceDeployment: service.currentServiceDeployment }
      : {}),
    currentServiceRevisions: service.deployments.map((one) => {
      const own = counts(tasks.filter((task) => task.startedBy === one.id));
      return {
        arn: one.revision,
        requestedTaskCount: one === primary ? service.desiredCount : own.running + own.pending,
        runningTaskCount: own.running,
        pendingTaskCount: own.pending,
      };
    }),
    placementConstraints: [],
    placementStrategy: [],
    ...(service.networkConfiguration ? { networkConfiguration: service.networkConfiguration } : {}),
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    createdBy: service.createdBy,
    enableECSManagedTags: service.enableECSManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: 'DISABLED',
  };
}

function showDeployment(
  deployment: Deployment,
  service: StoredService,
  state: State,
  tasks: readonly Task[],
): ecs.Deployment {
  const revision = state.revision(deployment.revision);
  const own = counts(tasks.filter((task) => task.startedBy === deployment.id));
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: revision.taskDefinition,
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : own.running + own.pending,
    pendingCount: own.pending,
    runningCount: own.running,
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdAt),
    updatedAt: new Date(deployment.updatedAt),
    ...(revision.capacityProviderStrategy
      ? { capacityProviderStrategy: revision.capacityProviderStrategy }
      : { launchType: revision.launchType }),
    platformVersion: revision.platformVersion,
    platformFamily: 'Linux',
    ...(revision.networkConfiguration ? { networkConfiguration: revision.networkConfiguration } : {}),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

export function counts(tasks: readonly Task[]): { running: number; pending: number } {
  const live = tasks.filter((task) => task.desiredStatus === 'RUNNING' && task.lastStatus !== 'STOPPED');
  const running = live.filter((task) => task.lastStatus === 'RUNNING').length;
  return { running, pending: live.length - running };
}

export function showServiceDeployment(one: ServiceDeployment, state: State): ecs.ServiceDeployment {
  const service = state.services.get(one.serviceArn);
  const summary = (revision: string, requested: number): ecs.ServiceRevisionSummary => {
    const own = counts(state.serviceTasks(one.serviceArn).filter((task) => task.revision === revision));
    return {
      arn: revision,
      requestedTaskCount: requested,
      runningTaskCount: own.running,
      pendingTaskCount: own.pending,
    };
  };
  const alarmNames = one.deploymentConfiguration.alarms?.alarmNames;
  return {
    serviceDeploymentArn: one.arn,
    serviceArn: one.serviceArn,
    clusterArn: one.clusterArn,
    createdAt: new Date(one.createdAt),
    startedAt: date(one.startedAt),
    finishedAt: date(one.finishedAt),
    stoppedAt: date(one.stoppedAt),
    updatedAt: new Date(one.updatedAt),
    sourceServiceRevisions: one.sourceRevisions.map((revision) => summary(revision, 0)),
    targetServiceRevision: summary(one.targetRevision, service?.desiredCount ?? 0),
    status: one.status,
    statusReason: one.statusReason,
    deploymentConfiguration: one.deploymentConfiguration,
    rollback: one.rollback && {
      reason: one.rollback.reason,
      startedAt: new Date(one.rollback.startedAt),
      serviceRevisionArn: one.rollback.revision,
    },
    deploymentCircuitBreaker: {
      status: one.breaker.status,
      failureCount: one.breaker.failureCount,
      threshold: threshold(one.deploymentConfiguration, service?.desiredCount ?? 0),
    },
    alarms: {
      status: one.alarms.status,
      alarmNames: alarmNames ?? [],
      triggeredAlarmNames: one.alarms.triggered,
    },
  };
}

export function showServiceRevision(revision: ServiceRevision): ecs.ServiceRevision {
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: revision.serviceArn,
    clusterArn: revision.clusterArn,
    taskDefinition: revision.taskDefinition,
    ...(revision.capacityProviderStrategy
      ? { capacityProviderStrategy: revision.capacityProviderStrategy }
      : { launchType: revision.launchType }),
    platformVersion: revision.platformVersion,
    platformFamily: 'Linux',
    loadBalancers: revision.loadBalancers,
    ...(revision.networkConfiguration ? { networkConfiguration: revision.networkConfiguration } : {}),
    containerImages: revision.containerImages,
    guardDutyEnabled: false,
    createdAt: new Date(revision.createdAt),
  };
}
