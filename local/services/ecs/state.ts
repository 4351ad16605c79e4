/** The stored state of ECS and the ways to find something in it, with ECS's words where it is not there. */

import { AwsError, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';
import { arn, nameOf } from './arns.ts';
import type {
  Cluster,
  ServiceDeployment,
  ServiceRevision,
  StoredService,
  Task,
  TaskDefinition,
  Token,
} from './model.ts';

/** Stopped tasks can be described for an hour. */
export const STOPPED_TASKS_STAY_MS = 3_600_000;
/** Service deployments are kept for 90 days. */
const DEPLOYMENTS_STAY_MS = 90 * 24 * 3_600_000;

export class State {
  readonly world: World;
  readonly clusters: Collection<Cluster>;
  /** The newest revision's number, by family; numbers are never used twice. */
  readonly families: Collection<number>;
  readonly taskDefinitions: Collection<TaskDefinition>;
  readonly services: Collection<StoredService>;
  readonly serviceDeployments: Collection<ServiceDeployment>;
  readonly serviceRevisions: Collection<ServiceRevision>;
  readonly tasks: Collection<Task>;
  readonly tokens: Collection<Token>;
  /** Hashes of template properties, by resource: what CloudFormation compares. */
  readonly templates: Collection<{ hash: string; properties: Record<string, unknown>; ref: string }>;

  constructor(world: World) {
    const store = world.store('ecs');
    this.world = world;
    this.clusters = store.collection('clusters');
    this.families = store.collection('families');
    this.taskDefinitions = store.collection('task-definitions');
    this.services = store.collection('services');
    this.serviceDeployments = store.collection('service-deployments');
    this.serviceRevisions = store.collection('service-revisions');
    this.tasks = store.collection('tasks');
    this.tokens = store.collection('tokens');
    this.templates = store.collection('templates');
  }

  clusterArn(cluster: string | undefined): string {
    return cluster?.startsWith('arn:') ? cluster : arn(this.world, `cluster/${cluster ?? 'default'}`);
  }

  cluster(cluster: string | undefined): Cluster {
    const found = this.clusters.get(this.clusterArn(cluster));
    if (found?.status !== 'ACTIVE') throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
    return found;
  }

  serviceArn(cluster: string | undefined, service: string): string {
    if (service.startsWith('arn:')) return service;
    return arn(this.world, `service/${nameOf(this.clusterArn(cluster))}/${service}`);
  }

  service(cluster: string | undefined, service: string): StoredService {
    this.cluster(cluster);
    const found = this.services.get(this.serviceArn(cluster, service));
    if (!found) throw new AwsError('ServiceNotFoundException', 'Service not found.');
    return found;
  }

  taskArn(cluster: string | undefined, task: string): string {
    return task.startsWith('arn:')
      ? task
      : arn(this.world, `task/${nameOf(this.clusterArn(cluster))}/${task}`);
  }

  /** By ARN, `family:revision`, or `family` for its newest active revision. Undefined where there is none. */
  findTaskDefinition(reference: string): TaskDefinition | undefined {
    const name = reference.startsWith('arn:') ? nameOf(reference) : reference;
    if (name.includes(':')) return this.taskDefinitions.get(arn(this.world, `task-definition/${name}`));
    for (let revision = this.families.get(name) ?? 0; revision > 0; revision--) {
      const found = this.taskDefinitions.get(arn(this.world, `task-definition/${name}:${revision}`));
      if (found?.status === 'ACTIVE') return found;
    }
    return undefined;
  }

  taskDefinition(arnOfIt: string): TaskDefinition {
    const found = this.taskDefinitions.get(arnOfIt);
    if (!found) throw new AwsError('ClientException', 'Unable to describe task definition.');
    return found;
  }

  /** Tasks of a service or cluster, the oldest first; those that stopped more than an hour ago are forgotten here. */
  tasksOf(filter: (task: Task) => boolean): Task[] {
    const forgetBefore = this.world.clock.now() - STOPPED_TASKS_STAY_MS;
    const found: Task[] = [];
    for (const task of this.tasks.values()) {
      if (task.stoppedAt !== undefined && task.stoppedAt < forgetBefore) this.tasks.delete(task.arn);
      else if (filter(task)) found.push(task);
    }
    return found.sort((a, b) => a.createdAt - b.createdAt);
  }

  serviceTasks(serviceArn: string): Task[] {
    return this.tasksOf((task) => task.serviceArn === serviceArn && task.lastStatus !== 'STOPPED');
  }

  deploymentsOf(serviceArn: string): ServiceDeployment[] {
    const forgetBefore = this.world.clock.now() - DEPLOYMENTS_STAY_MS;
    const found: ServiceDeployment[] = [];
    for (const deployment of this.serviceDeployments.values()) {
      if (deployment.createdAt < forgetBefore) this.serviceDeployments.delete(deployment.arn);
      else if (deployment.serviceArn === serviceArn) found.push(deployment);
    }
    return found.sort((a, b) => b.createdAt - a.createdAt);
  }

  revision(arnOfIt: string): ServiceRevision {
    const found = this.serviceRevisions.get(arnOfIt);
    if (!found) throw new Error(`no service revision ${arnOfIt}`);
    return found;
  }
}

/** The page of a list that a request asks for, with the token of the next one. */
export function paged<T>(
  all: readonly T[],
  input: { nextToken?: string | undefined; maxResults?: number | undefined },
  most = 100,
): { page: T[]; nextToken: string | undefined } {
  const from = input.nextToken ? Number(Buffer.from(input.nextToken, 'base64').toString()) : 0;
  if (!Number.isInteger(from) || from < 0) throw new AwsError('InvalidParameterException', 'Invalid token.');
  if (input.maxResults !== undefined && (input.maxResults < 1 || input.maxResults > most)) {
    throw new AwsError('InvalidParameterException', `maxResults must be between 1 and ${most}`);
  }
  const to = from + (input.maxResults ?? most);
  return {
    page: all.slice(from, to),
    nextToken: to < all.length ? Buffer.from(String(to)).toString('base64') : undefined,
  };
}

export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

export function clientError(message: string): AwsError {
  return new AwsError('ClientException', message);
}
