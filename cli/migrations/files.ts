/** The migrations of a Prisma repository, and which of them count as pending. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
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
import { closeRehearsal, judge, type Repository, readRepository } from '../../judge/index.ts';
import { type Invocation, text } from '../command.ts';
import { environmentFilesAt, readEnvironment } from '../environments.ts';

export interface Judged {
  readonly repository: Repository;
  readonly pending: readonly Migration[];
  readonly judgement: Judgement;
}

const usage = (problem: string, help: string) => new LockstepError('UsageError', { problem, help });

/** Judges what is in a folder: no database, no account, no environment file is needed. */
export async function judgeFolder(invocation: Invocation, folder: string | undefined): Promise<Judged> {
  const from = resolve(invocation.directory, folder ?? '.');
  const repository = readRepository(from);
  if (!repository.migrationsFolder || repository.problems.length > 0) {
    const [first = `There are no migrations in ${from}.`] = repository.problems;
    throw usage(first, 'Name the repository, its prisma folder or its migrations folder.');
  }
  const { pending, applied } = split(repository.migrations, text(invocation, 'applied-through'));
  const oldSchema = text(invocation, 'old-schema');
  const facts = text(invocation, 'facts');
  try {
    const judgement = await judge({
      pending,
      applied,
      newSchema: repository.schema,
      oldSchema: oldSchema === undefined ? undefined : { 'schema.prisma': contents(invocation, oldSchema) },
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

/** Where a laptop keeps what it may throw away at any time. */
function rehearsalsFolder(variables: Invocation['variables']): string {
  return join(variables['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lockstep', 'rehearsals');
}

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
