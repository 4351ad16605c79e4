// Rehearsed bases by the checksum of the history they come from: S3 on AWS, a folder on a laptop.
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ParsedMigration } from '../parse/statements.ts';
import { pgliteVersion } from './empty.ts';

export type BaseCache = {
  get: (key: string) => Promise<Uint8Array | undefined>;
  put: (key: string, bytes: Uint8Array) => Promise<void>;
};

/** What made a base and can open it: a change here, or of PGlite's version, makes every old one void. */
const format = `lockstep-base 4 pglite ${pgliteVersion}`;

/** Bytes above which a base is not kept: a history with that much data in it is made again. */
const largest = 64 * 1024 * 1024;

export function baseKey(applied: readonly ParsedMigration[], extensions: readonly string[]): string {
  const hash = createHash('sha256').update(format);
  for (const name of [...extensions].sort()) hash.update(`\0extension ${name}`);
  for (const file of applied) hash.update(`\0${file.name}\0`).update(file.source.text);
  return hash.digest('hex');
}

/** One line of JSON that says what it is and what it must add up to, then the snapshot. Undefined: too large to be kept. */
export function pack<Beside>(snapshot: Uint8Array, beside: Beside): Uint8Array | undefined {
  if (snapshot.length > largest) return undefined;
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(beside)}\n`), snapshot]);
  const head = { format, sha256: createHash('sha256').update(body).digest('hex') };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** Undefined: it is damaged, or of another version, and the base is built anew and kept in its place. */
export function unpack<Beside>(bytes: Uint8Array): { beside: Beside; snapshot: Uint8Array } | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const end = buffer.indexOf('\n');
    const head = JSON.parse(buffer.subarray(0, end).toString()) as { format?: string; sha256?: string };
    const body = buffer.subarray(end + 1);
    if (head.format !== format || head.sha256 !== createHash('sha256').update(body).digest('hex'))
      return undefined;
    const line = body.indexOf('\n');
    return {
      beside: JSON.parse(body.subarray(0, line).toString()) as Beside,
      snapshot: body.subarray(line + 1),
    };
  } catch {
    return undefined;
  }
}

/** Bases that a folder keeps, the most recently used ones: a handful of repositories on their branches. */
const mostKept = 12;
const ending = '.base';

/** A file a base. A folder that cannot be written is no reason to fail: the next rehearsal is slower, and just as right. */
export function folderCache(folder: string): BaseCache {
  const path = (key: string): string => join(folder, `${key}${ending}`);
  return {
    get: async (key) => {
      try {
        const bytes = readFileSync(path(key));
        // The time of its last use decides which ones are kept.
        utimesSync(path(key), new Date(), new Date());
        return bytes;
      } catch {
        return undefined;
      }
    },
    put: async (key, bytes) => {
      try {
        mkdirSync(folder, { recursive: true });
        const temporary = `${path(key)}.${process.pid}`;
        writeFileSync(temporary, bytes);
        renameSync(temporary, path(key));
        keepNewest(folder);
      } catch {
        // As above.
      }
    },
  };
}

function keepNewest(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ path: join(folder, name), used: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const { path } of files.slice(mostKept)) rmSync(path, { force: true });
}
