/**
 * The four figures of the DORA reports, told from the journal: how often a service is released, how long a commit takes to
 * get there, how many releases fail, and how long it takes until the service is well again. Pure: the time comes in.
 *
 * A change is a deployment that gave the service another revision, whatever came of it. It has failed where Lockstep went
 * back from it, where it ended needing a person, or where somebody asked to go back from it later. What was refused, did not
 * build or did not migrate never reached the service: it is no change.
 */
import { isWaiting } from './approval.ts';
import { quantile } from './expectation.ts';
import type { JournalEntry, StepRecord } from './journal.ts';
import type { Plan } from './plan.ts';
import type { Verdict } from './verdict.ts';

/** The part of a journal's entry that lists and figures are made of. */
export type BriefEntry = Omit<JournalEntry, 'plan' | 'steps' | 'failure'> & {
  readonly plan?: Pick<Plan, 'running' | 'rollbackTarget' | 'committedAt' | 'steps'>;
  readonly steps: Partial<Record<keyof JournalEntry['steps'], Omit<StepRecord, 'work' | 'failure'>>>;
  readonly failure?: Pick<NonNullable<JournalEntry['failure']>, 'step' | 'error' | 'sentence'>;
};

export type DoraMark = Verdict | 'running' | 'waiting';

export interface DoraFigures {
  readonly frequency: {
    /** Changes a day. */
    readonly perDay: number;
    /** In the days before; null where nothing is known of them. */
    readonly before: number | null;
    /** Every deployment, changes or not; oldest day first, days of UTC. */
    readonly days: readonly { readonly day: string; readonly marks: readonly DoraMark[] }[];
  };
  /** Seconds from the commit to the release being proven, of releases that succeeded. */
  readonly leadTime: {
    readonly median: number | null;
    readonly p90: number | null;
    readonly before: number | null;
    readonly weeks: readonly {
      readonly week: string;
      readonly median: number | null;
      readonly p90: number | null;
    }[];
  };
  readonly failureRate: {
    readonly percent: number | null;
    readonly before: number | null;
    readonly failed: number;
    readonly of: number;
    readonly weeks: readonly { readonly week: string; readonly percent: number | null }[];
  };
  /** Seconds from the failure being seen to the service being well again. */
  readonly restore: {
    readonly median: number | null;
    readonly worst: number | null;
    readonly failures: readonly {
      readonly id: string;
      readonly at: string;
      readonly seconds: number | null;
      readonly byItself: boolean;
    }[];
  };
}

const DAY_MS = 86_400_000;
const WEEKS = 13;
const RESTORE_DAYS = 90;

export function markOf({ outcome, steps }: Pick<BriefEntry, 'outcome' | 'steps'>): DoraMark {
  if (outcome) return outcome.verdict;
  return isWaiting({ steps }) ? 'waiting' : 'running';
}

export function doraOf(
  entries: readonly BriefEntry[],
  { now, days }: { readonly now: number; readonly days: number },
): DoraFigures {
  const failures = failuresIn(entries);
  const failed = new Set(failures.map(({ id }) => id));
  const within = (from: number, to: number) =>
    entries.filter((entry) => Date.parse(entry.startedAt) >= from && Date.parse(entry.startedAt) < to);
  const from = now - days * DAY_MS;
  const [these, before] = [within(from, now + 1), within(from - days * DAY_MS, from)];
  const changes = these.filter(isChange);
  const weeks = Array.from({ length: WEEKS }, (_, index) => {
    const begins = now - (WEEKS - index) * 7 * DAY_MS;
    return { week: dayOf(begins), entries: within(begins, begins + 7 * DAY_MS) };
  });
  const restored = failures.filter(({ at }) => Date.parse(at) >= now - RESTORE_DAYS * DAY_MS);
  const recent = restored.filter(({ at }) => Date.parse(at) >= from).flatMap(({ seconds }) => seconds ?? []);
  return {
    frequency: {
      perDay: changes.length / days,
      before: before.length > 0 ? before.filter(isChange).length / days : null,
      days: daysOf(these, now, days),
    },
    leadTime: {
      ...leadTimeOf(these),
      before: leadTimeOf(before).median,
      weeks: weeks.map(({ week, entries: some }) => ({ week, ...leadTimeOf(some) })),
    },
    failureRate: {
      percent: rateOf(these, failed),
      before: rateOf(before, failed),
      failed: changes.filter(({ deploymentId }) => failed.has(deploymentId)).length,
      of: changes.length,
      weeks: weeks.map(({ week, entries: some }) => ({ week, percent: rateOf(some, failed) })),
    },
    restore: {
      median: median(recent),
      worst: recent.length > 0 ? Math.max(...recent) : null,
      failures: restored,
    },
  };
}

