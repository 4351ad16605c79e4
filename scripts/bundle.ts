/**
 * Bundles a Lambda function: one ESM file with everything in it, the SDK clients that it uses included, because the
 * runtime's own SDK may lack calls that are newer than it. Used for the CDK's assets and by the bench alike.
 */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Packages that esbuild must leave alone: they find WebAssembly and data files beside their own module. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  'migrate-check': ['libpg-query', '@electric-sql/pglite'],
};

/**
 * Some packages are CommonJS and call `require` for Node's own modules; an ESM file has none unless it makes one.
 */
const REQUIRE = `import { createRequire as lockstepRequire } from 'node:module'; const require = lockstepRequire(import.meta.url);`;

/** `functionName` is the folder in lambdas/, for example `verify-health`. Leaves `index.mjs` and its source map. */
export async function bundle(functionName: string, outFolder: string): Promise<Metafile> {
  return bundleFile(join(root, 'lambdas', functionName, 'handler.ts'), outFolder, BESIDE[functionName] ?? []);
}

/** The same for any entry file; the bench holds a bare SDK client beside the functions. */
export async function bundleFile(
  entry: string,
  outFolder: string,
  beside: readonly string[] = [],
): Promise<Metafile> {
  await rm(outFolder, { recursive: true, force: true });
  await mkdir(outFolder, { recursive: true });
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: join(outFolder, 'index.mjs'),
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // CommonJS comes first for `platform: node` and cannot be shaken: a bundle is two thirds larger with it.
    mainFields: ['module', 'main'],
    // Whitespace and syntax only: names stay, so that a stack trace can be read without the source map too.
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    legalComments: 'none',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    banner: { js: REQUIRE },
    // An optional native driver of `pg`, and packages whose files are copied.
    external: ['pg-native', ...beside],
    logLevel: 'error',
  });
  for (const name of beside) {
    await cp(join(root, 'node_modules', name), join(outFolder, 'node_modules', name), {
      recursive: true,
      dereference: true,
    });
  }
  return metafile;
}
