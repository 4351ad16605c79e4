/**
 * Events of many streams in one order, read file by file. An event's place in that order is its id: 56 digits of
 * timestamp, stream and arrival, as CloudWatch's own ids sort by time.
 */
import type { Stream } from './groups.ts';
import type { Segment, StoredEvent } from './segments.ts';

export interface Placed {
  readonly stream: Stream;
  readonly event: StoredEvent;
}

export interface Range {
  /** Milliseconds since the epoch, both inclusive. */
  readonly from: number;
  readonly to: number;
}

export function eventId(placed: Placed): bigint {
  return (
    (BigInt(placed.event.timestamp) << 144n) | (placed.stream.order << 64n) | BigInt(placed.event.sequence)
  );
}

export function idText(id: bigint): string {
  return id.toString().padStart(56, '0');
}

/** The timestamp that an id begins with. */
export function timestampOf(id: bigint): number {
  return Number(id >> 144n);
}

interface Cursor {
  readonly stream: Stream;
  readonly events: readonly StoredEvent[];
  at: number;
}

/** Walks the events of the range, by id, upwards or downwards. Holds only the files that overlap where it is. */
export function* walk(streams: readonly Stream[], range: Range, forward: boolean): Generator<Placed> {
  const waiting = streams
    .flatMap((stream) => stream.segments.all().map((segment) => ({ stream, segment })))
    .filter(({ segment }) => segment.first <= range.to && segment.last >= range.from)
    .sort((a, b) => (forward ? a.segment.first - b.segment.first : b.segment.last - a.segment.last));
  const cursors: Cursor[] = [];
  let loaded = 0;
  while (true) {
    let best = nearest(cursors, forward);
    while (loaded < waiting.length) {
      const next = waiting[loaded] as { stream: Stream; segment: Segment };
      if (best && !reaches(next.segment, best.event.timestamp, forward)) break;
      const cursor = load(next.stream, next.segment, range, forward);
      if (cursor.events.length > 0) cursors.push(cursor);
      loaded++;
      best = nearest(cursors, forward);
    }
    if (!best) return;
    best.cursor.at++;
    if (best.cursor.at >= best.cursor.events.length) cursors.splice(cursors.indexOf(best.cursor), 1);
    yield { stream: best.cursor.stream, event: best.event };
  }
}

function load(stream: Stream, segment: Segment, range: Range, forward: boolean): Cursor {
  const events = stream.segments
    .read(segment)
    .filter((event) => event.timestamp >= range.from && event.timestamp <= range.to);
  return { stream, events: forward ? events : events.reverse(), at: 0 };
}

function reaches(segment: Segment, timestamp: number, forward: boolean): boolean {
  return forward ? segment.first <= timestamp : segment.last >= timestamp;
}

function nearest(cursors: Cursor[], forward: boolean): { cursor: Cursor; event: StoredEvent } | undefined {
  let best: { cursor: Cursor; event: StoredEvent } | undefined;
  for (const cursor of cursors) {
    const event = cursor.events[cursor.at];
    if (event && (!best || precedes(cursor.stream, event, best.cursor.stream, best.event) === forward)) {
      best = { cursor, event };
    }
  }
  return best;
}

function precedes(aStream: Stream, a: StoredEvent, bStream: Stream, b: StoredEvent): boolean {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp;
  if (aStream.order !== bStream.order) return aStream.order < bStream.order;
  return a.sequence < b.sequence;
}
