/**
 * What a cold start has to read and to run before the first event: each function's bundle beside one bare SDK client,
 * bundled as esbuild does it when told nothing but the platform. Every round imports each of them once, in a process
 * of its own, and the fastest counts: whatever else the machine does can only make one slower.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { kebab, OTHER_FUNCTIONS, STEPS } from '../core/steps.ts';
import { bundle } from '../scripts/bundle.ts';
import type { Row } from './row.ts';

const ROUNDS = 24;
const GOAL = 1.3;
const FUNCTIONS = [...STEPS.filter((step) => step !== 'AcquireLock'), ...OTHER_FUNCTIONS].map(kebab);

export async function bench(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bundles-'));
  try {
    const bare = join(folder, 'bare', 'index.mjs');
    await bundleBare(bare);
    for (const name of FUNCTIONS) await bundle(name, join(folder, name));
    const files = new Map([
      ['bare', bare],
      ...FUNCTIONS.map((name) => [name, join(folder, name, 'index.mjs')] as const),
    ]);
    const times = await fastest(files);
    const bytes = new Map<string, number>();
    for (const [name, file] of files) bytes.set(name, (await stat(file)).size);
    return FUNCTIONS.flatMap((name) => rows(name, times, bytes));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function rows(name: string, times: ReadonlyMap<string, number>, bytes: ReadonlyMap<string, number>): Row[] {
  const [time = 0, bareTime = 1] = [times.get(name), times.get('bare')];
  const [size = 0, bareSize = 1] = [bytes.get(name), bytes.get('bare')];
  const ratio = time / bareTime;
  return [
    {
      what: `${name}: import and init`,
      value: ratio,
      unit: '×',
      against: `a bundled bare ECS client (${time.toFixed(0)} ms beside ${bareTime.toFixed(0)} ms)`,
      goal: `<= ${GOAL}`,
      reached: ratio <= GOAL,
    },
    {
      what: `${name}: bundle`,
      value: Math.round(size / 1024),
      unit: 'KB',
      against: `the bare client’s ${Math.round(bareSize / 1024)} KB`,
      goal: 'told',
      reached: true,
    },
  ];
}

async function bundleBare(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'bare-client.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    // Without it what is CommonJS inside would find no `require`.
    banner: {
      js: `import { createRequire as bareRequire } from 'node:module'; const require = bareRequire(import.meta.url);`,
    },
    logLevel: 'error',
  });
}

/** Milliseconds from before the import to the handler being there. */
async function fastest(files: ReadonlyMap<string, string>): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, file] of files) {
      const time = await importOnce(file);
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, time));
    }
  }
  return best;
}

async function importOnce(file: string): Promise<number> {
  const script = `const began = performance.now();
    import(${JSON.stringify(pathToFileURL(file).href)}).then(({ handler }) => {
      if (typeof handler !== 'function') throw new Error('no handler');
      process.stdout.write(String(performance.now() - began));
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    env: { PATH: process.env['PATH'], AWS_REGION: 'eu-central-1' },
  });
  return Number(stdout);
}
