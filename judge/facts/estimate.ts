// How long a statement keeps its lock, from today's sizes. A range, because nobody knows the disk; its reason is part of it.
import type { Effect, Estimate, TableFacts } from '../../core/migrations.ts';

export type Work = 'brief' | 'scan' | 'rewrite' | 'index' | 'index-concurrently' | 'key-check';

const MB = 1024 * 1024;
/**
 * Assumed rates, not measured ones: MB a second that a sequential read or a rewrite moves (slow, fast), and rows a second
 * that an index build sorts and a key check looks up, as one would expect of network disks. docs/migrations.md says how
 * far they may be off.
 */
const rates = {
  scan: [165, 400],
  rewrite: [30, 110],
  sort: [140_000, 270_000],
  check: [200_000, 900_000],
} as const;

/** Seconds for which the work on one table lasts. Null high: the size is not known. */
export function estimateWork(work: Work, table: TableFacts | undefined, lock: string): Estimate {
  if (work === 'brief')
    return { low: 0, high: 0.01, reason: `${lock}, only as long as the catalogue is written` };
  if (!table)
    return { low: 0, high: null, reason: `${lock}; the table's size is unknown, so it counts as large` };
  const rows = table.rows ?? table.bytes / 100;
  const scan = range(table.bytes, rates.scan, MB);
  const sort = range(rows, rates.sort, 1);
  const parts: Record<Exclude<Work, 'brief'>, [number, number]> = {
    scan,
    rewrite: add(
      range(table.bytes, rates.rewrite, MB),
      table.indexes.length > 0 ? times(sort, table.indexes.length) : [0, 0],
    ),
    index: add(scan, sort),
    // Two passes over the table, and it waits for every transaction that is older than it.
    'index-concurrently': times(add(scan, sort), 1.6),
    'key-check': add(scan, range(rows, rates.check, 1)),
  };
  const [low, high] = parts[work];
  return {
    low: round(low),
    high: round(Math.max(high, 0.01)),
    reason: `${count(table.rows)} rows, ${size(table.bytes)}: ${span(low, high)} under ${lock}`,
  };
}

/** The estimate of a statement: its slowest part, for they follow one another only rarely. */
export function longest(estimates: readonly Estimate[]): Estimate | undefined {
  return estimates.reduce<Estimate | undefined>((worst, estimate) => {
    if (!worst) return estimate;
    if (worst.high === null) return worst;
    return estimate.high === null || estimate.high > worst.high ? estimate : worst;
  }, undefined);
}

export const workOf = (effect: Effect, kind: string | undefined): Work => {
  if (effect.rewrites) return 'rewrite';
  if (!effect.scans) return 'brief';
  if (kind === 'create-index')
    return effect.lock === 'SHARE UPDATE EXCLUSIVE' ? 'index-concurrently' : 'index';
  if (kind === 'foreign-key') return 'key-check';
  return 'scan';
};

const range = (amount: number, [slow, fast]: readonly [number, number], unit: number): [number, number] => [
  amount / unit / fast,
  amount / unit / slow,
];
const add = (a: [number, number], b: [number, number]): [number, number] => [a[0] + b[0], a[1] + b[1]];
const times = (a: [number, number], factor: number): [number, number] => [a[0] * factor, a[1] * factor];
const round = (value: number): number =>
  value < 1 ? Math.round(value * 1000) / 1000 : Math.round(value * 10) / 10;

export const count = (rows: number | null): string =>
  rows === null ? 'unknown' : Math.round(rows).toLocaleString('en-US');

export function size(bytes: number): string {
  for (const [unit, factor] of [
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const)
    if (bytes >= factor)
      return `${(bytes / factor).toFixed(bytes / factor < 100 ? 1 : 0).replace(/\.0$/, '')} ${unit}`;
  return `${bytes} B`;
}

/** "25–60 s", "3–6 min", "< 10 ms": as exact as it deserves. */
export function span(low: number, high: number | null): string {
  if (high === null) return 'unknown';
  if (high <= 0.01) return '< 10 ms';
  const unit: [string, number] =
    high >= 5400 ? ['h', 3600] : high >= 120 ? ['min', 60] : high >= 1 ? ['s', 1] : ['ms', 0.001];
  const show = (value: number): string => {
    const scaled = value / unit[1];
    return scaled >= 10 || Number.isInteger(scaled)
      ? String(Math.round(scaled))
      : scaled.toFixed(1).replace(/\.0$/, '');
  };
  const [from, to] = [show(low), show(high)];
  return from === to ? `${to} ${unit[0]}` : `${from}–${to} ${unit[0]}`;
}
