/**
 * The events of one stream: append-only files of about a megabyte, one JSON line an event. Memory holds a few numbers
 * a file and nothing of the events, so a world may log for weeks.
 */
import { join } from 'node:path';
import type { Files } from './files.ts';

export interface StoredEvent {
  /** Milliseconds since the epoch, as the writer said. */
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
  /** The event's place in the order in which the stream received them, from 0. */
  readonly sequence: number;
}

/** What is known of a file without reading it. */
export interface Segment {
  readonly number: number;
  /** The sequence of its first event. */
  readonly from: number;
  count: number;
  bytes: number;
  /** The earliest and the latest timestamp in it. */
  first: number;
  last: number;
  lastIngestion: number;
}

/** A file is closed when it has grown beyond this. Reading one costs some milliseconds. */
const SEGMENT_BYTES = 1_000_000;

export class Segments {
  private readonly files: Files;
  private readonly folder: string;
  private readonly closed: Segment[];
  private readonly onClose: (closed: readonly Segment[]) => void;
  private open: Segment | undefined;

  /** `onClose` is given the facts of every full file whenever that list changes: they are what a restart needs. */
  constructor(
    files: Files,
    folder: string,
    closed: readonly Segment[],
    onClose: (closed: readonly Segment[]) => void,
  ) {
    this.files = files;
    this.folder = folder;
    this.closed = [...closed];
    this.onClose = onClose;
  }

  append(events: readonly Omit<StoredEvent, 'sequence'>[]): StoredEvent[] {
    const segment = this.current();
    const stored: StoredEvent[] = [];
    let text = '';
    for (const event of events) {
      const line = `${JSON.stringify([event.timestamp, event.ingestionTime, event.message])}\n`;
      text += line;
      stored.push({ ...event, sequence: segment.from + segment.count });
      count(segment, event, Buffer.byteLength(line));
    }
    this.files.append(this.file(segment), text);
    if (segment.bytes >= SEGMENT_BYTES) this.close(segment);
    return stored;
  }

  /** Every file with events in it, oldest first. */
  all(): readonly Segment[] {
    const current = this.current();
    return current.count > 0 ? [...this.closed, current] : this.closed;
  }

  /** The events of one file, by timestamp, those of one millisecond in the order of their arrival. */
  read(segment: Segment): StoredEvent[] {
    // The retention may have removed it since the list was made.
    const text = this.files.read(this.file(segment)) ?? '';
    return text
      .split('\n')
      .slice(0, -1)
      .map((line, index) => {
        const [timestamp, ingestionTime, message] = JSON.parse(line) as [number, number, string];
        return { timestamp, ingestionTime, message, sequence: segment.from + index };
      })
      .sort((a, b) => a.timestamp - b.timestamp || a.sequence - b.sequence);
  }

  /** Removes the files whose events are all older than `before`. */
  expire(before: number): void {
    const expired = this.closed.filter((segment) => segment.last < before);
    if (expired.length === 0) return;
    for (const segment of expired) {
      this.closed.splice(this.closed.indexOf(segment), 1);
      this.files.remove(this.file(segment));
    }
    this.onClose(this.closed);
  }

  remove(): void {
    this.files.remove(this.folder);
  }

  private current(): Segment {
    while (!this.open) {
      const previous = this.closed.at(-1);
      const next: Segment = {
        number: (previous?.number ?? 0) + 1,
        from: previous ? previous.from + previous.count : 0,
        count: 0,
        bytes: 0,
        first: Number.POSITIVE_INFINITY,
        last: 0,
        lastIngestion: 0,
      };
      this.files.prepare(this.folder);
      this.recover(next);
      // A process that was killed right after it had filled a file may not have told its successor so.
      if (next.bytes >= SEGMENT_BYTES) this.close(next);
      else this.open = next;
    }
    return this.open;
  }

  private close(segment: Segment): void {
    this.closed.push(segment);
    this.open = undefined;
    this.onClose(this.closed);
  }

  /** Counts what an earlier process wrote into the open file; a line that a kill cut off is cut away. */
  private recover(segment: Segment): void {
    const file = this.file(segment);
    const text = this.files.read(file);
    if (text === undefined) return;
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) this.files.truncate(file, Buffer.byteLength(whole));
    for (const line of whole.split('\n').slice(0, -1)) {
      const [timestamp, ingestionTime] = JSON.parse(line) as [number, number, string];
      count(segment, { timestamp, ingestionTime }, Buffer.byteLength(line) + 1);
    }
  }

  private file(segment: Segment): string {
    return join(this.folder, `${String(segment.number).padStart(6, '0')}.jsonl`);
  }
}

function count(
  segment: Segment,
  event: Pick<StoredEvent, 'timestamp' | 'ingestionTime'>,
  bytes: number,
): void {
  segment.count++;
  segment.bytes += bytes;
  segment.first = Math.min(segment.first, event.timestamp);
  segment.last = Math.max(segment.last, event.timestamp);
  segment.lastIngestion = Math.max(segment.lastIngestion, event.ingestionTime);
}
