/**
 * Each function's bundle: how large it is, and how long its code takes to load and make its clients, beside a bundle
 * that holds one bare SDK client. Both are loaded by a fresh Node in turn, so that the machine's mood hits both.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kebab, OTHER_FUNCTIONS, STEPS } from '../core/steps.ts';
import { bundle, bundleFile } from '../scripts/bundle.ts';
import type { Row } from './row.ts';

const FUNCTIONS = [...STEPS.filter((step) => step !== 'AcquireLock'), ...OTHER_FUNCTIONS].map(kebab);
const RUNS = 9;
const GOAL = 1.3;

export async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bundles-'));
  try {
    const bare = join(folder, 'bare.mjs');
    await bundleFile(join(import.meta.dirname, 'bare-client.ts'), bare);
    const rows: Row[] = [];
    for (const name of FUNCTIONS) {
      const place = join(folder, name);
      await bundle(name, place);
      const file = join(place, 'index.mjs');
      const { own, other, ratio } = compared(file, bare);
      rows.push(
        {
          what: `${name}: bundle`,
          value: kilobytes(place),
          unit: 'kB',
          against: `${kilobytes(bare)} kB bare client`,
          goal: 'printed',
          reached: true,
        },
        {
          what: `${name}: import and init`,
          value: ratio,
          unit: 'x',
          against: `${own.toFixed(0)} ms, bare client ${other.toFixed(0)} ms`,
          goal: `<= ${GOAL}`,
          reached: ratio <= GOAL,
        },
      );
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Medians of both, and of the ratios pair by pair: a slow second then counts against both sides. */
function compared(file: string, bare: string): { own: number; other: number; ratio: number } {
  const pairs = Array.from({ length: RUNS }, () => ({ own: load(file), other: load(bare) }));
  return {
    own: median(pairs.map((pair) => pair.own)),
    other: median(pairs.map((pair) => pair.other)),
    ratio: median(pairs.map((pair) => pair.own / pair.other)),
  };
}

/** Milliseconds of `import()`, in a Node of its own with what Lambda would set. */
function load(file: string): number {
  const script = `const began = performance.now(); await import(${JSON.stringify(pathToFileURL(file).href)}); process.stdout.write(String(performance.now() - began));`;
  const env = {
    PATH: process.env['PATH'],
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    NODE_OPTIONS: '--enable-source-maps',
  };
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env, encoding: 'utf8' }),
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Code only: a source map is read when something throws. */
function kilobytes(path: string): number {
  if (!statSync(path).isDirectory()) return Math.round(statSync(path).size / 1000);
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.map'),
  );
  return Math.round(
    files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0) / 1000,
  );
}
