/** The migrations of a Prisma repository, and which of them count as pending. */
import { readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { LockstepError } from '../../core/errors.ts';
import {
  databaseFactsSchema,
  type Judgement,
  type Migration,
  type MigrationPolicy,
  migrationPolicySchema,
} from '../../core/migrations.ts';
import { nearest } from '../../core/nearest.ts';
import {
  checksum,
  checksums,
  closeRehearsal,
  judge,
  type Repository,
  readRepository,
} from '../../judge/index.ts';
import { type Invocation, text } from '../command.ts';
import { environmentFilesAt, readEnvironment } from '../environments.ts';
import { Repository as GitRepository } from '../repository.ts';
import { prismaAt } from '../schema.ts';

export interface Judged {
  readonly repository: Repository;
  readonly pending: readonly Migration[];
  readonly judgement: Judgement;
}

const usage = (problem: string, help: string) => new LockstepError('UsageError', { problem, help });

/**
 * Judges what is in a folder: no database, no account, no environment file is needed. `before`: the migration that is
 * judged where nothing says what the database has; then it is what stands before that one.
 */
export async function judgeFolder(
  invocation: Invocation,
  folder: string | undefined,
  before?: string | undefined,
): Promise<Judged> {
  const from = resolve(invocation.directory, folder ?? '.');
  const repository = readRepository(from);
  if (!repository.migrationsFolder || repository.problems.length > 0) {
    const [first = `There are no migrations in ${from}.`] = repository.problems;
    throw usage(first, 'Name the repository, its prisma folder or its migrations folder.');
  }
  const through = text(invocation, 'applied-through') ?? oneBefore(repository.migrations, before);
  const base = await baseOf(invocation, from);
  const { pending, applied } = base
    ? since(base, repository.migrations, (path) =>
        relative(invocation.directory, join(repository.root, path)),
      )
    : split(repository.migrations, through);
  const start = await startOfPaths(invocation, from);
  const placed = (migration: Migration): Migration => ({
    ...migration,
    ...(migration.path ? { path: relative(start, join(realpathSync(repository.root), migration.path)) } : {}),
  });
  const oldSchema = text(invocation, 'old-schema');
  const facts = text(invocation, 'facts');
  try {
    const judgement = await judge({
      pending: pending.map(placed),
      applied,
      newSchema: repository.schema,
      oldSchema:
        oldSchema === undefined ? base?.prisma?.schema : { 'schema.prisma': contents(invocation, oldSchema) },
      serverVersion: serverVersion(invocation),
      prismaVersion: repository.prismaVersion,
      facts: facts === undefined ? undefined : readFacts(invocation, facts),
      policy: await policyOf(invocation),
      now: new Date(),
      rehearse: { cacheFolder: rehearsalsFolder(invocation.variables) },
    });
    return { repository, pending, judgement };
  } finally {
    await closeRehearsal();
  }
}

/** What is read by GitHub and its like names files from the repository's root; a person reads them from where he is. */
async function startOfPaths(invocation: Invocation, from: string): Promise<string> {
  if (!['github', 'sarif', 'markdown'].includes(text(invocation, 'format') ?? ''))
    return realpathSync(invocation.directory);
  return GitRepository.at(from).then(
    ({ root }) => root,
    () => realpathSync(invocation.directory),
  );
}

/** Where a laptop keeps what it may throw away at any time. */
function rehearsalsFolder(variables: Invocation['variables']): string {
  return join(variables['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lockstep', 'rehearsals');
}

interface Base {
  readonly name: string;
  /** Undefined where that commit has no such folder yet. */
  readonly prisma: Repository | undefined;
}

/** What the commit of `--base` has: it is what the database is taken to have, and its schema is the old code's. */
async function baseOf(invocation: Invocation, from: string): Promise<Base | undefined> {
  const name = text(invocation, 'base');
  if (name === undefined) return undefined;
  if (text(invocation, 'applied-through') !== undefined)
    throw usage('--base and --applied-through both say what the database has.', 'Leave one of them out.');
  const git = await GitRepository.at(from);
  const { hash } = await git.commit(name);
  const path = relative(git.root, realpathSync(from));
  return { name, prisma: (await git.has(hash, path)) ? await prismaAt(git, hash, path) : undefined };
}

/** Pending is what the base does not have. What it has is applied, and is never edited afterwards. */
function since({ name, prisma }: Base, migrations: readonly Migration[], shown: (path: string) => string) {
  const applied = prisma?.migrations ?? [];
  const byName = new Map(applied.map((migration) => [migration.name, migration]));
  const edited = migrations.find((migration) => {
    const before = byName.get(migration.name);
    return before && !checksums(before.sql).has(checksum(migration.sql));
  });
  if (edited) {
    const path = shown(edited.path ?? edited.name);
    throw new LockstepError('MigrationHistoryBroken', {
      finding: `${path} is not what it is at ${name}, where it counts as applied: Prisma runs no migration again.`,
      commands: `Take it back: \`git checkout ${name} -- ${path}\`; then write what is missing as a new migration.`,
    });
  }
  return { applied, pending: migrations.filter((migration) => !byName.has(migration.name)) };
}

/** The name before a name. */
const oneBefore = (migrations: readonly Migration[], name: string | undefined): string | undefined =>
  migrations[migrations.findIndex((migration) => migration.name === name) - 1]?.name;

/** Without a name none is applied: all of them are judged, on an empty database. */
function split(migrations: readonly Migration[], through: string | undefined) {
  if (through === undefined) return { applied: [], pending: migrations };
  const index = migrations.findIndex(({ name }) => name === through);
  if (index >= 0) return { applied: migrations.slice(0, index + 1), pending: migrations.slice(index + 1) };
  const meant = nearest(
    through,
    migrations.map(({ name }) => name),
  );
  throw usage(
    `there is no migration "${through}".${meant ? ` Did you mean ${meant}?` : ''}`,
    '--applied-through names the folder of the last migration that the database has.',
  );
}

function contents(invocation: Invocation, path: string): string {
  try {
    return readFileSync(resolve(invocation.directory, path), 'utf8');
  } catch (error) {
    throw usage(`${path} cannot be read: ${(error as Error).message}.`, 'Check the path.');
  }
}

function readFacts(invocation: Invocation, path: string) {
  let json: unknown;
  try {
    json = JSON.parse(contents(invocation, path));
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw usage(
      `${path} is not JSON: ${(error as Error).message}.`,
      '`lockstep migrations facts` prints them.',
    );
  }
  // What the function answers has them in an envelope.
  const answer = z.object({ reachable: z.literal(true), facts: z.unknown() }).safeParse(json);
  const facts = databaseFactsSchema.safeParse(answer.success ? answer.data.facts : json);
  if (facts.success) return facts.data;
  throw usage(
    `${path} does not hold facts: ${z.prettifyError(facts.error)}`,
    '`lockstep migrations facts` prints them.',
  );
}

function serverVersion(invocation: Invocation): number | undefined {
  const given = text(invocation, 'server-version');
  if (given === undefined) return undefined;
  const number = Number(given);
  if (Number.isInteger(number) && ((number >= 10 && number <= 99) || number >= 100_000)) return number;
  throw usage(`--server-version "${given}" is no version of PostgreSQL.`, 'Write 15, or 150018.');
}

/** That of an environment where one is named; else the defaults. */
async function policyOf(invocation: Invocation): Promise<MigrationPolicy> {
  const name =
    text(invocation, 'environment') ??
    invocation.variables['LOCKSTEP_ENV'] ??
    invocation.variables['SEMIONT_ENV'];
  if (name === undefined) return migrationPolicySchema.parse({});
  const { environment } = await readEnvironment(environmentFilesAt(invocation.directory), name);
  return environment.migrations;
}
