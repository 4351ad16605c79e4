/** Looks once at everything that says how a release is: ECS, the load balancer, the endpoints, the alarms. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ContainerDefinition, ECSClient, Service, Task } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ask } from '../../aws/ask.ts';
import { alarmsInAlarm } from '../../aws/cloudwatch.ts';
import { describeService, describeTaskDefinition, listServiceDeployments, UNDER_WAY } from '../../aws/ecs.ts';
import { frontDoor, targetsOf } from '../../aws/elb.ts';
import { lastLines, streamOf } from '../../aws/logs.ts';
import { type DeploymentSeen, findDeploymentOf, observeDeployment } from '../../aws/running.ts';
import { secretValue } from '../../aws/secrets.ts';
import { addressOf, taskId, taskSeen, tasksOf } from '../../aws/tasks.ts';
import { LockstepError } from '../../core/errors.ts';
import type { FrontDoor } from '../../core/front-door.ts';
import { isBad } from '../../core/health-failure.ts';
import type { TaskLook } from '../../core/health-record.ts';
import { mergeTargets, type Observation, type TargetSeen, type TaskSeen } from '../../core/observation.ts';
import { revisionOf, type Settings } from '../../core/plan.ts';
import type { Rollout } from '../../core/rollout.ts';

export interface HealthClients {
  readonly cloudwatch: CloudWatchClient;
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly secrets: SecretsManagerClient;
}

/** What does not change from one look to the next, so that it is asked once. */
export interface Known {
  readonly serviceDeployment: string | null;
  /** Where the service is asked; undefined before the first look. */
  readonly door: FrontDoor | undefined;
}

export interface Looked {
  readonly seen: Observation;
  readonly known: Known;
  /** All tasks of the service since the release began, those of the revision before too. */
  readonly looks: readonly TaskLook[];
}

/** Tasks whose last words are read, of those that stopped and of those that run; more would say the same. */
const LOGS_READ = 2;
const LOG_LINES = 200;

export async function look(
  settings: Settings,
  rollout: Rollout,
  subject: 'release' | 'rollback',
  alarmNames: readonly string[],
  before: Known,
  clients: HealthClients,
): Promise<Looked> {
  const service = await describeService(clients.ecs, settings);
  if (!service) {
    throw new LockstepError('ServiceNotFound', { service: settings.ecsService, cluster: settings.cluster });
  }
  const groups = (service.loadBalancers ?? []).flatMap((balancer) => balancer.targetGroupArn ?? []);
  // Where the service's own domain is not named, the load balancer is asked by its.
  const door = before.door ?? (await frontDoor(clients.elb, settings.health.url, groups));
  const { url, closed } = door;
  const serviceDeployment =
    before.serviceDeployment ??
    (await findDeploymentOf(clients.ecs, settings, rollout.taskDefinition, new Date(rollout.startedAt))) ??
    null;
  const [deployment, currentDeployment, all, targets, health, status, alarms] = await Promise.all([
    serviceDeployment ? observeDeployment(clients.ecs, serviceDeployment) : undefined,
    currentOf(settings, clients),
    tasksOf(clients.ecs, settings),
    targetsSeen(groups, clients),
    url ? ask(url, settings.health.path) : null,
    url && settings.health.statusPath ? askStatus(url, settings.health.statusPath, settings, clients) : null,
    alarmsInAlarm(clients.cloudwatch, alarmNames),
  ]);
  const seen: Observation = {
    elapsed: (Date.now() - Date.parse(rollout.startedAt)) / 1000,
    taskDefinition: rollout.taskDefinition,
    deployment: deployment ? asSeen(deployment, subject) : null,
    currentDeployment,
    desired: desiredOf(service),
    tasks: await tasksSeen(all, settings, rollout, [health, status].some(isBad), clients),
    targets,
    health,
    status,
    closed,
    alarms,
  };
  return { seen, known: { serviceDeployment, door }, looks: looksOf(all, targets, rollout) };
}

function looksOf(all: readonly Task[], targets: readonly TargetSeen[] | null, rollout: Rollout): TaskLook[] {
  const began = Date.parse(rollout.startedAt);
  const since = all.filter((task) => !task.stoppedAt || Number(task.stoppedAt) >= began);
  return since.map((task) => {
    const target = targets?.find(({ address }) => address === addressOf(task));
    const check = task.healthStatus === 'HEALTHY' || task.healthStatus === 'UNHEALTHY';
    return {
      id: taskId(task.taskArn ?? ''),
      revision: revisionOf(task.taskDefinitionArn ?? ''),
      created: (task.createdAt ?? new Date()).toISOString(),
      started: task.startedAt?.toISOString() ?? null,
      leaving: task.stoppingAt?.toISOString() ?? null,
      stopped: task.stoppedAt?.toISOString() ?? null,
      reason: task.stoppedReason ?? null,
      check: check ? (task.healthStatus === 'HEALTHY' ? ('healthy' as const) : ('unhealthy' as const)) : null,
      target: target?.state ?? null,
      balanced: targets !== null,
    };
  });
}

