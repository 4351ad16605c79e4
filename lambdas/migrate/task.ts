/** The migration task: registered and started once, looked at, stopped where it takes too long. */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ContainerDefinition, ECSClient, Task } from '@aws-sdk/client-ecs';
import { describeService, describeTaskDefinition, registerTaskDefinition } from '../../aws/ecs.ts';
import { lastLines, streamOf } from '../../aws/logs.ts';
import { describeTasks, placeOf, runTask } from '../../aws/tasks.ts';
import { LockstepError } from '../../core/errors.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import { lockTimeoutFor, migrationRevision, migrationScript } from '../../core/migration-task.ts';
import { type Plan, revisionOf, type Settings } from '../../core/plan.ts';
import type { Release } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';

const LOG_LINES = 20;

export interface MigrateClients {
  readonly ecs: ECSClient;
  readonly logs: CloudWatchLogsClient;
}

/** What an earlier try of this deployment leaves to the next one. */
export interface Try {
  /** The revision that was registered. */
  readonly taskDefinition?: string | undefined;
  /** How many were made before. */
  readonly attempt?: number | undefined;
  /** The migration that did not get its lock, to be marked as rolled back first. */
  readonly rollBack?: string | undefined;
}

/** Registers the task's revision and starts it. `keep` writes each down as soon as it is there. */
export async function startMigration(
  deployment: Deployment,
  plan: Plan,
  { release, migration }: { readonly release: Release; readonly migration: MigrationResult },
  { taskDefinition: registered, attempt = 0, rollBack }: Try,
  deps: MigrateClients & { keep(work: Readonly<Record<string, unknown>>, summary: string): Promise<void> },
): Promise<string> {
  const { settings } = plan;
  const service = await describeService(deps.ecs, settings);
  if (!service?.taskDefinition) {
    throw new LockstepError('ServiceNotFound', { service: settings.ecsService, cluster: settings.cluster });
  }
  const lockTimeout = lockTimeoutFor(migration, settings.migrations);
  const taskDefinition =
    registered ?? (await register(service.taskDefinition, { plan, release, lockTimeout }, deps.ecs));
  await deps.keep({ taskDefinition }, `${revisionOf(taskDefinition)} registered`);
  const started = await runTask(deps.ecs, {
    cluster: settings.cluster,
    taskDefinition,
    count: 1,
    // Unique to the deployment, so that a call that is repeated finds the task of the first.
    clientToken: `${deployment.id}-migrate${attempt === 0 ? '' : `-${attempt}`}`,
    startedBy: `lockstep/${deployment.id}`,
    ...placeOf(service),
    ...(rollBack ? { overrides: overridesFor(rollBack, settings, lockTimeout) } : {}),
  });
  if ('task' in started) return started.task;
  throw new LockstepError('MigrationNotStarted', { detail: started.refused, remedy: '' });
}

function overridesFor(rollBack: string, settings: Settings, lockTimeout: string) {
  const command = [migrationScript(lockTimeout, 'migrate deploy', rollBack)];
  return { containerOverrides: [{ name: settings.container, command }] };
}

async function register(
  current: string,
  { plan, release, lockTimeout }: { plan: Plan; release: Release; lockTimeout: string },
  ecs: ECSClient,
): Promise<string> {
  const found = await describeTaskDefinition(ecs, current);
  if (!found)
    throw new LockstepError('MigrationNotStarted', { detail: `ECS has no revision ${current}`, remedy: '' });
  const next = migrationRevision(found.definition, release.image, plan.settings, lockTimeout);
  return registerTaskDefinition(ecs, next as Parameters<typeof registerTaskDefinition>[1], found.tags);
}

export async function describeMigration(
  cluster: string,
  task: string,
  { ecs }: MigrateClients,
): Promise<Task | undefined> {
  return (await describeTasks(ecs, cluster, [task]))[0];
}

/** The last lines that the container that migrates has written. */
export async function readMigrationLog(
  task: Task,
  container: string,
  deps: MigrateClients,
): Promise<string[]> {
  const found = await describeTaskDefinition(deps.ecs, task.taskDefinitionArn ?? '');
  const definition: ContainerDefinition | undefined = found?.definition.containerDefinitions?.find(
    (one) => one.name === container,
  );
  const stream = streamOf(definition, task.taskArn ?? '');
  return stream ? lastLines(deps.logs, stream, LOG_LINES) : [];
}
