/** How the API shows a task and its containers. */
import type * as ecs from '@aws-sdk/client-ecs';
import { cpuUnits, mebibytes } from './fargate.ts';
import type { Task, TaskContainer, TaskDefinition } from './model.ts';

const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time));

export function showTask(task: Task, definition: TaskDefinition | undefined): ecs.Task {
  return {
    attachments: [attachment(task)],
    attributes: [{ name: 'ecs.cpu-architecture', value: process.arch === 'arm64' ? 'arm64' : 'x86_64' }],
    availabilityZone: task.availabilityZone,
    clusterArn: task.clusterArn,
    connectivity: task.address ? 'CONNECTED' : undefined,
    connectivityAt: task.address ? date(task.pullStartedAt ?? task.createdAt) : undefined,
    containers: task.containers.map((container) =>
      showContainer(
        container,
        task,
        definition?.body.containerDefinitions.find((one) => one.name === container.name),
      ),
    ),
    cpu: task.cpu ? String(cpuUnits(task.cpu)) : undefined,
    memory: task.memory ? String(mebibytes(task.memory)) : undefined,
    createdAt: new Date(task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    executionStoppedAt: date(task.executionStoppedAt),
    group: task.group,
    healthStatus: healthOf(task),
    lastStatus: task.lastStatus,
    launchType: task.launchType,
    overrides: {
      ...task.overrides,
      containerOverrides: overridesOf(task),
      inferenceAcceleratorOverrides: [],
    },
    platformVersion: task.platformVersion,
    platformFamily: 'Linux',
    pullStartedAt: date(task.pullStartedAt),
    pullStoppedAt: date(task.pullStoppedAt),
    startedAt: date(task.startedAt),
    startedBy: task.startedBy,
    stopCode: task.stopCode,
    stoppedAt: date(task.stoppedAt),
    stoppedReason: task.stoppedReason,
    stoppingAt: date(task.stoppingAt),
    tags: task.tags,
    taskArn: task.arn,
    taskDefinitionArn: task.taskDefinition,
    version: task.version,
    ephemeralStorage: { sizeInGiB: 20 },
  };
}

function showContainer(
  container: TaskContainer,
  task: Task,
  definition: ecs.ContainerDefinition | undefined,
): ecs.Container {
  return {
    containerArn: container.arn,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    imageDigest: container.imageDigest,
    runtimeId: container.runtimeId,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode,
    reason: container.reason,
    networkBindings: [],
    networkInterfaces: task.address
      ? [{ attachmentId: task.attachmentId, privateIpv4Address: task.address }]
      : [],
    healthStatus: container.healthStatus,
    ...(task.enableExecuteCommand
      ? {
          managedAgents: [
            {
              name: 'ExecuteCommandAgent' as const,
              lastStatus: container.lastStatus,
              lastStartedAt: date(task.startedAt),
            },
          ],
        }
      : {}),
    cpu: String(definition?.cpu ?? 0),
    memory: definition?.memory === undefined ? undefined : String(definition.memory),
    memoryReservation:
      definition?.memoryReservation === undefined ? undefined : String(definition.memoryReservation),
  };
}

function attachment(task: Task): ecs.Attachment {
  const details = [{ name: 'subnetId', value: task.subnet ?? 'subnet-local' }];
  if (task.address) details.push({ name: 'privateIPv4Address', value: task.address });
  let status = task.address ? 'ATTACHED' : 'PRECREATED';
  if (task.lastStatus === 'STOPPED') status = 'DELETED';
  return { id: task.attachmentId, type: 'ElasticNetworkInterface', status, details };
}

/** One entry a container, also for those without overrides, as ECS shows it. */
function overridesOf(task: Task): ecs.ContainerOverride[] {
  const given = task.overrides.containerOverrides ?? [];
  return task.containers.map(({ name }) => given.find((one) => one.name === name) ?? { name });
}

/** A task is as healthy as its least healthy essential container; without a health check nobody knows. */
export function healthOf(task: Task): ecs.HealthStatus {
  const checked = task.containers.filter((container) => container.essential && container.hasHealthCheck);
  if (checked.some((container) => container.healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  if (checked.length === 0 || checked.some((container) => container.healthStatus === 'UNKNOWN'))
    return 'UNKNOWN';
  return 'HEALTHY';
}
