// The extensions that PGlite brings. Any other: the statements that need it are judged by the rules alone.
import type { Extension } from '@electric-sql/pglite';

/** Name in CREATE EXTENSION → file in @electric-sql/pglite/contrib and the name that it exports. */
const modules: Record<string, [file: string, exported: string]> = {
  amcheck: ['amcheck', 'amcheck'],
  bloom: ['bloom', 'bloom'],
  btree_gin: ['btree_gin', 'btree_gin'],
  btree_gist: ['btree_gist', 'btree_gist'],
  citext: ['citext', 'citext'],
  cube: ['cube', 'cube'],
  dict_int: ['dict_int', 'dict_int'],
  dict_xsyn: ['dict_xsyn', 'dict_xsyn'],
  earthdistance: ['earthdistance', 'earthdistance'],
  fuzzystrmatch: ['fuzzystrmatch', 'fuzzystrmatch'],
  hstore: ['hstore', 'hstore'],
  intarray: ['intarray', 'intarray'],
  isn: ['isn', 'isn'],
  lo: ['lo', 'lo'],
  ltree: ['ltree', 'ltree'],
  moddatetime: ['moddatetime', 'moddatetime'],
  pg_trgm: ['pg_trgm', 'pg_trgm'],
  pgcrypto: ['pgcrypto', 'pgcrypto'],
  seg: ['seg', 'seg'],
  tablefunc: ['tablefunc', 'tablefunc'],
  tcn: ['tcn', 'tcn'],
  tsm_system_rows: ['tsm_system_rows', 'tsm_system_rows'],
  tsm_system_time: ['tsm_system_time', 'tsm_system_time'],
  unaccent: ['unaccent', 'unaccent'],
  'uuid-ossp': ['uuid_ossp', 'uuid_ossp'],
};

export const availableExtensions: readonly string[] = Object.keys(modules);

/** Files that each extension needs beside a bundle. */
export const extensionFiles = (): string[] =>
  Object.entries(modules).flatMap(([name, [file]]) => [
    `contrib/${file}.js`,
    `${name === 'moddatetime' ? 'spi' : name}.tar.gz`,
  ]);

export async function contrib(name: string): Promise<Extension | undefined> {
  const found = modules[name];
  if (!found) return undefined;
  const loaded = (await import(`@electric-sql/pglite/contrib/${found[0]}`)) as Record<string, Extension>;
  return loaded[found[1]];
}
