/** What happened second by second: steps, tasks, answers and latency on one axis, from the journal and the tasks' own logs. */
import type { Sample, TaskLife } from '../../core/health-record.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { revisionOf, shortName } from '../../core/plan.ts';
import type { Step } from '../model/deployment.ts';
import type { Part } from '../model/parts.ts';
import type { HealthSample, TaskGroup, TaskState, Timeline } from '../model/timeline.ts';
import { rolloutOf } from './deployment.ts';
import { livesOf } from './log-sources.ts';
import { releaseOf } from './names.ts';

/** After its end a deployment is shown on for this long, so that the end is not at the edge. */
const AFTERWARDS_MS = 15_000;
/** A wait for a person that is longer would leave no room for what comes after it. */
const LONG_WAIT_MS = 10 * 60_000;
const BEFORE_ANSWER_MS = 60_000;

export interface Span {
  readonly from: number;
  readonly to: number;
}

export function spanOf(entry: JournalEntry, steps: readonly Step[], now: number): Span {
  const waited = steps.find(({ key }) => key === 'AwaitApproval');
  const began = Date.parse(entry.startedAt);
  const answered = waited?.endedAt ? Date.parse(waited.endedAt) : undefined;
  const long = answered !== undefined && answered - began > LONG_WAIT_MS;
  const from = long ? answered - BEFORE_ANSWER_MS : began;
  if (entry.endedAt) return { from, to: Date.parse(entry.endedAt) + AFTERWARDS_MS };
  const left = steps.reduce((sum, { secondsLeft }) => sum + (secondsLeft ?? 0), 0);
  // Some room to the right of now, so that the axis does not move with each look.
  return { from, to: now + Math.max(left * 1000, (now - from) * 0.1, 10_000) };
}

export function linesOf(entry: JournalEntry, now: number): Timeline['lines'] {
  const { steps } = entry;
  const lines: Timeline['lines'][number][] = [];
  const rollout = rolloutOf(entry);
  if (rollout) lines.push({ at: rollout.startedAt, kind: 'released', text: 'released' });
  const { VerifyHealth, VerifyRollback } = steps;
  const failed = VerifyHealth?.status === 'failed' && VerifyHealth.endedAt;
  const sign = failed ? firstSign(entry, VerifyHealth.endedAt ?? '') : undefined;
  if (sign) lines.push(sign);
  if (failed) lines.push({ at: failed, kind: 'verdict', text: 'verdict: failed' });
  for (const record of [VerifyHealth, VerifyRollback]) {
    if (record?.status === 'done' && record.endedAt)
      lines.push({
        at: record.endedAt,
        kind: 'proven',
        text: record.work?.['proven'] === true ? 'proven healthy' : 'deployed, unverified',
      });
  }
  if (!entry.outcome) lines.push({ at: new Date(now).toISOString(), kind: 'now', text: 'now' });
  return lines;
}

/** The first thing that was not as it should be: a bad answer, a target or task that was found unhealthy, a stop. */
function firstSign(entry: JournalEntry, until: string): Timeline['lines'][number] | undefined {
  const rollout = rolloutOf(entry);
  const fresh = rollout
    ? livesOf(entry).filter(({ revision }) => revision === revisionOf(rollout.taskDefinition))
    : [];
  const signs = [
    ...fresh.flatMap(({ failing, id }) =>
      failing ? [{ at: failing, text: `${id.slice(0, 4)} unhealthy` }] : [],
    ),
    ...fresh.flatMap(({ stopped, id }) =>
      stopped ? [{ at: stopped, text: `${id.slice(0, 4)} stopped` }] : [],
    ),
    ...samplesIn(entry, 'VerifyHealth').flatMap(({ at, health }) =>
      health && health.status !== 200 ? [{ at, text: `first ${health.status ?? 'silence'}` }] : [],
    ),
  ].filter(({ at }) => at < until);
  const [first] = signs.sort((a, b) => a.at.localeCompare(b.at));
  return first && { ...first, kind: 'sign' };
}

function samplesIn(entry: JournalEntry, step: 'VerifyHealth' | 'VerifyRollback'): Sample[] {
  return (entry.steps[step]?.work?.['samples'] as Sample[] | undefined) ?? [];
}

export function samplesOf(entry: JournalEntry): HealthSample[] {
  return (['VerifyHealth', 'VerifyRollback'] as const).flatMap((step) =>
    samplesIn(entry, step).map((sample) => ({ ...sample, step })),
  );
}

export function taskGroupsOf(entry: JournalEntry, span: Span, now: number): Part<TaskGroup[]> {
  const lives = livesOf(entry);
  const rollout = rolloutOf(entry);
  if (!rollout) {
    const sentence = entry.outcome ? 'This deployment started no task.' : 'No task has been started yet.';
    return { known: false, problem: { part: 'tasks', sentence, remedy: '' } };
  }
  const fresh = revisionOf(rollout.taskDefinition);
  const before = entry.plan?.running?.revision;
  const kindOf = (life: TaskLife): TaskGroup['kind'] =>
    life.revision === fresh ? 'new' : life.created > rollout.startedAt ? 'again' : 'old';
  const names = {
    new: releaseOf(entry)?.name ?? fresh,
    old: entry.plan?.running ? shortName(entry.plan.running) : (before ?? ''),
    again: entry.plan?.rollbackTarget ? shortName(entry.plan.rollbackTarget) : (before ?? ''),
  };
  // What still ran at the last look is not known any better afterwards: it ends with the axis, or now.
  const until = Math.min(span.to, now);
  const groups = (['old', 'new', 'again'] as const).map((kind) => ({
    kind,
    release: names[kind],
    tasks: lives.filter((life) => kindOf(life) === kind).map((life) => taskOf(life, span, until)),
  }));
  return { known: true, value: groups.filter(({ tasks }) => tasks.length > 0) };
}

function taskOf(life: TaskLife, span: Span, until: number): TaskGroup['tasks'][number] {
  const time = (iso: string | undefined) => (iso === undefined ? undefined : Date.parse(iso));
  const [started, healthy, failing] = [time(life.started), time(life.healthy), time(life.failing)];
  const [leaving, stopped] = [time(life.leaving), time(life.stopped)];
  const end = stopped ?? until;
  const first = (...times: (number | undefined)[]) =>
    Math.min(...times.filter((one) => one !== undefined), end);
  const parts: [TaskState, number | undefined, number][] = [
    ['pending', Date.parse(life.created), first(started, leaving)],
    ['started', started, first(healthy, failing, leaving)],
    [
      'healthy',
      healthy,
      first(failing !== undefined && failing > (healthy ?? 0) ? failing : undefined, leaving),
    ],
    [
      'failing',
      failing,
      first(
        healthy !== undefined && failing !== undefined && healthy > failing ? healthy : undefined,
        leaving,
      ),
    ],
    ['draining', leaving, end],
  ];
  return {
    id: life.id,
    ended: stopped !== undefined,
    note: life.reason ?? '',
    segments: parts.flatMap(([state, from, to]) => {
      if (from === undefined || to <= from || to <= span.from) return [];
      return [
        {
          state,
          from: new Date(Math.max(from, span.from)).toISOString(),
          to: new Date(Math.min(to, span.to)).toISOString(),
        },
      ];
    }),
  };
}
