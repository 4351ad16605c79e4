/** Which release a rollback would go to, in words that a person can say yes or no to. */
import { LockstepError } from '../core/errors.ts';
import type { JournalEntry } from '../core/journal.ts';
import { provenBefore, provenReleases } from '../core/rollback-target.ts';
import { entriesOf, type Journal } from './journal.ts';

export interface ServicePlace {
  readonly journal: Journal;
  readonly service: string;
  readonly environment: string;
  /** ARN of the task definition that ECS says the service has: the journal does not know of an update by hand. */
  readonly taskDefinition: string | undefined;
}

export interface Choice {
  /** What the request names: a revision, or what the user wrote. */
  readonly to: string;
  readonly sentence: string;
}

/** How many proven releases are looked through; an older one can still be named, it is only not described. */
const RECENT = 50;

/** The newest release that was proven before the one that runs; or what `--to` names. */
export async function rollbackChoice(place: ServicePlace, to: string | undefined): Promise<Choice> {
  const { service, environment } = place;
  const target = `${service}/${environment}`;
  const entries = await provenEntries(place.journal, target);
  const found =
    to === undefined ? lastBefore(place.taskDefinition, entries) : entries.find((entry) => names(entry, to));
  const where = `${service} in ${environment} would go back to`;
  if (found?.proven) {
    const { commit, digest, revision } = found.proven;
    const what = commit?.slice(0, 7) ?? digest?.slice(0, 19) ?? '';
    const when = found.provenAt?.slice(0, 16).replace('T', ' ');
    return { to: to ?? revision, sentence: `${where} ${what} (${revision}), proven healthy ${when}.` };
  }
  if (to !== undefined)
    return { to, sentence: `${where} ${to}, which no deployment by Lockstep has proven healthy.` };
  const detail = entries.length > 0 ? ' and was so before the one that runs' : '';
  throw new LockstepError('RollbackTargetMissing', { target, detail });
}

async function provenEntries(journal: Journal, target: string): Promise<JournalEntry[]> {
  const proven: JournalEntry[] = [];
  for await (const entry of entriesOf(journal, target)) {
    if (entry.proven) proven.push(entry);
    if (proven.length >= RECENT) break;
  }
  return proven;
}

function lastBefore(runs: string | undefined, entries: readonly JournalEntry[]): JournalEntry | undefined {
  const before = provenBefore(provenReleases(entries, RECENT), runs);
  return entries.find(({ proven }) => proven?.taskDefinition === before?.running.taskDefinition);
}

function names({ proven, release, deploymentId }: JournalEntry, to: string): boolean {
  const revision = proven?.revision ?? '';
  return [
    revision === to,
    revision.endsWith(`:${to}`),
    release?.tag === to,
    deploymentId === to,
    to.length >= 7 && release?.commit.startsWith(to) === true,
  ].some(Boolean);
}
