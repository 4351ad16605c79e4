/** What a deployment leaves behind to be read: logs, and the task definition's difference. */
import { describeBuild } from '../../aws/codebuild.ts';
import { describeTaskDefinition } from '../../aws/ecs.ts';
import { type LogStream, lastEvents, streamOf } from '../../aws/logs.ts';
import { decisivePlaces } from '../../core/decisive.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { readLine } from '../../core/log-lines.ts';
import { revisionOf } from '../../core/plan.ts';
import { fieldsOf } from '../../core/task-definition.ts';
import type { Definition, Logs } from '../model/evidence.ts';
import { rolloutOf } from './deployment.ts';
import { livesOf, logSourcesOf } from './log-sources.ts';
import type { Place } from './place.ts';
import { Refused } from './source.ts';

/** As much as CloudWatch gives at one time is more than anybody reads; the decisive lines are among the last. */
const LINES = 2_000;
const MARGIN_MS = 120_000;

export async function logsOf(place: Place, entry: JournalEntry, wanted: string | undefined): Promise<Logs> {
  const source = wanted ?? logSourcesOf(entry)[0]?.id ?? '';
  const stream = await streamOfSource(place, entry, source);
  const open = !entry.outcome;
  if (!stream) return { source, lines: [], all: 0, open };
  // An old task may have written for weeks.
  const between = {
    from: Date.parse(entry.startedAt) - MARGIN_MS,
    to: entry.endedAt ? Date.parse(entry.endedAt) + MARGIN_MS : Date.now() + MARGIN_MS,
  };
  const events = await lastEvents(await place.clients.logs(), stream, LINES, between);
  const texts = events.map(({ message }) => message);
  const places = new Set(decisivePlaces(texts));
  const evidence = new Set(entry.failure?.evidence ?? []);
  return {
    source,
    all: events.length,
    open,
    lines: events.map(({ at, message }, index) => ({
      at: new Date(at).toISOString(),
      ...readLine(message),
      decisive: places.has(index) || (evidence.has(message) && /error|fatal|fail/i.test(message)),
    })),
  };
}

async function streamOfSource(
  place: Place,
  entry: JournalEntry,
  source: string,
): Promise<LogStream | undefined> {
  const [kind, id] = source.split('/');
  const container = entry.plan?.settings.container;
  if (kind === 'build') {
    const buildId = entry.steps.Build?.work?.['buildId'];
    if (typeof buildId !== 'string') return undefined;
    const { groupName, streamName } =
      (await describeBuild(await place.clients.codebuild(), buildId))?.logs ?? {};
    return groupName && streamName ? { group: groupName, stream: streamName } : undefined;
  }
  if (kind === 'migration') {
    const { task, taskDefinition } = entry.steps.Migrate?.work ?? {};
    if (typeof task !== 'string' || typeof taskDefinition !== 'string') return undefined;
    return streamIn(place, taskDefinition, container, task);
  }
  const life = livesOf(entry).find((one) => one.id === id);
  if (kind === 'task' && life) return streamIn(place, life.revision, container, `task/${life.id}`);
  throw new Refused(404, {
    part: 'logs',
    sentence: `This deployment has no log "${source}".`,
    remedy: '`lockstep watch logs` reads what every task of the service writes.',
  });
}

async function streamIn(
  place: Place,
  reference: string,
  container: string | undefined,
  task: string,
): Promise<LogStream | undefined> {
  const found = await describeTaskDefinition(await place.clients.ecs(), reference);
  return streamOf(
    found?.definition.containerDefinitions?.find(({ name }) => name === container),
    task,
  );
}

export async function definitionDifference(place: Place, entry: JournalEntry): Promise<Definition> {
  const ecs = await place.clients.ecs();
  const references = [entry.plan?.running?.taskDefinition, rolloutOf(entry)?.taskDefinition];
  const [before, after] = await Promise.all(
    references.map(async (reference) =>
      reference ? (await describeTaskDefinition(ecs, reference))?.definition : undefined,
    ),
  );
  const was = before ? fieldsOf(before) : new Map<string, string>();
  const is = after ? fieldsOf(after) : undefined;
  const container = entry.plan?.settings.container ?? '';
  const paths = [...new Set([...was.keys(), ...(is?.keys() ?? [])])];
  const rows = paths.map((path) => ({
    path: path.replace(`containerDefinitions[${container}].`, ''),
    before: shown(path, was.get(path)),
    after: shown(path, is ? is.get(path) : was.get(path)),
  }));
  // Where nothing ran before, everything is new, and nothing of it is a difference.
  const differs = before && after ? rows.filter((row) => row.before !== row.after) : [];
  const [oldName, newName] = references.map((reference) => (reference ? revisionOf(reference) : null));
  return {
    before: oldName ?? null,
    after: newName ?? null,
    fields: paths.length,
    changed: differs.map((row) => ({
      ...row,
      note:
        row.before === null
          ? 'New in this release'
          : row.after === null
            ? 'Not in this release any more'
            : null,
    })),
    equal: rows
      .filter((row) => !differs.includes(row))
      .map(({ path, before: old, after: fresh }) => ({ path, value: fresh ?? old ?? '' })),
  };
}

/** A secret stands in a task definition by its ARN; its value is never read. */
function shown(path: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  return /\.secrets\./.test(path) ? `by reference: ${value}` : value;
}
