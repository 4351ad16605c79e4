/** Cuts a container's output into log lines. */
import { StringDecoder } from 'node:string_decoder';
import type { LogLine } from '../../ports.ts';

/** An event of CloudWatch Logs holds 256 KiB with its overhead of 26 bytes; a longer line is cut there. */
const LONGEST = 256 * 1024 - 26;

export class Lines {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  private readonly now: () => number;
  private readonly log: (lines: readonly LogLine[]) => void;

  constructor(now: () => number, log: (lines: readonly LogLine[]) => void) {
    this.now = now;
    this.log = log;
  }

  write(chunk: Uint8Array): void {
    const parts = (this.rest + this.decoder.write(chunk)).split('\n');
    this.rest = parts.pop() ?? '';
    while (this.rest.length > LONGEST) {
      parts.push(this.rest.slice(0, LONGEST));
      this.rest = this.rest.slice(LONGEST);
    }
    this.put(parts);
  }

  /** What comes without a line end is a line as well, once nothing follows. */
  end(): void {
    const last = this.rest + this.decoder.end();
    this.rest = '';
    if (last !== '') this.put([last]);
  }

  private put(parts: readonly string[]): void {
    const timestamp = this.now();
    const lines = parts
      .flatMap((part) => cut(part.endsWith('\r') ? part.slice(0, -1) : part))
      // CloudWatch Logs takes no empty event; the log driver leaves empty lines out.
      .filter((part) => part !== '')
      .map((message) => ({ timestamp, message }));
    if (lines.length > 0) this.log(lines);
  }
}

function cut(line: string): string[] {
  const parts = [];
  for (let from = 0; from < Math.max(1, line.length); from += LONGEST)
    parts.push(line.slice(from, from + LONGEST));
  return parts;
}
