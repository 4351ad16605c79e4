/** Which release a deployment would go back to. Never "revision minus one": the one before may be the one that failed. */
import { LockstepError } from './errors.ts';
import type { JournalEntry } from './journal.ts';
import type { RollbackTarget, Running } from './plan.ts';

/** A release that the journal has proven healthy, and whether its image can still be run. */
export interface Candidate {
  readonly running: Running;
  readonly provenAt: string;
  readonly image: 'active' | 'archived' | 'missing';
}

export interface Situation {
  /** In the order in which they are wanted. */
  readonly proven: readonly Candidate[];
  /** What runs now, if it is steady: it serves, and nothing is under way. */
  readonly steady: Candidate | null;
  /** Whether the code that runs now would be released once more: that is how a lost image is replaced. */
  readonly sameCode: boolean;
}

/** Null where nothing is known to work. Throws `RollbackImageMissing` where something is, but its image is gone. */
export function chooseRollbackTarget({ proven, steady, sameCode }: Situation): RollbackTarget | null {
  const best = proven.find((candidate) => candidate.image === 'active');
  if (best) return { ...best.running, provenBy: 'journal', provenAt: best.provenAt };
  if (steady?.image === 'active') return { ...steady.running, provenBy: 'steady', provenAt: steady.provenAt };
  const lost = proven[0] ?? steady;
  if (!lost || sameCode) return null;
  throw new LockstepError('RollbackImageMissing', {
    revision: lost.running.revision,
    digest: lost.running.digest ?? lost.running.image,
    state: lost.image === 'archived' ? 'archived' : 'gone',
  });
}

/** The releases that a target's entries (newest first) prove, each digest once, at most `limit`. */
export function provenReleases(
  entries: readonly JournalEntry[],
  limit: number,
): { running: Running; provenAt: string }[] {
  const seen = new Set<string>();
  const found: { running: Running; provenAt: string }[] = [];
  for (const { proven, provenAt } of entries) {
    if (!proven || !provenAt) continue;
    const key = `${proven.taskDefinition} ${proven.digest ?? proven.image}`;
    if (seen.has(key)) continue;
    seen.add(key);
    found.push({ running: proven, provenAt });
    if (found.length === limit) break;
  }
  return found;
}

/**
 * What a release that fails goes back to, in the order in which it is wanted: what runs now, where it is proven, else the newest.
 * They differ where somebody has given the service an earlier revision by hand: what that one replaced must not come back.
 */
export function wantedFirst<Candidate extends { readonly running: Running }>(
  proven: readonly Candidate[],
  running: Running | null,
): Candidate[] {
  const isNow = (candidate: Candidate) => candidate.running.taskDefinition === running?.taskDefinition;
  return [...proven.filter(isNow), ...proven.filter((candidate) => !isNow(candidate))];
}

/** The newest release that was proven before the one that runs; the newest of all where that one was never proven. */
export function provenBefore<Candidate extends { readonly running: Running }>(
  proven: readonly Candidate[],
  taskDefinition: string | undefined,
): Candidate | undefined {
  const now = proven.findIndex(({ running }) => running.taskDefinition === taskDefinition);
  return proven.slice(now + 1).find(({ running }) => running.taskDefinition !== taskDefinition);
}
