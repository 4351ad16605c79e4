// The empty cluster that a rehearsal starts from. Making one (initdb) costs four seconds of processor time each time, opening one
// that was made before a sixth of it, so scripts/empty-cluster.ts made it once and it ships with the judge.
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { clusterFile } from '../assets.ts';

/** The version of PGlite that made the cluster, and the only one that is given it (a test compares it with the package). */
export const pgliteVersion = '0.5.16';

/** initdb's options: segments of 1 MiB instead of 16, all of which every copy of the cluster would carry. */
export const initOptions: readonly string[] = ['--wal-segsize=1'];

/** Bytes that are unpacked at a time: thousands of small pieces take longer to be put together than to be unpacked. */
export const chunkSize = 16 * 1024 * 1024;

/** The archive of the data folder; undefined: it does not lie where it should, and the cluster is made anew. */
export function emptyCluster(): Uint8Array | undefined {
  try {
    return brotliDecompressSync(readFileSync(clusterFile(import.meta.url)), { chunkSize });
  } catch {
    return undefined;
  }
}
