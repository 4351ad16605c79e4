/** `lockstep watch logs`. */

import { describeService, describeTaskDefinition } from '../../aws/ecs.ts';
import { entriesOf } from '../../aws/journal.ts';
import { type Clients, clientsOf } from '../../aws/lazy-clients.ts';
import { type LogQuestion, linesBetween, streamsBegun } from '../../aws/log-lines.ts';
import { streamOf } from '../../aws/logs.ts';
import { LockstepError } from '../../core/errors.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { type Settings, settingsOf } from '../../core/plan.ts';
import { flag, type Invocation, text } from '../command.ts';
import { findDeployment } from '../find.ts';
import { type Opened, open } from '../open.ts';
import { LogPrinter } from '../render/log.ts';
import { screenOf } from '../render/text.ts';
import { timeoutOf } from '../target.ts';
import { follow } from './logs.ts';
import { momentOf } from './time.ts';

const DEFAULT_SINCE_MS = 10 * 60_000;
/** FilterLogEvents takes no more names. */
const MOST_STREAMS = 100;

export async function watchLogs(invocation: Invocation): Promise<number> {
  const opened = await open(invocation);
  const { cloud, environment, service } = opened;
  const settings = settingsOf(environment, cloud.environmentName, service);
  if (!settings) throw new Error(`no service ${service}`);
  const clients = clientsOf(cloud);
  const following = flag(invocation, 'follow');
  const now = Date.now();
  const until = momentOf(invocation, 'until', now);
  if (following && until !== undefined)
    throw new LockstepError('UsageError', {
      problem: '--follow has no end, and --until is one.',
      help: 'Leave one of them out.',
    });
  const release = text(invocation, 'deployment');
  const entry = release === undefined ? undefined : await findDeployment(cloud, environment, release);
  const question = await questionOf(invocation, opened, settings, entry, clients);
  const since =
    momentOf(invocation, 'since', now) ??
    (entry ? Date.parse(entry.startedAt) : following ? now - 5_000 : now - DEFAULT_SINCE_MS);
  if (until !== undefined && until <= since)
    throw new LockstepError('UsageError', {
      problem: `--until lies before what it starts with, ${moment(since)}.`,
      help: '--until 5m means five minutes ago: give a --since that is longer ago.',
    });
  const form = flag(invocation, 'json') ? 'json' : flag(invocation, 'raw') ? 'raw' : 'text';
  const printer = new LogPrinter(screenOf(process.stdout, invocation.variables), form);
  const logs = await clients.logs();
  if (following) {
    const { timeout } = timeoutOf(invocation);
    await follow({
      logs,
      account: cloud.account.id,
      question,
      from: since,
      signal:
        timeout === undefined
          ? invocation.signal
          : AbortSignal.any([invocation.signal, AbortSignal.timeout(timeout)]),
      show: (lines) => printer.print(lines),
      note: (line) => void process.stderr.write(`${line}\n`),
    });
    return 0;
  }
  let shown = 0;
  for await (const lines of linesBetween(logs, question, since, until ?? now + 60_000)) {
    printer.print(lines.toSorted((a, b) => a.at - b.at));
    shown += lines.length;
    if (invocation.signal.aborted) break;
  }
  if (shown === 0 && form === 'text') {
    const matching = question.filter ? ` that matches '${question.filter}'` : '';
    const task = text(invocation, 'task');
    const of = task === undefined ? '' : ` of a task ${task}`;
    process.stderr.write(
      `There is no line${of}${matching} in ${question.group} since ${moment(since)}; --since 1h looks further back.\n`,
    );
  }
  return 0;
}

const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** The log group is the one that the running task definition names: the environment file may not say. */
async function questionOf(
  invocation: Invocation,
  { cloud }: Opened,
  settings: Settings,
  entry: JournalEntry | undefined,
  clients: Clients,
): Promise<LogQuestion> {
  const ecs = await clients.ecs();
  const running = await describeService(ecs, settings);
  const definition = running?.taskDefinition
    ? await describeTaskDefinition(ecs, running.taskDefinition)
    : undefined;
  const container = definition?.definition.containerDefinitions?.find(
    ({ name }) => name === settings.container,
  );
  const stream = container ? streamOf(container, '/') : undefined;
  const filter = text(invocation, 'filter');
  const question = { group: stream?.group ?? settings.logGroup, region: cloud.region, filter };
  const task = text(invocation, 'task');
  if (task !== undefined) return { ...question, prefix: `${stream?.stream ?? ''}${task}` };
  if (!entry) return question;
  const from = Date.parse(entry.startedAt);
  const streams = await streamsBegun(await clients.logs(), question, from, await nextRelease(cloud, entry));
  if (streams.length === 0)
    throw new LockstepError('UsageError', {
      problem: `deployment ${entry.deploymentId} started no task that wrote a line.`,
      help: `\`lockstep show ${entry.deploymentId}\` says how far it came.`,
    });
  return { ...question, streams: streams.slice(-MOST_STREAMS) };
}

/** When the release after this one began: tasks that start from then on are not this one's. */
async function nextRelease(cloud: Opened['cloud'], entry: JournalEntry): Promise<number> {
  let next = Number.POSITIVE_INFINITY;
  for await (const later of entriesOf(cloud.journal, entry.target)) {
    if (later.startedAt <= entry.startedAt) break;
    const updated = later.steps.UpdateService?.startedAt;
    if (updated) next = Date.parse(updated);
  }
  return next;
}
