/**
 * Bundles a Lambda function: one ESM file with everything in it, the SDK clients that it uses included, because the
 * runtime's own SDK may lack calls that are newer than it. Used for the CDK's assets and by the bench alike.
 */
import { copyFile, glob, mkdir, readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import { externals, files, worker } from '../judge/assets.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Functions with a part of the judge in them: its parser and PGlite are WebAssembly and must lie beside the bundle. */
const WITH_JUDGE: Readonly<Record<string, { needs(file: string): boolean; rehearses: boolean }>> = {
  'migrate-check': { needs: () => true, rehearses: true },
  'inspect-database': { needs: (file) => !file.startsWith('@electric-sql/'), rehearses: false },
};

/**
 * Some packages are CommonJS and call `require` for Node's own modules; an ESM file has none unless it makes one.
 */
const REQUIRE = `import { createRequire as lockstepRequire } from 'node:module'; const require = lockstepRequire(import.meta.url);`;

/** `functionName` is the folder in lambdas/, for example `verify-health`. Leaves `index.mjs` and its source map. */
export async function bundle(functionName: string, outFolder: string): Promise<Metafile> {
  const entry = join(root, 'lambdas', functionName, 'handler.ts');
  await rm(outFolder, { recursive: true, force: true });
  const judge = WITH_JUDGE[functionName];
  if (judge) await copyAssets(files.filter(judge.needs), outFolder);
  // The rehearsal has a thread of its own.
  if (judge?.rehearses) await bundleFile(join(root, worker.entry), join(outFolder, worker.output), externals);
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
    plugins: [credentialsOfLambda, onlyUsedShapes, plainBuiltins, onlyWhatIsUsed, onlyValidation],
    logLevel: 'error',
  });
  return metafile;
}

/**
 * Lambda puts the role's credentials into the environment. The SDK's chain of all the places where a laptop may have
 * some (profiles, single sign-on, other processes) is a third of a bundle, and none of them must ever be tried.
 */
const credentialsOfLambda: Plugin = {
  name: 'credentials-of-lambda',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: 'credentials',
      namespace: 'credentials-of-lambda',
    }));
    onLoad({ filter: /.*/, namespace: 'credentials-of-lambda' }, () => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: root,
    }));
  },
};

/**
 * A client describes the shapes of all its operations. Those of the REST protocols have computed keys, which might do
 * anything when they are evaluated, so a bundler keeps every one of them: for S3 alone 60 KB that are read at each
 * cold start. Evaluated by a call that is marked as pure, a shape that nobody uses goes.
 */
const onlyUsedShapes: Plugin = {
  name: 'only-used-shapes',
  setup({ onLoad }) {
    onLoad(
      { filter: /[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
      async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replace(
          /^((?:export )?var [\w$]+ = )(\[[\s\S]*?\]);$/gm,
          '$1/* @__PURE__ */ (() => $2)();',
        ),
      }),
    );
  },
};

/**
 * An ESM import of one of Node's own modules reads every name that it exports, and `node:http` has some (WebSocket) that
 * load the whole of fetch's implementation when they are read: 20 ms of a cold start. Asked for as an object, it does not.
 */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z_:]+(\/[a-z_]+)*$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'plain-builtins' } : null,
    );
    onLoad({ filter: /.*/, namespace: 'plain-builtins' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/**
 * `import { z } from 'zod'` is one object with all of zod in it, of which a bundler has to keep everything. The same as
 * a namespace import keeps what is used: half of the size and of the time to start. Descriptions, each of which makes
 * its schema once more, are for the reference in docs/, which is written from the sources.
 */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  setup({ onResolve, onLoad }) {
    // A file of ours that only passes on what others hold need not be evaluated for that.
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replace("import { z } from 'zod';", "import * as z from 'zod';")
        .replace(/\.describe\(\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"),?\s*\)/g, ''),
      loader: 'ts',
    }));
  },
};

/**
 * What zod's schemas drag along and no function asks for: its messages in fifty languages, and how each kind of schema
 * is written as JSON Schema (the files in docs/ are made from the sources).
 */
const onlyValidation: Plugin = {
  name: 'only-validation',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    }));
    onLoad(
      { filter: /[\\/]zod[\\/]v4[\\/]core[\\/](?:to-json-schema|json-schema-processors)\.js$/ },
      async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const names = [...source.matchAll(/^export (?:const|function) (\w+)/gm)].map((match) => match[1]);
        const absent = `() => { throw new Error('JSON Schema is not made here'); }`;
        return {
          contents: `${names.map((name) => `export const ${name} = ${absent};`).join('\n')}\nexport const process = ${absent};`,
        };
      },
    );
  },
};

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
