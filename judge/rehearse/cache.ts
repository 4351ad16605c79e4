// Rehearsed bases by the checksum of the history they come from: S3 on AWS, a folder on a laptop.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ParsedMigration } from '../parse/statements.ts';

export type BaseCache = {
  get: (key: string) => Promise<Uint8Array | undefined>;
  put: (key: string, bytes: Uint8Array) => Promise<void>;
};

/** A change here, or of PGlite's version, makes every old base void. */
const format = 'pglite-0.5.16-2';

export function baseKey(applied: readonly ParsedMigration[], extensions: readonly string[]): string {
  const hash = createHash('sha256').update(format);
  for (const name of [...extensions].sort()) hash.update(`\0extension ${name}`);
  for (const file of applied) hash.update(`\0${file.name}\0`).update(file.source.text);
  return hash.digest('hex');
}

export const emptyKey = (extensions: readonly string[]): string => baseKey([], extensions);

/** A file a base. A damaged or missing one is built again; a folder that cannot be written is no reason to fail. */
export function folderCache(folder: string): BaseCache {
  const path = (key: string): string => join(folder, `${key}.tar.gz`);
  return {
    get: async (key) => {
      try {
        return readFileSync(path(key));
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
      } catch {
        // Without the cache the next rehearsal is slower, and just as right.
      }
    },
  };
}
