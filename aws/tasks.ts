/** ECS tasks: those of a service, and the one-off task of a migration. */
import {
  DescribeTasksCommand,
  type ECSClient,
  paginateListTasks,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Service,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import type { CheckedTask } from '../core/checked.ts';
import type { TaskSeen } from '../core/observation.ts';
import { revisionOf } from '../core/plan.ts';
import type { ServiceName } from './ecs.ts';
import { isNamed } from './errors.ts';

/** Every task of a service that runs, starts or stopped within the last hour. */
export async function tasksOf(ecs: ECSClient, name: ServiceName): Promise<Task[]> {
  const arns = new Set<string>();
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    const pages = paginateListTasks(
      { client: ecs },
      { cluster: name.cluster, serviceName: name.ecsService, desiredStatus },
    );
    for await (const page of pages) for (const arn of page.taskArns ?? []) arns.add(arn);
  }
  return describeTasks(ecs, name.cluster, [...arns]);
}

/** By ARN; those that ECS has forgotten are left out. */
export async function describeTasks(
  ecs: ECSClient,
  cluster: string,
  arns: readonly string[],
): Promise<Task[]> {
  const found: Task[] = [];
  // ECS takes at most 100 at a time.
  for (let from = 0; from < arns.length; from += 100) {
    const { tasks } = await ecs.send(
      new DescribeTasksCommand({ cluster, tasks: arns.slice(from, from + 100) }),
    );
    found.push(...(tasks ?? []));
  }
  return found;
}

export type Started = { readonly task: string } | { readonly refused: string };

/** Starts one task, or adopts the one that an earlier call with the same client token started. */
export async function runTask(ecs: ECSClient, input: RunTaskCommandInput): Promise<Started> {
  try {
    const { tasks, failures } = await ecs.send(new RunTaskCommand(input));
    const arn = tasks?.[0]?.taskArn;
    if (arn) return { task: arn };
    const failure = failures?.[0];
    return {
      refused: [failure?.reason, failure?.detail].filter(Boolean).join(': ') || 'ECS started no task',
    };
  } catch (error) {
    const existing =
      isNamed(error, 'ConflictException') && (error as { resourceIds?: string[] }).resourceIds?.[0];
    if (existing) return { task: existing };
    if (
      isNamed(
        error,
        'InvalidParameterException',
        'ClientException',
        'BlockedException',
        'PlatformUnknownException',
      )
    ) {
      return { refused: (error as Error).message };
    }
    throw error;
  }
}

/** Where the service's own tasks run: what lets them reach the database lets this one in. */
export function placeOf(service: Service) {
  const { networkConfiguration, capacityProviderStrategy, launchType, platformVersion } = service;
  return {
    ...(networkConfiguration ? { networkConfiguration } : {}),
    ...(capacityProviderStrategy?.length ? { capacityProviderStrategy } : launchType ? { launchType } : {}),
    ...(platformVersion ? { platformVersion } : {}),
  };
}

export async function stopTask(ecs: ECSClient, cluster: string, arn: string, reason: string): Promise<void> {
  await ecs.send(new StopTaskCommand({ cluster, task: arn, reason }));
}

/** The address that the load balancer knows the task by; null while it has none. */
export function addressOf(task: Task): string | null {
  const details = task.attachments?.find(
    (attachment) => attachment.type === 'ElasticNetworkInterface',
  )?.details;
  return details?.find((detail) => detail.name === 'privateIPv4Address')?.value ?? null;
}

/** `arn:…:task/cluster/4b1f…` → `4b1f…`. */
export function taskId(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** As health is judged by it. `container` is the one that releases change; `log` are its last lines, where they were read. */
export function taskSeen(task: Task, container: string, log: readonly string[]): TaskSeen {
  const own = task.containers?.find((one) => one.name === container);
  return {
    arn: task.taskArn ?? '',
    lastStatus: task.lastStatus ?? '',
    healthStatus: task.healthStatus ?? 'UNKNOWN',
    address: addressOf(task),
    stopCode: task.stopCode ?? null,
    stoppedReason: task.stoppedReason ?? null,
    exitCode: own?.exitCode ?? null,
    containerReason: own?.reason ?? null,
    log,
  };
}

/** As a check tells of them: those that have not stopped. */
export function checkedTasks(tasks: readonly Task[]): CheckedTask[] {
  return tasks
    .filter(({ lastStatus }) => lastStatus !== 'STOPPED')
    .map((task) => ({
      id: taskId(task.taskArn ?? ''),
      revision: revisionOf(task.taskDefinitionArn ?? ''),
      lastStatus: task.lastStatus ?? '',
      health: task.healthStatus ?? 'UNKNOWN',
      startedAt: task.startedAt?.toISOString() ?? null,
    }));
}
