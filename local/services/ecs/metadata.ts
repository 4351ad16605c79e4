/** The task metadata endpoint, version 4: what a container may ask about itself and its task. */
import type { Usage } from '../../runtimes/runtime.ts';
import { nameOf } from './arns.ts';
import { cpuUnits, mebibytes } from './fargate.ts';
import type { Task, TaskContainer } from './model.ts';
import type { State } from './state.ts';

/** The body of the answer; undefined where there is nothing at that path. */
export function metadataAt(
  path: string,
  state: State,
  task: Task,
  containerName: string,
  usage: Usage | undefined,
): unknown {
  const container = task.containers.find(({ name }) => name === containerName);
  if (path === '') return container && describe(state, task, container);
  if (path === 'task') return taskOf(state, task);
  if (path === 'stats') return stats(task, usage);
  if (path === 'task/stats') {
    return Object.fromEntries(task.containers.map((one) => [one.runtimeId ?? one.name, stats(task, usage)]));
  }
  return undefined;
}

function taskOf(state: State, task: Task): object {
  const [family, revision] = nameOf(task.taskDefinition).split(':');
  return {
    Cluster: task.clusterArn,
    TaskARN: task.arn,
    Family: family,
    Revision: revision,
    ServiceName: task.serviceArn ? nameOf(task.serviceArn) : undefined,
    DesiredStatus: task.desiredStatus,
    KnownStatus: task.lastStatus,
    Limits: { CPU: (cpuUnits(task.cpu) ?? 0) / 1024, Memory: mebibytes(task.memory) },
    PullStartedAt: iso(task.pullStartedAt),
    PullStoppedAt: iso(task.pullStoppedAt),
    AvailabilityZone: task.availabilityZone,
    LaunchType: task.launchType,
    Containers: task.containers.map((one) => describe(state, task, one)),
  };
}

function describe(state: State, task: Task, container: TaskContainer): object {
  const definition = state.taskDefinitions
    .get(task.taskDefinition)
    ?.body.containerDefinitions.find(({ name }) => name === container.name);
  const [family, revision] = nameOf(task.taskDefinition).split(':');
  const options = definition?.logConfiguration?.options;
  const log = options?.['awslogs-group'] && {
    LogDriver: 'awslogs',
    LogOptions: {
      'awslogs-group': options['awslogs-group'],
      'awslogs-region': state.world.region,
      'awslogs-stream': `${options['awslogs-stream-prefix'] ?? 'ecs'}/${container.name}/${task.id}`,
    },
  };
  return {
    DockerId: container.runtimeId,
    Name: container.name,
    DockerName: container.name,
    Image: container.image,
    ImageID: container.imageDigest,
    Labels: {
      ...definition?.dockerLabels,
      'com.amazonaws.ecs.cluster': task.clusterArn,
      'com.amazonaws.ecs.container-name': container.name,
      'com.amazonaws.ecs.task-arn': task.arn,
      'com.amazonaws.ecs.task-definition-family': family,
      'com.amazonaws.ecs.task-definition-version': revision,
    },
    DesiredStatus: task.desiredStatus,
    KnownStatus: container.lastStatus,
    Limits: { CPU: definition?.cpu ?? 0, Memory: definition?.memory },
    CreatedAt: iso(task.createdAt),
    StartedAt: iso(task.startedAt),
    Type: 'NORMAL',
    ContainerARN: container.arn,
    ...log,
    Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: task.address ? [task.address] : [] }],
  };
}

/** In the form of Docker's own statistics, as far as they are known here. */
function stats(task: Task, usage: Usage | undefined): object {
  return {
    memory_stats: { usage: usage?.memoryBytes ?? 0, limit: (mebibytes(task.memory) ?? 0) * 1024 * 1024 },
    cpu_stats: { cpu_usage: { total_usage: Math.round((usage?.cpuSeconds ?? 0) * 1e9) } },
  };
}

function iso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