/**
 * A deployment that ECS takes back is a failure of the release, but for the release that it goes back to it is the way
 * there: then its end counts as any deployment's end.
 */
function asSeen(
  { deployment, taskDefinition }: DeploymentSeen,
  subject: 'release' | 'rollback',
): NonNullable<Observation['deployment']> {
  const status = deployment.status ?? 'PENDING';
  const goesBack = subject === 'rollback' && status.startsWith('ROLLBACK_') && status !== 'ROLLBACK_FAILED';
  return {
    arn: deployment.serviceDeploymentArn ?? '',
    status: goesBack ? (status === 'ROLLBACK_SUCCESSFUL' ? 'SUCCESSFUL' : 'IN_PROGRESS') : status,
    statusReason: deployment.statusReason ?? null,
    // While it is taken back, `taskDefinition` is the one that it goes back to, which for the release is no other deployment.
    taskDefinition: status.startsWith('ROLLBACK_') && !goesBack ? null : taskDefinition,
    triggeredAlarms: deployment.alarms?.triggeredAlarmNames ?? [],
  };
}

async function currentOf(settings: Settings, { ecs }: HealthClients): Promise<string | null> {
  const deployments = await listServiceDeployments(ecs, settings);
  const current = deployments.find(({ status }) =>
    (UNDER_WAY as readonly (string | undefined)[]).includes(status),
  );
  return current?.serviceDeploymentArn ?? null;
}

/** Autoscaling may move the service's count while the deployment is on its way; the deployment's own is what it aims at. */
function desiredOf(service: Service): number {
  const primary = service.deployments?.find((deployment) => deployment.status === 'PRIMARY');
  return primary?.desiredCount ?? service.desiredCount ?? 0;
}

async function tasksSeen(
  all: readonly Task[],
  settings: Settings,
  rollout: Rollout,
  answersBadly: boolean,
  clients: HealthClients,
): Promise<TaskSeen[]> {
  const began = Date.parse(rollout.startedAt);
  const tasks = all
    .filter((task) => task.taskDefinitionArn === rollout.taskDefinition)
    // Of an old revision that runs again, only stops since then say something; its tasks may be as old as they like.
    .filter((task) => task.lastStatus !== 'STOPPED' || Number(task.createdAt ?? 0) >= began)
    .sort((a, b) => Number(a.createdAt ?? 0) - Number(b.createdAt ?? 0));
  const ended = (task: Task) => task.lastStatus === 'STOPPED';
  // A task that answers badly says why while it runs.
  const asked = [
    ...tasks.filter(ended).slice(-LOGS_READ),
    ...(answersBadly ? tasks.filter((task) => !ended(task)).slice(-LOGS_READ) : []),
  ];
  const definition =
    asked.length > 0 ? await describeTaskDefinition(clients.ecs, rollout.taskDefinition) : undefined;
  const container = definition?.definition.containerDefinitions?.find(
    (one) => one.name === settings.container,
  );
  return Promise.all(
    tasks.map(async (task) =>
      taskSeen(task, settings.container, asked.includes(task) ? await wordsOf(task, container, clients) : []),
    ),
  );
}

async function wordsOf(
  task: Task,
  container: ContainerDefinition | undefined,
  { logs }: HealthClients,
): Promise<string[]> {
  const stream = streamOf(container, task.taskArn ?? '');
  return stream ? lastLines(logs, stream, LOG_LINES) : [];
}

async function targetsSeen(groups: readonly string[], { elb }: HealthClients): Promise<TargetSeen[] | null> {
  const known = await Promise.all(groups.map((group) => targetsOf(elb, group)));
  const lists = known.filter((list) => list !== null);
  return lists.length > 0 ? mergeTargets(lists) : null;
}

async function askStatus(url: string, path: string, settings: Settings, { secrets }: HealthClients) {
  const { statusTokenSecret } = settings.health;
  return ask(url, path, statusTokenSecret ? await secretValue(secrets, statusTokenSecret) : undefined);
}
