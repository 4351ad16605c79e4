/** `lockstep migrations status` and `resolve`: the files of the working tree against the database of an environment. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeService, describeTaskDefinition } from '../../aws/ecs.ts';
import { askDatabase } from '../../aws/inspection.ts';
import { lastLines, streamOf } from '../../aws/logs.ts';
import { describeTasks, runTask, taskId } from '../../aws/tasks.ts';
import { LockstepError } from '../../core/errors.ts';
import { historyAnswerSchema } from '../../core/inspection.ts';
import { migrationScript } from '../../core/migration-task.ts';
import type { HistoryFinding, HistoryState } from '../../core/migrations.ts';
import { inspectFunctionName } from '../../core/names.ts';
import { type Settings, settingsOf } from '../../core/plan.ts';
import { checksum, compareRelease, readRepository } from '../../judge/index.ts';
import { clientsOf } from '../clients.ts';
import { flag, type Invocation, problem } from '../command.ts';
import { confirm } from '../confirm.ts';
import { type Opened, open } from '../open.ts';
import { wrapped } from '../render/screen.ts';
import { screenOf } from '../render/text.ts';
import { Repository } from '../repository.ts';

interface Seen {
  readonly opened: Opened;
  readonly settings: Settings;
  readonly state: HistoryState;
}

async function look(invocation: Invocation): Promise<Seen> {
  const opened = await open(invocation);
  const { cloud, environment, service, environmentName } = opened;
  const settings = settingsOf(environment, environmentName, service);
  if (!settings) throw new Error(`no service ${service}`);
  const { root } = await Repository.at(invocation.directory);
  const files = readRepository(join(root, settings.path));
  const lambda = await clientsOf(cloud).lambda();
  const name = inspectFunctionName(environmentName, service);
  const history = await askDatabase(lambda, name, { want: 'history' }, historyAnswerSchema);
  if (!history.reachable)
    throw new LockstepError('UsageError', {
      problem: `the database cannot be asked: ${history.reason}`,
      help: `\`lockstep verify --environment ${environmentName}\` finds which part of the way is closed.`,
    });
  const decoder = new TextDecoder();
  const schema = {
    prismaVersion: files.prismaVersion ?? '',
    schema: [],
    migrations: files.migrations.map(({ name, sql }) => ({
      name,
      checksum: checksum(sql),
      sql: typeof sql === 'string' ? sql : decoder.decode(sql),
    })),
  };
  return { opened, settings, state: await compareRelease(schema, undefined, history) };
}

export async function showStatus(invocation: Invocation): Promise<number> {
  const { opened, state } = await look(invocation);
  const blocked = state.findings.some(({ severity }) => severity === 'blocked');
  if (flag(invocation, 'json')) {
    const { service, environmentName: environment } = opened;
    process.stdout.write(`${JSON.stringify({ type: 'migrations', service, environment, ...state })}\n`);
    return blocked ? 10 : 0;
  }
  const { columns } = screenOf(process.stdout, invocation.variables);
  const list = (label: string, names: readonly string[]) =>
    wrapped(
      `${label.padEnd(9)}`,
      names.length === 0 ? 'none' : `${names.length}: ${names.join(', ')}`,
      columns,
    );
  const lines = [
    `migrations of ${opened.service} in ${opened.environmentName}`,
    ...list('applied', state.applied),
    ...list('pending', state.pending),
    ...state.findings.flatMap((finding) => findingLines(finding, columns)),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return blocked ? 10 : 0;
}

function findingLines(
  { kind, code, migration, means, now, commands }: HistoryFinding,
  columns: number,
): string[] {
  return [
    '',
    [kind, code, migration].filter(Boolean).join('  '),
    ...wrapped('  means  ', means, columns),
    ...wrapped('  now    ', now, columns),
    ...commands.map((command, index) => `${index === 0 ? '  do     ' : '         '}${command}`),
  ];
}

const POLL_MS = 1_000;
const LOG_LINES = 20;
/** Prisma's own names of folders; what a shell would read otherwise has no place in one. */
const NAME = /^[\w.-]+$/;

/** Runs Prisma's own `migrate resolve` where `migrate deploy` ran: in a task of the release that failed. */
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
  return runResolve(opened, settings, `migrate resolve ${how} ${name}`);
}

async function runResolve({ cloud }: Opened, settings: Settings, words: string): Promise<number> {
  const clients = clientsOf(cloud);
  const ecs = await clients.ecs();
  const service = await describeService(ecs, settings);
  const current = service?.taskDefinition && (await describeTaskDefinition(ecs, service.taskDefinition));
  const family = current ? `${current.definition.family}-migrate` : '';
  // Its newest revision is of the release whose migration failed: the one image that has the file.
  const migrate = family ? await describeTaskDefinition(ecs, family) : undefined;
  if (!service || !migrate)
    throw new LockstepError('MigrationNotStarted', { detail: 'no migration has run here yet', remedy: '' });
  const { networkConfiguration, launchType, platformVersion } = service;
  const started = await runTask(ecs, {
    cluster: settings.cluster,
    taskDefinition: migrate.definition.taskDefinitionArn ?? family,
    count: 1,
    startedBy: 'lockstep/resolve',
    ...(networkConfiguration && { networkConfiguration }),
    ...(launchType && { launchType }),
    ...(platformVersion && { platformVersion }),
    overrides: {
      containerOverrides: [
        { name: settings.container, command: [migrationScript(settings.migrations.lockTimeout, words)] },
      ],
    },
  });
  if ('refused' in started)
    throw new LockstepError('MigrationNotStarted', { detail: started.refused, remedy: '' });
  process.stdout.write(`task ${taskId(started.task)} runs \`prisma ${words}\` …\n`);
  for (;;) {
    const [task] = await describeTasks(ecs, settings.cluster, [started.task]);
    if (task?.lastStatus !== 'STOPPED') {
      await sleep(POLL_MS);
      continue;
    }
    const container = migrate.definition.containerDefinitions?.find(
      ({ name }) => name === settings.container,
    );
    const stream = streamOf(container, started.task);
    const lines = stream ? await lastLines(await clients.logs(), stream, LOG_LINES) : [];
    process.stdout.write(lines.map((line) => `  ${line}\n`).join(''));
    const code = task.containers?.find(({ name }) => name === settings.container)?.exitCode;
    process.stdout.write(
      code === 0 ? 'Resolved.\n' : `Prisma ended with ${code ?? 'no exit code'}; see above.\n`,
    );
    return code === 0 ? 0 : 12;
  }
}
