/** The list of deployments, with its filters, and the figures told from it. */
import { type BriefEntry, doraOf, markOf } from '../../core/dora.ts';
import { shortName } from '../../core/plan.ts';
import type { History, HistoryRow } from '../model/history.ts';
import type { Mark, Problem } from '../model/parts.ts';
import { marked, releaseOf } from './names.ts';
import type { HistoryQuery } from './source.ts';

/** A list longer than this is not shown at one time; the page says that it is cut. */
export const MOST_ROWS = 1_000;
const DAY_MS = 86_400_000;

export function historyOf(
  entries: readonly BriefEntry[],
  query: HistoryQuery,
  now: number,
  problems: readonly Problem[],
): History {
  const { days, service, environment, by, verdict } = query;
  const some = entries.filter(
    (entry) =>
      (service === undefined || entry.service === service) &&
      (environment === undefined || entry.environment === environment) &&
      (by === undefined || entry.requestedBy === by),
  );
  const recent = some
    .filter(({ startedAt }) => Date.parse(startedAt) >= now - days * DAY_MS)
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  const counts: Partial<Record<Mark, number>> = {};
  for (const entry of recent) counts[markOf(entry)] = (counts[markOf(entry)] ?? 0) + 1;
  const shown = recent.filter((entry) => verdict === undefined || markOf(entry) === verdict);
  const names = (of: (entry: BriefEntry) => string) => [...new Set(entries.map(of))].sort();
  return {
    at: new Date(now).toISOString(),
    days,
    rows: shown.slice(0, MOST_ROWS).map((entry) => rowOf(entry, now)),
    cut: shown.length > MOST_ROWS,
    counts,
    services: names((entry) => entry.service),
    environments: names((entry) => entry.environment),
    people: names((entry) => entry.requestedBy),
    dora: doraOf(some, { now, days }),
    problems,
  };
}

export function rowOf(entry: BriefEntry, now: number): HistoryRow {
  const end = entry.endedAt ? Date.parse(entry.endedAt) : now;
  return {
    id: entry.deploymentId,
    service: entry.service,
    environment: entry.environment,
    action: entry.action,
    mark: markOf(entry),
    startedAt: entry.startedAt,
    endedAt: entry.endedAt ?? null,
    by: entry.requestedBy,
    release: releaseOf(entry),
    segments: segmentsOf(entry, now),
    seconds: Math.max(0, (end - Date.parse(entry.startedAt)) / 1000),
    runsAfterwards: afterwards(entry),
  };
}

const KINDS = {
  Build: 'build',
  AwaitApproval: 'waiting',
  Snapshot: 'migrate',
  Migrate: 'migrate',
  VerifyHealth: 'verify',
  Rollback: 'back',
  VerifyRollback: 'back',
} as const;

/** In the order in which they began; a step that waits for the next one's beginning ends there. */
function segmentsOf(entry: BriefEntry, now: number): HistoryRow['segments'] {
  const records = Object.entries(entry.steps).sort(([, a], [, b]) => a.startedAt.localeCompare(b.startedAt));
  return records.flatMap(([step, record], index) => {
    const kind = KINDS[step as keyof typeof KINDS];
    if (!kind || record.status === 'skipped') return [];
    const next = records[index + 1]?.[1].startedAt;
    const ended = (record.status === 'waiting' ? next : record.endedAt) ?? entry.endedAt;
    const seconds = ((ended ? Date.parse(ended) : now) - Date.parse(record.startedAt)) / 1000;
    return [{ kind: record.status === 'failed' ? ('failed' as const) : kind, seconds: Math.max(0, seconds) }];
  });
}

function afterwards({ outcome, plan, steps }: BriefEntry): string {
  if (!outcome) {
    const runs = plan?.running ? shortName(plan.running) : 'nothing yet';
    return steps.UpdateService ? `\`${runs}\`, new tasks start` : `\`${runs}\`, as before`;
  }
  const runs = outcome.running ? `\`${shortName(outcome.running)}\`` : 'nothing';
  const why = outcome.reason?.split('\n')[0] ?? '';
  switch (outcome.verdict) {
    case 'succeeded':
    case 'unchanged':
      return runs;
    case 'rolled-back':
      return `${runs}, healthy`;
    default:
      return why ? `${runs}: ${marked(why)}` : `${runs}, as before`;
  }
}
