/**
 * Bundles the action into one file that needs nothing beside it: a runner fetches the repository at a tag and installs
 * nothing. `node scripts/build-action.ts [FILE]` writes action/dist/index.mjs, which a release's tag carries. The SDK
 * keeps its whole chain of credentials, of which a function's bundle needs a single link.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { REQUIRE } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function buildAction(file = join(root, 'action/dist/index.mjs')): Promise<string> {
  await build({
    entryPoints: [join(root, 'action/main.ts')],
    outfile: file,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    logLevel: 'error',
  });
  return file;
}

if (import.meta.main) console.log(await buildAction(process.argv[2]));
