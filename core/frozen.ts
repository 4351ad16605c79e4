/** Whether a deployment may begin now, and whether a schedule should try a release once more. */
import type { Environment } from './environment.ts';
import { calendarOf } from './environment-schedule.ts';
import { LockstepError } from './errors.ts';
import type { JournalEntry } from './journal.ts';
import { type Plan, shortName } from './plan.ts';
import type { DeployRequest } from './request.ts';
import { closedAt, wallTime } from './schedule/calendar.ts';
import { isGood } from './verdict.ts';

type Times = Pick<Environment, 'schedule' | 'timeZone' | 'freeze' | 'windows'>;

/**
 * `Frozen`, with the moment at which it is allowed again as the clocks of the environment's zone show it; undefined where the
 * deployment may begin. Building changes nothing that runs, and going back may be what a freeze was made for: neither is
 * ever frozen.
 */
export function frozen(
  environment: Times,
  { environment: name, action }: Pick<DeployRequest, 'environment' | 'action'>,
  now: Date,
): LockstepError | undefined {
  if (action === 'publish' || action === 'rollback') return undefined;
  const calendar = calendarOf(environment);
  const closed = closedAt(calendar, now.getTime());
  if (!closed) return undefined;
  const until =
    closed.until === null
      ? ''
      : ` before ${wallTime(calendar.timeZone, closed.until)} (${calendar.timeZone})`;
  return new LockstepError('Frozen', { environment: name, until, reason: closed.reason });
}

/** Verdicts of a deployment after which a person has to decide about its release, and what it is called then. */
const TAKEN_BACK: Readonly<Record<string, string>> = {
  'rolled-back': 'which rolled back',
  cancelled: 'which was cancelled',
  'needs-attention': 'which needs a person',
};

/**
 * The deployment that took this release back, by itself or because a person went back; undefined where it has not been
 * released, or has been since. A schedule comes every week: it must not undo what somebody did in the night.
 * `entries` are those of the target, newest first.
 */
export function takenBack(digest: string, entries: readonly JournalEntry[]): JournalEntry | undefined {
  for (const entry of entries) {
    const { outcome, plan, release, action } = entry;
    if (!outcome) continue;
    const good = isGood(outcome.verdict);
    const released = release?.digest === digest;
    if (released && outcome.verdict in TAKEN_BACK) return entry;
    if (released && good && plan?.steps.release) return undefined;
    if (action === 'rollback' && good && !released && plan?.running?.digest === digest) return entry;
  }
  return undefined;
}

/** Throws `TakenBack`. What runs counts as released, whoever released it and however. */
export function refuseTakenBack(
  { release, running }: Pick<Plan, 'release' | 'running'>,
  entries: readonly JournalEntry[],
): void {
  if (!release || running?.digest === release.digest) return;
  const entry = takenBack(release.digest, entries);
  if (!entry) return;
  throw new LockstepError('TakenBack', {
    release: shortName({ ...release, commit: release.commit || null }),
    id: entry.deploymentId,
    how: TAKEN_BACK[entry.outcome?.verdict ?? ''] ?? `a rollback by ${entry.requestedBy}`,
  });
}
