/** What the page is shown, read from the journal. Task tokens stay here: whoever holds one can approve. */
import { entriesOf, findEntry, type Journal } from '../../aws/journal.ts';
import type { JournalEntry } from '../../core/journal.ts';

/** An environment that the console looks at. */
export interface Place {
  readonly environment: string;
  readonly region: string;
  readonly account: string;
  readonly services: readonly string[];
  readonly journal: Journal;
}

/** A list longer than this is not read at one time; the page says that it is cut. */
const MOST = 1_000;

export interface Target {
  readonly environment: string;
  readonly service: string;
  /** The newest deployment; null where there has been none. */
  readonly latest: JournalEntry | null;
  /** Why the journal could not be read; what is shown of it is then unknown. */
  readonly problem: string | null;
}

export async function readTargets(places: readonly Place[]): Promise<Target[]> {
  const pairs = places.flatMap((place) => place.services.map((service) => ({ place, service })));
  return Promise.all(
    pairs.map(async ({ place, service }) => {
      const { environment, journal } = place;
      try {
        const [latest] = await take(journal, `${service}/${environment}`, 1);
        return { environment, service, latest: latest ?? null, problem: null };
      } catch (error) {
        return { environment, service, latest: null, problem: (error as Error).message };
      }
    }),
  );
}

export async function readHistory(places: readonly Place[]): Promise<JournalEntry[]> {
  const lists = await Promise.all(
    places.flatMap(({ journal, environment, services }) =>
      services.map((service) => take(journal, `${service}/${environment}`, MOST)),
    ),
  );
  return lists
    .flat()
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    .slice(0, MOST);
}

/** The deployment and the place that it belongs to. */
export async function readDeployment(
  places: readonly Place[],
  id: string,
): Promise<{ place: Place; entry: JournalEntry } | undefined> {
  for (const place of places) {
    const entry = await findEntry(place.journal, id);
    if (entry) return { place, entry: withoutTokens(entry) };
  }
  return undefined;
}

async function take(journal: Journal, target: string, most: number): Promise<JournalEntry[]> {
  const found: JournalEntry[] = [];
  for await (const entry of entriesOf(journal, target)) {
    found.push(withoutTokens(entry));
    if (found.length >= most) break;
  }
  return found;
}

export function withoutTokens(entry: JournalEntry): JournalEntry {
  const steps = Object.entries(entry.steps).map(([step, record]) => {
    const { taskToken: _, ...work } = record.work ?? {};
    return [step, record.work ? { ...record, work } : record];
  });
  return { ...entry, steps: Object.fromEntries(steps) };
}
