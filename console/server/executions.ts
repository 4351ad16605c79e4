/** Executions as the console reads them: their events once, and from then on what was added; their definition once. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { definitionOf, historyFrom } from '../../aws/executions.ts';
import { LockstepError } from '../../core/errors.ts';
import type { Place } from './place.ts';

interface Known {
  readonly events: Map<number, HistoryEvent>;
  token: string | undefined;
  ended: boolean;
  reading: Promise<HistoryEvent[]> | undefined;
  definition: Promise<string | undefined> | undefined;
}

/** More than anybody has open; each is some hundred kilobytes. */
const KEPT = 20;
const ENDS = ['ExecutionSucceeded', 'ExecutionFailed', 'ExecutionAborted', 'ExecutionTimedOut'];

export class Executions {
  private readonly known = new Map<string, Known>();

  async events(place: Place, arn: string): Promise<HistoryEvent[]> {
    const known = this.of(arn);
    if (!known.ended) {
      known.reading ??= this.read(place, arn, known).finally(() => {
        known.reading = undefined;
      });
      return known.reading;
    }
    return [...known.events.values()];
  }

  async definition(place: Place, arn: string): Promise<string> {
    const known = this.of(arn);
    known.definition ??= definitionOf(place.sfn, arn).catch((error) => {
      known.definition = undefined;
      throw error;
    });
    const definition = await known.definition;
    if (definition) return definition;
    // AWS keeps an execution for ninety days.
    throw new LockstepError('DeploymentUnknown', {
      id: arn.split(':').at(-1) ?? arn,
      detail: ': its execution is gone',
    });
  }

  private async read(place: Place, arn: string, known: Known): Promise<HistoryEvent[]> {
    const { events, token } = await historyFrom(place.sfn, arn, known.token);
    known.token = token;
    for (const event of events) known.events.set(event.id ?? 0, event);
    const all = [...known.events.values()].sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
    known.ended = ENDS.includes(all.at(-1)?.type ?? '');
    return all;
  }

  private of(arn: string): Known {
    const found = this.known.get(arn);
    if (found) {
      // The one that was looked at last goes last.
      this.known.delete(arn);
      this.known.set(arn, found);
      return found;
    }
    const made: Known = {
      events: new Map(),
      token: undefined,
      ended: false,
      reading: undefined,
      definition: undefined,
    };
    this.known.set(arn, made);
    const [oldest] = this.known.keys();
    if (this.known.size > KEPT && oldest !== undefined) this.known.delete(oldest);
    return made;
  }
}
