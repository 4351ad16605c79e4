// A migration file as bytes, as text, and the way between PostgreSQL's byte offsets and a person's line and column.
import { Buffer } from 'node:buffer';

export type SourceProblem = {
  kind: 'encoding' | 'bom' | 'nul' | 'crlf' | 'too-large';
  at: number;
  why: string;
};

/** Bytes beyond which a file is not parsed: its tree would take gigabytes, and no reviewer reads it either. */
export const largestFile = 5 * 1024 * 1024;

export class Source {
  readonly text: string;
  readonly bytes: Buffer;
  readonly problems: SourceProblem[] = [];
  #lines: number[] | undefined;
  #toUnit: Uint32Array | undefined;

  constructor(sql: string | Uint8Array) {
    let bytes = typeof sql === 'string' ? Buffer.from(sql, 'utf8') : Buffer.from(sql);
    if (bytes.length > largestFile) {
      const mib = (bytes.length / 1024 / 1024).toFixed(1);
      this.problems.push({
        kind: 'too-large',
        at: 0,
        why: `The file has ${mib} MiB; files over ${largestFile / 1024 / 1024} MiB are not read. Load data outside the migration.`,
      });
      bytes = Buffer.alloc(0);
    }
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
      this.problems.push({
        kind: 'bom',
        at: 0,
        why: 'The file starts with a byte order mark. PostgreSQL takes it for a letter, and the first statement fails (42601).',
      });
      bytes = bytes.subarray(3);
    }
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
      this.problems.push({
        kind: 'encoding',
        at: 0,
        why: `The file is not UTF-8${utf16 ? ' but UTF-16' : ''}; Prisma cannot read it.`,
      });
      text = '';
      bytes = Buffer.alloc(0);
    }
    const nul = text.indexOf('\0');
    if (nul !== -1) {
      this.problems.push({
        kind: 'nul',
        at: nul,
        why: 'A NUL byte ends the text for PostgreSQL: what follows would never run.',
      });
      text = '';
      bytes = Buffer.alloc(0);
    }
    if (text.includes('\r\n')) {
      this.problems.push({
        kind: 'crlf',
        at: text.indexOf('\r\n'),
        why: 'The lines end in CRLF. The checksum that Prisma stores then differs from that of a checkout with LF.',
      });
    }
    this.text = text;
    this.bytes = bytes;
  }

  /** From an offset in UTF-8 bytes to one in the text. */
  unit(byte: number): number {
    if (this.bytes.length === this.text.length) return Math.min(byte, this.text.length);
    if (!this.#toUnit) {
      const map = new Uint32Array(this.bytes.length + 1);
      let unit = 0;
      for (let index = 0; index < this.bytes.length; index += 1) {
        const first = this.bytes[index] as number;
        // A continuation byte belongs to the character before it; four-byte characters are two UTF-16 units.
        if ((first & 0xc0) === 0x80) map[index] = unit;
        else {
          map[index] = unit;
          unit += first >= 0xf0 ? 2 : 1;
        }
      }
      map[this.bytes.length] = this.text.length;
      this.#toUnit = map;
    }
    return this.#toUnit[Math.min(byte, this.bytes.length)] as number;
  }

  /** Line and column, from 1, of an offset in the text. Columns count characters as editors do (UTF-16 units). */
  position(unit: number): { line: number; column: number } {
    if (!this.#lines) {
      const lines = [0];
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1))
        lines.push(at + 1);
      this.#lines = lines;
    }
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] as number) <= unit) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: unit - (this.#lines[low] as number) + 1 };
  }
}
