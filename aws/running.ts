/** What a service runs now: by task definition and by the digest that ECS really started, whatever tags say today. */
import type { ECSClient, Service, ServiceDeployment, ServiceRevision } from '@aws-sdk/client-ecs';
import type { ServiceDeploymentSeen } from '../core/outside.ts';
import { revisionOf, type Seen } from '../core/plan.ts';
import { PLACEHOLDER_LABEL } from '../core/task-definition.ts';
import {
  describeService,
  describeServiceDeployment,
  describeServiceRevisions,
  describeTaskDefinition,
  listServiceDeployments,
  type ServiceName,
  type TaggedTaskDefinition,
} from './ecs.ts';

export interface ServiceSeen {
  readonly service: Service;
  /** The task definition that the service has now. */
  readonly current: TaggedTaskDefinition;
  /** Null where the service has never run a release: there are no tasks, or those of a stand-in. */
  readonly running: Seen | null;
  /** Whether all of it runs and nothing is under way. */
  readonly steady: boolean;
}

/** Undefined where there is no such service. `container` is the one that releases change. */
export async function observeService(
  ecs: ECSClient,
  name: ServiceName,
  container: string,
): Promise<ServiceSeen | undefined> {
  const service = await describeService(ecs, name);
  const arn = service?.taskDefinition;
  if (!service || !arn) return undefined;
  const current = await describeTaskDefinition(ecs, arn);
  if (!current) return undefined;

  const definition = current.definition.containerDefinitions?.find((one) => one.name === container);
  const digest = await digestOf(ecs, name, service, container);
  const standIn = definition?.dockerLabels?.[PLACEHOLDER_LABEL] !== undefined;
  const runs = !standIn && (digest !== null || (service.runningCount ?? 0) > 0);
  return {
    service,
    current,
    running: runs
      ? { taskDefinition: arn, revision: revisionOf(arn), image: definition?.image ?? '', digest }
      : null,
    steady: isSteady(service),
  };
}

function isSteady({ deployments, desiredCount = 0, runningCount = 0, pendingCount = 0 }: Service): boolean {
  const one = deployments?.length === 1 ? deployments[0] : undefined;
  const completed = one?.rolloutState === undefined || one.rolloutState === 'COMPLETED';
  return (
    one !== undefined && completed && desiredCount > 0 && runningCount === desiredCount && pendingCount === 0
  );
}

/** The digest of the service's current task definition, as ECS resolved it when it started tasks of it. */
async function digestOf(
  ecs: ECSClient,
  name: ServiceName,
  service: Service,
  container: string,
): Promise<string | null> {
  const digestIn = (revisions: readonly ServiceRevision[]) =>
    revisions
      .filter((revision) => revision.taskDefinition === service.taskDefinition)
      .flatMap((revision) => revision.containerImages ?? [])
      .find((image) => image.containerName === container && image.imageDigest)?.imageDigest;

  const current = (service.currentServiceRevisions ?? []).flatMap((revision) => revision.arn ?? []);
  const direct = current.length > 0 ? digestIn(await describeServiceRevisions(ecs, current)) : undefined;
  if (direct) return direct;
  // Older deployments of the same task definition knew it too.
  const earlier = (await listServiceDeployments(ecs, name)).flatMap(
    (brief) => brief.targetServiceRevisionArn ?? [],
  );
  const targets = [...new Set(earlier)].slice(0, 20);
  return (targets.length > 0 && digestIn(await describeServiceRevisions(ecs, targets))) || null;
}

/** The ARN of the service revision that a deployment leads to: its target, or what it goes back to. */
export function destination(deployment: ServiceDeployment): string | undefined {
  return deployment.status?.startsWith('ROLLBACK_')
    ? deployment.rollback?.serviceRevisionArn
    : deployment.targetServiceRevision?.arn;
}

/** A service deployment together with the task definition that it leads to. */
export interface DeploymentSeen {
  readonly deployment: ServiceDeployment;
  readonly taskDefinition: string | null;
}

export async function observeDeployment(ecs: ECSClient, arn: string): Promise<DeploymentSeen | undefined> {
  const deployment = await describeServiceDeployment(ecs, arn);
  if (!deployment) return undefined;
  const revision = destination(deployment);
  const [described] = revision ? await describeServiceRevisions(ecs, [revision]) : [];
  return { deployment, taskDefinition: described?.taskDefinition ?? null };
}

/** How far the clocks of AWS and of whoever took the moment may be apart. */
const CLOCKS_APART_MS = 5_000;

/** The newest service deployment since a moment whose *target* is this task definition; undefined where ECS lists none (yet). */
export async function findDeploymentOf(
  ecs: ECSClient,
  name: ServiceName,
  taskDefinition: string,
  since?: Date,
): Promise<string | undefined> {
  const from = since && new Date(since.getTime() - CLOCKS_APART_MS);
  const briefs = (await listServiceDeployments(ecs, name, from)).slice(0, 20);
  const arns = briefs.flatMap((brief) => brief.targetServiceRevisionArn ?? []);
  if (arns.length === 0) return undefined;
  const revisions = await describeServiceRevisions(ecs, [...new Set(arns)]);
  const ours = new Set(
    revisions
      .filter((revision) => revision.taskDefinition === taskDefinition)
      .map((revision) => revision.serviceRevisionArn),
  );
  return briefs.find((brief) => ours.has(brief.targetServiceRevisionArn))?.serviceDeploymentArn;
}

/** Every service deployment since a moment, newest first, at most 100, with the task definition that each leads to. */
export async function serviceDeploymentsSince(
  ecs: ECSClient,
  name: ServiceName,
  since: Date,
): Promise<ServiceDeploymentSeen[]> {
  const briefs = await listServiceDeployments(ecs, name, new Date(since.getTime() - CLOCKS_APART_MS));
  const arns = [...new Set(briefs.flatMap((brief) => brief.targetServiceRevisionArn ?? []))];
  const revisions = arns.length > 0 ? await describeServiceRevisions(ecs, arns) : [];
  return briefs.map((brief) => ({
    arn: brief.serviceDeploymentArn ?? '',
    createdAt: (brief.createdAt ?? since).toISOString(),
    finishedAt: brief.finishedAt?.toISOString() ?? null,
    status: brief.status ?? 'unknown',
    taskDefinition:
      revisions.find((revision) => revision.serviceRevisionArn === brief.targetServiceRevisionArn)
        ?.taskDefinition ?? null,
  }));
}
