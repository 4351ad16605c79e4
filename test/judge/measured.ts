// The 161 statements measured on PostgreSQL 15.18, and the schema that they were run on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Measured = {
  sql: string;
  locks?: Record<string, string>;
  rewrite?: string[];
  tuples_read?: Record<string, number>;
  error?: string;
};

const data = join(import.meta.dirname, 'data');
export const context = readFileSync(join(data, 'pg15-measured-context.sql'), 'utf8');
export const measured = readFileSync(join(data, 'pg15-measured.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Measured);

/** The recording lists of t's indexes only two; what it lists completely are tables, partitions, views and materialized views. */
const told = new Set(['t', 'p', 'part', 'part1', 'part2', 'vw', 'mv']);

/** `AccessExclusive` → `ACCESS EXCLUSIVE`. */
const spelt = (mode: string): string => mode.replace(/([a-z])([A-Z])/g, '$1 $2').toUpperCase();

export const locksOf = (entry: Measured): Record<string, string> =>
  Object.fromEntries(
    Object.entries(entry.locks ?? {})
      .filter(([name]) => told.has(name))
      .map(([name, mode]): [string, string] => [name, spelt(mode)])
      .sort(),
  );

export const rewritesOf = (entry: Measured): string[] =>
  (entry.rewrite ?? []).filter((name) => told.has(name)).sort();

type Seen = { table: string; lock: string; rewrites: boolean; scans: boolean };
export const seenLocks = (effects: readonly Seen[]): Record<string, string> =>
  Object.fromEntries(
    effects
      .filter((effect) => told.has(effect.table))
      .map((effect): [string, string] => [effect.table, effect.lock])
      .sort(),
  );
export const seenRewrites = (effects: readonly Seen[]): string[] =>
  effects
    .filter((effect) => effect.rewrites && told.has(effect.table))
    .map((effect) => effect.table)
    .sort();
/** Where tuples of t were counted: whether it was read. */
export const scanOf = (entry: Measured): boolean | undefined =>
  entry.tuples_read?.['t'] === undefined ? undefined : entry.tuples_read['t'] > 0;
