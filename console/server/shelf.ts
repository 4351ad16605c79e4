/**
 * The journals of all places, read once for everybody who looks. An entry that has ended does not change any more: a later
 * reading goes back to the newest one that is known to have ended, and no further.
 */
import { briefEntriesOf } from '../../aws/brief-entries.ts';
import type { BriefEntry } from '../../core/dora.ts';
import { type Place, targetOf } from './place.ts';

/** Enough for a row of Now: what runs, what was proven before, what usually takes how long. */
const RECENT = 25;
/** Of one service; what is older is not listed. */
const MOST = 1_000;

interface Shelf {
  readonly entries: Map<string, BriefEntry>;
  /** How far back it reaches. */
  whole: boolean;
  reading: Promise<boolean> | undefined;
}

export class Shelves {
  private readonly shelves = new Map<string, Shelf>();

  /** Newest first, those that are known by now. */
  entries(target: string): BriefEntry[] {
    const known = this.shelves.get(target)?.entries.values() ?? [];
    return [...known].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  }

  /** Reads what is new; gives whether anything was. Callers at the same time share one reading. */
  refresh(place: Place, service: string, all = false): Promise<boolean> {
    const target = targetOf(place, service);
    const shelf = this.shelves.get(target) ?? { entries: new Map(), whole: false, reading: undefined };
    this.shelves.set(target, shelf);
    if (all && !shelf.whole && shelf.reading)
      return shelf.reading.then(() => this.refresh(place, service, all));
    shelf.reading ??= read(place, target, shelf, all).finally(() => {
      shelf.reading = undefined;
    });
    return shelf.reading;
  }
}

async function read(place: Place, target: string, shelf: Shelf, all: boolean): Promise<boolean> {
  const backwards = all && !shelf.whole;
  const open = new Set(
    [...shelf.entries.values()].filter(({ outcome }) => !outcome).map(({ startedAt }) => startedAt),
  );
  let changed = false;
  let count = 0;
  for await (const entry of briefEntriesOf(place.journal, target)) {
    const before = shelf.entries.get(entry.startedAt);
    if (!backwards && before?.outcome && open.size === 0) return changed;
    open.delete(entry.startedAt);
    if (JSON.stringify(before) !== JSON.stringify(entry)) {
      shelf.entries.set(entry.startedAt, entry);
      changed = true;
    }
    count++;
    if (!backwards && !shelf.whole && open.size === 0 && count >= RECENT) return changed;
    if (count >= MOST) break;
  }
  if (backwards) shelf.whole = true;
  return changed;
}
