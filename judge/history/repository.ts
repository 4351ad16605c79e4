// Where a Prisma repository keeps its schema and migrations, in the ways of Prisma 5, 6 and 7. Reads files; changes none.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Migration } from '../../core/migrations.ts';
import type { SchemaFiles } from '../compatibility/prisma.ts';
import { inOrder } from './compare.ts';
import { prismaVersion, supported } from './prisma-version.ts';

export type Repository = {
  /** The folder that holds package.json, or the one that was asked for. */
  root: string;
  migrationsFolder: string | undefined;
  /** In Prisma's order; `path` is relative to the root. */
  migrations: Migration[];
  schema: SchemaFiles;
  prismaVersion: string | undefined;
  /** Of migration_lock.toml. */
  provider: string | undefined;
  /** What stands in the way, each a sentence with its path. */
  problems: string[];
};

/** `from`: the repository, its prisma folder, or its migrations folder. */
export function readRepository(from: string): Repository {
  const start = resolve(from);
  const problems: string[] = [];
  if (!existsSync(start))
    return {
      root: start,
      migrationsFolder: undefined,
      migrations: [],
      schema: {},
      prismaVersion: undefined,
      provider: undefined,
      problems: [`${from} does not exist.`],
    };
  const root = packageRoot(start);
  const settings = configured(root);
  const migrationsFolder = findMigrations(start, root, settings);
  if (!migrationsFolder)
    problems.push(
      `No folder of migrations was found in ${from}; looked for prisma/migrations, migrations, and what prisma.config.ts and package.json name.`,
    );
  const lock = migrationsFolder && join(migrationsFolder, 'migration_lock.toml');
  const provider =
    lock && existsSync(lock) ? /provider\s*=\s*"([^"]+)"/.exec(readFileSync(lock, 'utf8'))?.[1] : undefined;
  if (provider && provider !== 'postgresql')
    problems.push(`${relative(root, lock ?? '')}: provider is "${provider}"; only postgresql is judged.`);
  const version = installedVersion(root);
  const parsed = prismaVersion(version);
  if (parsed && !supported(parsed))
    problems.push(`Prisma ${version} runs migrations in a way that is not known here; 5, 6 and 7 are.`);
  return {
    root,
    migrationsFolder,
    migrations: migrationsFolder ? readMigrations(migrationsFolder, root, problems) : [],
    schema: readSchema(start, root, migrationsFolder, settings),
    prismaVersion: version,
    provider,
    problems,
  };
}

function packageRoot(start: string): string {
  for (let folder = statSync(start).isDirectory() ? start : dirname(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return start;
  }
}

type Settings = { schema?: string; migrations?: string };

/** prisma.config.* is read, not run: only paths written as plain strings are seen. */
function configured(root: string): Settings {
  const settings: Settings = {};
  for (const name of [
    'prisma.config.ts',
    'prisma.config.mts',
    'prisma.config.js',
    'prisma.config.mjs',
    'prisma.config.cjs',
    '.config/prisma.ts',
  ]) {
    const path = join(root, name);
    if (!existsSync(path)) continue;
    const content = readFileSync(path, 'utf8');
    const schema =
      /\bschema\s*:\s*(?:path\.join\(\s*)?["'`]([^"'`]+)["'`](?:\s*,\s*["'`]([^"'`]+)["'`])?/.exec(content);
    const migrations =
      /\bmigrations\s*:\s*\{[^}]*?\bpath\s*:\s*(?:path\.join\(\s*)?["'`]([^"'`]+)["'`](?:\s*,\s*["'`]([^"'`]+)["'`])?/s.exec(
        content,
      );
    if (schema) settings.schema = join(root, schema[1] ?? '', schema[2] ?? '');
    if (migrations) settings.migrations = join(root, migrations[1] ?? '', migrations[2] ?? '');
    return settings;
  }
  const named = (json(join(root, 'package.json')) as { prisma?: { schema?: string } } | undefined)?.prisma
    ?.schema;
  if (named) settings.schema = join(root, named);
  return settings;
}

function findMigrations(start: string, root: string, settings: Settings): string | undefined {
  const beside = settings.schema
    ? [join(settings.schema, 'migrations'), join(dirname(settings.schema), 'migrations')]
    : [];
  const candidates = [
    isMigrations(start) ? start : '',
    settings.migrations ?? '',
    ...beside,
    join(start, 'prisma/migrations'),
    join(start, 'migrations'),
    join(root, 'prisma/migrations'),
    join(root, 'db/migrations'),
  ];
  return candidates.find((folder) => folder !== '' && existsSync(folder) && statSync(folder).isDirectory());
}

/** A folder that holds migration_lock.toml, or folders with a migration.sql. */
function isMigrations(folder: string): boolean {
  if (!statSync(folder).isDirectory()) return false;
  if (existsSync(join(folder, 'migration_lock.toml')) || basename(folder) === 'migrations') return true;
  return readdirSync(folder).some((name) => existsSync(join(folder, name, 'migration.sql')));
}

function readMigrations(folder: string, root: string, problems: string[]): Migration[] {
  const found: Migration[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name, 'migration.sql');
    if (!existsSync(path)) {
      problems.push(
        `${relative(root, join(folder, entry.name))}: there is no migration.sql in it; Prisma refuses such a folder (P3015).`,
      );
      continue;
    }
    found.push({ name: entry.name, sql: new Uint8Array(readFileSync(path)), path: relative(root, path) });
  }
  return inOrder(found);
}

/** One file, or every .prisma file of a folder. */
function readSchema(
  start: string,
  root: string,
  migrationsFolder: string | undefined,
  settings: Settings,
): SchemaFiles {
  const near = migrationsFolder ? dirname(migrationsFolder) : join(start, 'prisma');
  const candidates = [
    settings.schema ?? '',
    join(near, 'schema.prisma'),
    join(near, 'schema'),
    near,
    join(root, 'schema.prisma'),
    join(root, 'prisma/schema.prisma'),
    join(root, 'prisma'),
  ];
  for (const path of candidates) {
    if (path === '' || !existsSync(path)) continue;
    const files = statSync(path).isDirectory() ? prismaFiles(path) : [path];
    if (files.length > 0)
      return Object.fromEntries(files.map((file) => [relative(root, file), readFileSync(file, 'utf8')]));
  }
  return {};
}

const prismaFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name === 'migrations' || entry.name === 'node_modules' ? [] : prismaFiles(path);
    return entry.name.endsWith('.prisma') ? [path] : [];
  });

/** What is installed, else what the lock file pins, else what package.json asks for. */
function installedVersion(root: string): string | undefined {
  const manifest = json(join(root, 'package.json')) as
    | { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }
    | undefined;
  const lock = json(join(root, 'package-lock.json')) as
    | { packages?: Record<string, { version?: string }> }
    | undefined;
  const installed = json(join(root, 'node_modules/prisma/package.json')) as { version?: string } | undefined;
  const asked =
    manifest?.devDependencies?.['prisma'] ??
    manifest?.dependencies?.['prisma'] ??
    manifest?.dependencies?.['@prisma/client'];
  return installed?.version ?? lock?.packages?.['node_modules/prisma']?.version ?? prismaVersion(asked)?.text;
}

function json(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
