/** Which release a rollback would go to, in words that a person can say yes or no to. */
import { LockstepError } from '../core/errors.ts';
import type { JournalEntry } from '../core/journal.ts';
import { entriesOf, type Journal } from './journal.ts';

export interface ServicePlace {
  readonly journal: Journal;
  readonly region: string;
  readonly service: string;
  readonly environment: string;
}

export interface Choice {
  /** What the request names: a revision, or what the user wrote. */
  readonly to: string;
  readonly sentence: string;
}

/** How many proven releases are looked through; an older one can still be named, it is only not described. */
const RECENT = 50;

/** The newest proven release that is not the one that runs; or what `--to` names. */
export async function rollbackChoice(place: ServicePlace, to: string | undefined): Promise<Choice> {
  const { service, environment, region } = place;
  const target = `${service}/${environment}`;
  const { proven, runs } = await provenReleases(place.journal, target);
  const found =
    to === undefined
      ? proven.find((entry) => entry.proven?.taskDefinition !== runs)
      : proven.find((entry) => names(entry, to));
  const where = `${service} in ${environment} would go back to`;
  if (found?.proven) {
    const { commit, digest, revision } = found.proven;
    const what = commit?.slice(0, 7) ?? digest?.slice(0, 19) ?? '';
    const when = found.provenAt?.slice(0, 16).replace('T', ' ');
    return { to: to ?? revision, sentence: `${where} ${what} (${revision}), proven healthy ${when}.` };
  }
  if (to !== undefined)
    return { to, sentence: `${where} ${to}, which no deployment by Lockstep has proven healthy.` };
  const detail = proven.length > 0 ? ' except the one that runs' : '';
  throw new LockstepError('RollbackTargetMissing', { target, detail, region });
}

async function provenReleases(
  journal: Journal,
  target: string,
): Promise<{ proven: JournalEntry[]; runs: string | undefined }> {
  const proven: JournalEntry[] = [];
  let runs: string | undefined;
  for await (const entry of entriesOf(journal, target)) {
    runs ??= entry.outcome?.running?.taskDefinition;
    if (entry.proven) proven.push(entry);
    if (proven.length >= RECENT) break;
  }
  return { proven, runs };
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
