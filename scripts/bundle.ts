/**
 * Bundles a Lambda function: one ESM file with everything in it, the SDK clients that it uses included, because the
 * runtime's own SDK may lack calls that are newer than it. Used for the CDK's assets and by the bench alike.
 */
import { copyFile, glob, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { cluster, externals, files, worker } from '../judge/assets.ts';
import { slimming } from './bundle-plugins.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Functions with a part of the judge in them: its parser and PGlite are WebAssembly and must lie beside the bundle. */
const WITH_JUDGE: Readonly<Record<string, { needs(file: string): boolean; rehearses: boolean }>> = {
  'migrate-check': { needs: () => true, rehearses: true },
  'inspect-database': { needs: (file) => !file.startsWith('@electric-sql/'), rehearses: false },
  // It reads a failed file's statements, to say which took effect.
  migrate: { needs: (file) => !file.startsWith('@electric-sql/'), rehearses: false },
};

/**
 * Some packages are CommonJS and call `require` for Node's own modules; an ESM file has none unless it makes one.
 */
export const REQUIRE = `import { createRequire as lockstepRequire } from 'node:module'; const require = lockstepRequire(import.meta.url);`;

/** `functionName` is the folder in lambdas/, for example `verify-health`. Leaves `index.mjs` and its source map. */
export async function bundle(functionName: string, outFolder: string): Promise<Metafile> {
  const entry = join(root, 'lambdas', functionName, 'handler.ts');
  await rm(outFolder, { recursive: true, force: true });
  const judge = WITH_JUDGE[functionName];
  if (judge) await copyAssets(files.filter(judge.needs), outFolder);
  // The rehearsal has a thread of its own, and starts from a database that is ready.
  if (judge?.rehearses) {
    await bundleFile(join(root, worker.entry), join(outFolder, worker.output), externals);
    await copyFile(join(root, cluster.source), join(outFolder, cluster.output));
  }
  return bundleFile(entry, join(outFolder, 'index.mjs'), judge ? externals : []);
}

/** The same for any entry file; the bench holds a bare SDK client beside the functions. */
export async function bundleFile(
  entry: string,
  outfile: string,
  external: readonly string[] = [],
): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // CommonJS comes first for `platform: node` and cannot be shaken: a bundle is two thirds larger with it.
    mainFields: ['module', 'main'],
    minify: true,
    // The log and the state machine know errors by their class's name.
    keepNames: false,
    legalComments: 'none',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    banner: { js: REQUIRE },
    // An optional native driver of `pg` besides.
    external: ['pg-native', ...external],
    plugins: slimming,
    logLevel: 'error',
  });
  return metafile;
}

/** Each file at the same place under node_modules beside the bundle; `*` stands for every file of that ending. */
async function copyAssets(patterns: readonly string[], outFolder: string): Promise<void> {
  const from = join(root, 'node_modules');
  for (const pattern of patterns) {
    for await (const path of glob(pattern, { cwd: from })) {
      const to = join(outFolder, 'node_modules', path);
      await mkdir(dirname(to), { recursive: true });
      await copyFile(join(from, path), to);
    }
  }
}
