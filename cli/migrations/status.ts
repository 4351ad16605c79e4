/** `lockstep migrations status` and `facts`: the files of the working tree against the database of an environment. */

import { join } from 'node:path';
import { askDatabase } from '../../aws/inspection.ts';
import { clientsOf } from '../../aws/lazy-clients.ts';
import { LockstepError } from '../../core/errors.ts';
import { historyAnswerSchema } from '../../core/inspection.ts';
import { factsAnswerSchema } from '../../core/inspection-facts.ts';
import type { DatabaseFacts, HistoryFinding, HistoryState } from '../../core/migrations.ts';
import { inspectFunctionName } from '../../core/names.ts';
import { type Settings, settingsOf } from '../../core/plan.ts';
import { checksum, compareRelease, readRepository } from '../../judge/index.ts';
import { flag, type Invocation } from '../command.ts';
import { type Opened, open } from '../open.ts';
import { wrapped } from '../render/screen.ts';
import { screenOf } from '../render/text.ts';
import { Repository } from '../repository.ts';

export interface Seen {
  readonly opened: Opened;
  readonly settings: Settings;
  readonly state: HistoryState;
  /** Undefined where the database would not tell them. */
  readonly facts: DatabaseFacts | undefined;
}

/** Reads both sides. What the files have that the database has not is also asked about (NULLs, duplicates). */
export async function look(invocation: Invocation): Promise<Seen> {
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
  const { pending } = await compareRelease(schema, undefined, history);
  const asked = schema.migrations.filter((migration) => pending.includes(migration.name));
  const answer = await askDatabase(
    lambda,
    name,
    { want: 'facts', pending: asked.map(({ name, sql }) => ({ name, sql })) },
    factsAnswerSchema,
  );
  const facts = answer.reachable ? answer.facts : undefined;
  const where = `--service ${service} --environment ${environmentName}`;
  return { opened, settings, facts, state: await compareRelease(schema, undefined, history, facts, where) };
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

/** What `check --facts` reads. */
export async function showFacts(invocation: Invocation): Promise<number> {
  const { opened, facts } = await look(invocation);
  if (!facts)
    throw new LockstepError('UsageError', {
      problem: 'the database told its migrations, but no facts.',
      help: `\`lockstep verify --environment ${opened.environmentName}\` finds which part of the way is closed.`,
    });
  process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
  return 0;
}

export function findingLines(
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
