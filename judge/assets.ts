// What must lie beside a bundle that holds the judge: the parser and PGlite are WASM with data files, so they stay packages,
// and the rehearsal's thread is a second bundle.
import { extensionFiles } from './rehearse/extensions.ts';

/** Left external by the bundler, and copied (files below) to node_modules/ beside the bundle. */
export const externals: readonly string[] = [
  'libpg-query',
  '@pgsql/types',
  '@electric-sql/pglite',
  '@electric-sql/pglite/*',
];

const pglite = '@electric-sql/pglite';

/** Files to copy, relative to node_modules, to the same place under node_modules beside the bundle. `*` stands for every file of that ending. */
export const files: readonly string[] = [
  'libpg-query/package.json',
  'libpg-query/wasm/index.cjs',
  'libpg-query/wasm/index.js',
  'libpg-query/wasm/libpg-query.js',
  'libpg-query/wasm/libpg-query.wasm',
  '@pgsql/types/package.json',
  '@pgsql/types/*.js',
  `${pglite}/package.json`,
  `${pglite}/dist/index.js`,
  `${pglite}/dist/chunk-*.js`,
  `${pglite}/dist/pglite.js`,
  `${pglite}/dist/initdb.js`,
  `${pglite}/dist/pglite.wasm`,
  `${pglite}/dist/pglite.data`,
  `${pglite}/dist/initdb.wasm`,
  ...extensionFiles().map((file) => `${pglite}/dist/${file}`),
];

/** The rehearsal's thread: a second entry point, to be bundled (ESM, same externals) under this name beside the first. */
export const worker = { entry: 'judge/rehearse/worker.ts', output: 'judge-rehearsal.mjs' } as const;

/** Where the thread's file is: beside the bundle, or in the sources. */
export const workerFile = (from: string): URL =>
  new URL(from.endsWith('.ts') ? './worker.ts' : `./${worker.output}`, from);

/** The empty cluster (rehearse/empty.ts): copied beside the bundle under this name. */
export const cluster = {
  source: 'judge/rehearse/empty-cluster.tar.br',
  output: 'judge-empty-cluster.tar.br',
} as const;

/** Where the cluster's file is: beside the bundle, or in the sources. */
export const clusterFile = (from: string): URL =>
  new URL(from.endsWith('.ts') ? './empty-cluster.tar.br' : `./${cluster.output}`, from);