/** Whether it gave the service another revision on its way forward. */
function isChange({ action, outcome, steps, plan }: BriefEntry): boolean {
  if (!outcome || action === 'rollback' || action === 'publish' || plan?.steps?.release === false)
    return false;
  if (outcome.verdict === 'succeeded' || outcome.verdict === 'rolled-back') return true;
  return outcome.verdict === 'needs-attention' && steps.UpdateService?.status === 'done';
}

function leadTimeOf(entries: readonly BriefEntry[]): { median: number | null; p90: number | null } {
  const seconds = entries
    .filter((entry) => isChange(entry) && entry.outcome?.verdict === 'succeeded')
    .flatMap(({ plan, endedAt }) =>
      plan?.committedAt && endedAt ? [(Date.parse(endedAt) - Date.parse(plan.committedAt)) / 1000] : [],
    )
    .filter((value) => value >= 0);
  return { median: median(seconds), p90: seconds.length > 0 ? quantile(seconds, 0.9) : null };
}

function rateOf(entries: readonly BriefEntry[], failed: ReadonlySet<string>): number | null {
  const changes = entries.filter(isChange);
  if (changes.length === 0) return null;
  return (100 * changes.filter(({ deploymentId }) => failed.has(deploymentId)).length) / changes.length;
}

/** Each change that failed, and how long it took from there to a service that is well. Newest first. */
function failuresIn(entries: readonly BriefEntry[]): DoraFigures['restore']['failures'] {
  const targets = new Map<string, BriefEntry[]>();
  for (const entry of entries) targets.set(entry.target, [...(targets.get(entry.target) ?? []), entry]);
  return [...targets.values()]
    .flatMap((some) => failuresOf(some.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))))
    .sort((a, b) => b.at.localeCompare(a.at));
}

function failuresOf(entries: readonly BriefEntry[]): DoraFigures['restore']['failures'] {
  let standing: BriefEntry | undefined;
  return entries.flatMap<DoraFigures['restore']['failures'][number]>((entry, index) => {
    const verdict = entry.outcome?.verdict;
    const id = entry.deploymentId;
    if (entry.action === 'rollback') {
      // Somebody went back from a release that had counted as good.
      const bad = standing;
      if (verdict !== 'succeeded' || !bad) return [];
      standing = undefined;
      const seconds = secondsBetween(entry.startedAt, entry.endedAt);
      return [{ id: bad.deploymentId, at: entry.startedAt, seconds, byItself: false }];
    }
    if (!isChange(entry)) return [];
    const at = entry.steps.VerifyHealth?.endedAt ?? entry.endedAt ?? entry.startedAt;
    if (verdict === 'rolled-back')
      return [
        {
          id,
          at,
          seconds: secondsBetween(at, entry.steps.VerifyRollback?.endedAt ?? entry.endedAt),
          byItself: true,
        },
      ];
    if (verdict === 'needs-attention') {
      const next = entries.slice(index + 1).find(({ outcome }) => outcome?.verdict === 'succeeded');
      return [{ id, at, seconds: next ? secondsBetween(at, next.endedAt) : null, byItself: false }];
    }
    standing = entry;
    return [];
  });
}

function secondsBetween(from: string, to: string | undefined): number | null {
  return to === undefined ? null : Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

function daysOf(entries: readonly BriefEntry[], now: number, days: number): DoraFigures['frequency']['days'] {
  const byDay = new Map<string, DoraMark[]>();
  for (let back = days - 1; back >= 0; back--) byDay.set(dayOf(now - back * DAY_MS), []);
  for (const entry of entries.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt)))
    byDay.get(dayOf(Date.parse(entry.startedAt)))?.push(markOf(entry));
  return [...byDay].map(([day, marks]) => ({ day, marks }));
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
const median = (values: readonly number[]) => (values.length > 0 ? quantile(values, 0.5) : null);
