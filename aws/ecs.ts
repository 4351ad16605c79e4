/** ECS: services, their deployments and revisions, task definitions. Tasks are in tasks.ts. */
import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Service,
  type ServiceDeployment,
  type ServiceDeploymentBrief,
  type ServiceRevision,
  StopServiceDeploymentCommand,
  type Tag,
  type TaskDefinition,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { isNamed } from './errors.ts';

/** Names a service as ECS's operations want it. */
export interface ServiceName {
  readonly cluster: string;
  readonly ecsService: string;
}

/** Undefined where there is no such service or cluster. Its status may be DRAINING or INACTIVE. */
export async function describeService(ecs: ECSClient, name: ServiceName): Promise<Service | undefined> {
  try {
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: name.cluster, services: [name.ecsService] }),
    );
    return services?.[0];
  } catch (error) {
    if (isNamed(error, 'ClusterNotFoundException', 'ServiceNotFoundException')) return undefined;
    throw error;
  }
}

export interface TaggedTaskDefinition {
  readonly definition: TaskDefinition;
  readonly tags: readonly Tag[];
}

/** By ARN, `family:revision` or family. Undefined where there is none; its status may be INACTIVE. */
export async function describeTaskDefinition(
  ecs: ECSClient,
  reference: string,
): Promise<TaggedTaskDefinition | undefined> {
  try {
    const { taskDefinition, tags } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: reference, include: ['TAGS'] }),
    );
    return taskDefinition && { definition: taskDefinition, tags: tags ?? [] };
  } catch (error) {
    // ECS has no error of its own for this: ClientException, "Unable to describe task definition."
    if (isNamed(error, 'ClientException') && /unable to describe|not found/i.test((error as Error).message)) {
      return undefined;
    }
    throw error;
  }
}

/** Registers a revision with the tags of the one that it was copied from, and returns its ARN. */
export async function registerTaskDefinition(
  ecs: ECSClient,
  definition: Omit<RegisterTaskDefinitionCommandInput, 'tags'>,
  tags: readonly Tag[],
): Promise<string> {
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({ ...definition, ...(tags.length > 0 ? { tags: [...tags] } : {}) }),
  );
  if (!taskDefinition?.taskDefinitionArn)
    throw new Error('ECS RegisterTaskDefinition answered without an ARN');
  return taskDefinition.taskDefinitionArn;
}

/**
 * Gives the service a task definition. Never a desired count: autoscaling moves it, during a deployment too.
 * `force` starts a deployment although nothing in the service differs.
 */
export async function updateService(
  ecs: ECSClient,
  name: ServiceName,
  taskDefinition: string,
  options: { readonly force?: boolean } = {},
): Promise<Service | undefined> {
  const { service } = await ecs.send(
    new UpdateServiceCommand({
      cluster: name.cluster,
      service: name.ecsService,
      taskDefinition,
      ...(options.force ? { forceNewDeployment: true } : {}),
    }),
  );
  return service;
}

/** Statuses of a service deployment that is still under way. */
export const UNDER_WAY = [
  'PENDING',
  'IN_PROGRESS',
  'STOP_REQUESTED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
] as const;

/** The service's deployments of the last 90 days, newest first, at most 100. */
export async function listServiceDeployments(
  ecs: ECSClient,
  name: ServiceName,
  since?: Date,
): Promise<ServiceDeploymentBrief[]> {
  const { serviceDeployments } = await ecs.send(
    new ListServiceDeploymentsCommand({
      cluster: name.cluster,
      service: name.ecsService,
      maxResults: 100,
      ...(since ? { createdAt: { after: since } } : {}),
    }),
  );
  return (serviceDeployments ?? []).toSorted((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0));
}

export async function describeServiceDeployment(
  ecs: ECSClient,
  arn: string,
): Promise<ServiceDeployment | undefined> {
  try {
    const { serviceDeployments } = await ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }),
    );
    return serviceDeployments?.[0];
  } catch (error) {
    if (isNamed(error, 'ServiceDeploymentNotFoundException')) return undefined;
    throw error;
  }
}

/** By ARN, in no particular order; those that ECS does not know are left out. */
export async function describeServiceRevisions(
  ecs: ECSClient,
  arns: readonly string[],
): Promise<ServiceRevision[]> {
  const found: ServiceRevision[] = [];
  // ECS takes at most 20 at a time.
  for (let from = 0; from < arns.length; from += 20) {
    const { serviceRevisions } = await ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns.slice(from, from + 20) }),
    );
    found.push(...(serviceRevisions ?? []));
  }
  return found;
}

/**
 * Stops a deployment that is under way: ECS then takes the service back to the revision before it, whether or not the
 * service has a rollback configured. False where it had ended already.
 */
export async function stopServiceDeployment(ecs: ECSClient, arn: string): Promise<boolean> {
  try {
    await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: 'ROLLBACK' }));
    return true;
  } catch (error) {
    if (isNamed(error, 'ConflictException', 'ServiceDeploymentNotFoundException')) return false;
    throw error;
  }
}
