/**
 * Bundles the command into dist/cli, one file a verb with what they share beside them, so that a verb loads what it
 * needs and no more: `lockstep --help` reads two small files. bin/lockstep.mjs calls this when a source is newer.
 * Run by itself, it makes the console's page in dist/console too.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { buildPage } from '../console/server/bundle.ts';
import { REQUIRE } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function buildCommand(): Promise<void> {
  const output = join(root, 'dist/cli');
  // Two commands may build at once: each builds aside, and the last one to be ready stands.
  const aside = join(root, `dist/cli-${process.pid}`);
  await build({
    entryPoints: [join(root, 'cli/main.ts')],
    outdir: aside,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    minifySyntax: true,
    legalComments: 'none',
    sourcemap: true,
    sourcesContent: false,
    banner: { js: REQUIRE },
    external: ['pg-native'],
    plugins: [judgeStays],
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  writeFileSync(join(aside, 'built'), `${new Date().toISOString()}\n`);
  mkdirSync(join(root, 'dist'), { recursive: true });
  rmSync(output, { recursive: true, force: true });
  try {
    renameSync(aside, output);
  } catch {
    // Another one was quicker; what it built is the same.
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The judge brings WebAssembly, data files and a thread of its own, each found beside its source: it runs from there. */
const judgeStays: Plugin = {
  name: 'judge-stays',
  setup({ onResolve }) {
    onResolve({ filter: /\/judge\/index\.ts$/ }, () => ({ path: '../../judge/index.ts', external: true }));
  },
};

if (import.meta.main) await Promise.all([buildCommand(), buildPage()]);
