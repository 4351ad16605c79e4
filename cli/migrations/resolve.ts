/** `lockstep migrations resolve`: Prisma's own `migrate resolve`, run where `migrate deploy` ran. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDefinition, ECSClient } from '@aws-sdk/client-ecs';
import { describeService, describeTaskDefinition } from '../../aws/ecs.ts';
import { clientsOf } from '../../aws/lazy-clients.ts';
import { lastLines, streamOf } from '../../aws/logs.ts';
import { describeTasks, placeOf, runTask, taskId } from '../../aws/tasks.ts';
import { LockstepError } from '../../core/errors.ts';
import { migrationScript } from '../../core/migration-task.ts';
import type { Settings } from '../../core/plan.ts';
import { flag, type Invocation, problem } from '../command.ts';
import { confirm } from '../confirm.ts';
import { screenOf } from '../render/text.ts';
import { findingLines, look } from './status.ts';

type Clients = ReturnType<typeof clientsOf>;

const POLL_MS = 1_000;
const LOG_LINES = 20;
/** Lines reach CloudWatch some seconds after the task has stopped. */
const LOOKS_FOR_LOG = 5;
/** Prisma's own names of folders; what a shell would read otherwise has no place in one. */
const NAME = /^[\w.-]+$/;

/** Shows what is known of the failed migration, asks, and lets Prisma mark it. */
export async function resolveMigration(invocation: Invocation, name: string | undefined): Promise<number> {
  const { migrations } = await import('../commands/migrations.ts');
  const applied = flag(invocation, 'applied');
  if (!name || applied === flag(invocation, 'rolled-back'))
    throw problem('resolve needs a migration, and either --applied or --rolled-back.', migrations);
  if (!NAME.test(name)) throw problem(`"${name}" is no name of a migration.`, migrations);
  const { opened, settings, state } = await look(invocation);
  const finding = state.findings.find(
    (one) => one.migration === name && (one.kind === 'failed' || one.kind === 'half-applied'),
  );
  if (!finding)
    throw new LockstepError('UsageError', {
      problem: `${name} has not failed in ${opened.environmentName}.`,
      help: `\`lockstep migrations status --environment ${opened.environmentName}\` says how each stands.`,
    });
  const { columns } = screenOf(process.stdout, invocation.variables);
  process.stdout.write(`${findingLines(finding, columns).slice(1).join('\n')}\n`);
  const how = applied ? '--applied' : '--rolled-back';
  const question = `Run \`prisma migrate resolve ${how} ${name}\` in ${opened.environmentName}?`;
  if (!flag(invocation, 'yes') && !(await confirm(question, invocation.signal))) {
    process.stdout.write('Nothing was changed.\n');
    return 0;
  }
  const code = await runPrisma(
    clientsOf(opened.cloud),
    settings,
    `migrate resolve ${how} ${name}`,
    invocation,
  );
  if (code !== 0) {
    process.stdout.write(`Prisma ended with ${code ?? 'no exit code'}; nothing was resolved.\n`);
    return 12;
  }
  process.stdout.write(
    applied
      ? `Resolved: ${name} counts as applied.\n`
      : `Resolved: ${name} is pending again, and the next deployment runs it.\n`,
  );
  return 0;
}

/** In a task of the release that failed: its exit code, undefined where it has none. */
async function runPrisma(
  clients: Clients,
  settings: Settings,
  words: string,
  { signal }: Invocation,
): Promise<number | undefined> {
  const ecs = await clients.ecs();
  const { service, revision, container } = await migrator(ecs, settings);
  const command = [migrationScript(settings.migrations.lockTimeout, words)];
  const started = await runTask(ecs, {
    cluster: settings.cluster,
    taskDefinition: revision,
    count: 1,
    startedBy: 'lockstep/resolve',
    ...placeOf(service),
    overrides: { containerOverrides: [{ name: settings.container, command }] },
  });
  if ('refused' in started)
    throw new LockstepError('MigrationNotStarted', { detail: started.refused, remedy: '' });
  process.stdout.write(`task ${taskId(started.task)} runs \`prisma ${words}\` …\n`);
  for (;;) {
    const [task] = await describeTasks(ecs, settings.cluster, [started.task]);
    if (task?.lastStatus === 'STOPPED') {
      const stream = streamOf(container, started.task);
      const log = stream ? await lines(clients, stream, signal) : [];
      process.stdout.write(log.map((line) => `  ${line}\n`).join(''));
      const end = task.containers?.find(({ name }) => name === settings.container);
      if (end?.exitCode === undefined)
        process.stdout.write(`  ${end?.reason ?? task.stoppedReason ?? 'ECS gives no reason'}\n`);
      return end?.exitCode;
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function lines(
  clients: Clients,
  stream: Parameters<typeof lastLines>[1],
  signal: AbortSignal,
): Promise<string[]> {
  const logs = await clients.logs();
  for (let looked = 1; ; looked += 1) {
    const found = await lastLines(logs, stream, LOG_LINES);
    if (found.length > 0 || looked === LOOKS_FOR_LOG) return found;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Of the family that migrates the newest revision is of the release whose migration failed: the one image that has the file. */
async function migrator(ecs: ECSClient, settings: Settings) {
  const service = await describeService(ecs, settings);
  const current = service?.taskDefinition && (await describeTaskDefinition(ecs, service.taskDefinition));
  const family = current ? `${current.definition.family}-migrate` : '';
  const found = family ? await describeTaskDefinition(ecs, family) : undefined;
  if (!service || !found)
    throw new LockstepError('MigrationNotStarted', { detail: 'no migration has run here yet', remedy: '' });
  const container: ContainerDefinition | undefined = found.definition.containerDefinitions?.find(
    ({ name }) => name === settings.container,
  );
  return { service, revision: found.definition.taskDefinitionArn ?? family, container };
}
