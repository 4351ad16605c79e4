/**
 * Bundles the command into dist/cli, one file a verb with what they share beside them, so that a verb loads what it
 * needs and no more: `lockstep --help` reads two small files. bin/lockstep.mjs calls this when a source is newer.
 * Run by itself, it makes the console's page in dist/console too.
 */
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildPage } from '../console/server/bundle.ts';
import { cluster, externals, worker } from '../judge/assets.ts';
import { REQUIRE } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function buildCommand(): Promise<void> {
  const output = join(root, 'dist/cli');
  // Two commands may build at once: each builds aside, and the last one to be ready stands.
  const aside = join(root, `dist/cli-${process.pid}`);
  await build({
    // The rehearsal's thread is a program of its own, found beside the file that starts it.
    entryPoints: { main: 'cli/main.ts', [parse(worker.output).name]: worker.entry },
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
    external: ['pg-native', ...externals],
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  copyFileSync(join(root, cluster.source), join(aside, cluster.output));
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

if (import.meta.main) await Promise.all([buildCommand(), buildPage()]);
