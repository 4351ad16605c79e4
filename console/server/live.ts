/**
 * What changes, told to every page that is open. One reader for all of them: while somebody looks, it looks at the locks at
 * each interval (one small table an environment), and into the journal of those services whose lock is held or was given
 * back. What began and ended without a lock is found by a look at everything now and then.
 */
import { allLocks } from '../../aws/journal.ts';
import { type BriefEntry, markOf } from '../../core/dora.ts';
import type { LiveEvent } from '../model/live.ts';
import { type Place, targetOf } from './place.ts';
import { asProblem } from './problem.ts';
import type { Shelves } from './shelf.ts';

/** Looks between two at everything. */
const EVERYTHING = 10;

interface Listener {
  readonly deployment: string | undefined;
  readonly tell: (event: LiveEvent) => void;
}

export interface Reading {
  readonly places: readonly Place[];
  readonly shelves: Shelves;
  readonly interval: number;
  /** The row of a service, and the page of a deployment, as they are now. */
  row(place: Place, service: string): LiveEvent;
  deployment(id: string): Promise<LiveEvent | undefined>;
  /** Called before anything is told that has changed: whoever hears it asks again, and must not get what was before. */
  changed(): void;
}

export class Live {
  private readonly listeners = new Set<Listener>();
  private readonly reading: Reading;
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private looks = 0;
  private held = new Set<string>();
  private readonly told = new Map<string, string>();

  constructor(reading: Reading) {
    this.reading = reading;
  }

  follow(deployment: string | undefined, tell: (event: LiveEvent) => void): () => void {
    const listener = { deployment, tell };
    this.listeners.add(listener);
    if (deployment !== undefined) this.told.delete(deployment);
    if (!this.looking && this.timer === undefined) void this.look();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  private tell(event: LiveEvent, of?: string): void {
    for (const listener of this.listeners)
      if (of === undefined || listener.deployment === of) listener.tell(event);
  }

  private async look(): Promise<void> {
    this.timer = undefined;
    this.looking = true;
    let failed = false;
    for (const place of this.reading.places) failed = !(await this.lookAt(place)) || failed;
    await this.lookAtFollowed();
    this.looks++;
    this.looking = false;
    if (!failed) this.tell({ type: 'read', at: new Date().toISOString() });
    if (this.listeners.size > 0) this.timer = setTimeout(() => void this.look(), this.reading.interval);
  }

  /** False where it could not be read; then the page says since when it is stale. */
  private async lookAt(place: Place): Promise<boolean> {
    try {
      const held = new Set<string>();
      for await (const { lockId } of allLocks(place.journal)) held.add(lockId);
      const all = this.looks % EVERYTHING === 0;
      for (const service of place.services) {
        const target = targetOf(place, service);
        if (all || held.has(target) || this.held.has(target)) await this.refresh(place, service);
      }
      for (const service of place.services) this.held.delete(targetOf(place, service));
      for (const target of held) this.held.add(target);
      return true;
    } catch (error) {
      this.tell({
        type: 'problem',
        at: new Date().toISOString(),
        problem: asProblem(error, 'journal').problem,
      });
      return false;
    }
  }

  private async refresh(place: Place, service: string): Promise<void> {
    const target = targetOf(place, service);
    const before = new Map(
      this.reading.shelves.entries(target).map((entry) => [entry.deploymentId, markOf(entry)]),
    );
    const first = before.size === 0;
    if (!(await this.reading.shelves.refresh(place, service))) return;
    this.reading.changed();
    this.tell(this.reading.row(place, service));
    if (first) return;
    for (const entry of this.reading.shelves.entries(target)) {
      const mark = markOf(entry);
      if (before.get(entry.deploymentId) !== mark)
        this.tell({ type: 'history', id: entry.deploymentId, mark, sentence: sentenceOf(entry) });
    }
  }

  private async lookAtFollowed(): Promise<void> {
    const ids = new Set([...this.listeners].flatMap(({ deployment }) => deployment ?? []));
    for (const id of ids) {
      try {
        const event = await this.reading.deployment(id);
        // Its clock is in it; whether it has changed is told by the rest.
        const text = JSON.stringify(event, (key, value) => (key === 'secondsLeft' ? undefined : value));
        if (!event || this.told.get(id) === text) continue;
        this.told.set(id, text);
        this.reading.changed();
        this.tell(event, id);
        this.tell({ type: 'changed', id }, id);
      } catch (error) {
        this.tellProblem(error, id);
      }
    }
  }

  /** Once, and again when it has become another one. */
  private tellProblem(error: unknown, id: string): void {
    const { problem } = asProblem(error, 'deployment');
    if (this.told.get(id) === problem.sentence) return;
    this.told.set(id, problem.sentence);
    this.tell({ type: 'problem', at: new Date().toISOString(), problem }, id);
  }
}

function sentenceOf(entry: BriefEntry): string {
  if (entry.outcome) return entry.outcome.sentence;
  const where = `${entry.service} in ${entry.environment}`;
  return markOf(entry) === 'waiting'
    ? `A deployment of ${where} waits for approval.`
    : `A deployment of ${where} has begun.`;
}
