// Judges one release against another by their manifests: what MigrateCheck, the way back and `lockstep plan` have in common.
import type { DatabaseHistory, Unreachable } from '../core/inspection.ts';
import type {
  DatabaseFacts,
  HistoryState,
  Judgement,
  Migration,
  MigrationPolicy,
} from '../core/migrations.ts';
import type { Manifest } from '../core/release.ts';
import type { SchemaFiles } from './compatibility/prisma.ts';
import { compareHistory } from './history/compare.ts';
import { judge } from './judge.ts';
import { loadParser } from './parse/statements.ts';
import type { RehearsalOptions } from './rehearse/index.ts';

/** The part of a manifest that says what is in the database's way. */
export type Schema = Pick<Manifest, 'migrations' | 'schema' | 'prismaVersion'>;

export interface Releases {
  /** The one that would serve. */
  readonly next: Schema;
  /** The one that runs now, or would be rolled back to. */
  readonly before: Schema | undefined;
}

/** Whether the database could be asked, and what it said. */
export type HistoryAnswer = ({ readonly reachable: true } & DatabaseHistory) | Unreachable;

/**
 * Which migrations are pending. Where the database cannot be asked, those are taken that the release that runs now
 * does not bring: `prisma migrate deploy` itself runs no migration twice. `where`: the options by which the commands
 * that mend something find the database.
 */
export async function compareRelease(
  next: Schema,
  running: Schema | undefined,
  history: HistoryAnswer,
  facts?: DatabaseFacts | undefined,
  where?: string,
): Promise<HistoryState> {
  await loadParser();
  if (history.reachable) {
    return compareHistory({
      migrations: next.migrations,
      rows: history.applied ?? [],
      tableExists: history.applied !== null,
      databaseEmpty: !history.otherTables,
      prismaVersion: next.prismaVersion,
      facts,
      where,
    });
  }
  const had = new Set(running?.migrations.map((migration) => migration.name));
  const names = next.migrations.map((migration) => migration.name);
  return {
    pending: names.filter((name) => !had.has(name)),
    applied: names.filter((name) => had.has(name)),
    findings: [],
  };
}

/** What the release's pending migrations do, and whether the code before it works afterwards. */
export function judgeRelease(
  { next, before }: Releases,
  state: { readonly pending: readonly string[]; readonly applied: readonly string[] },
  how: {
    readonly serverVersion: number | undefined;
    readonly policy: MigrationPolicy;
    readonly rehearse: RehearsalOptions | boolean;
    readonly facts?: DatabaseFacts | undefined;
  },
): Promise<Judgement> {
  return judge({
    pending: named(next, state.pending),
    applied: named(next, state.applied),
    newSchema: schemaFiles(next),
    oldSchema: before && schemaFiles(before),
    serverVersion: how.serverVersion,
    prismaVersion: next.prismaVersion,
    policy: how.policy,
    now: new Date(),
    rehearse: how.rehearse,
    facts: how.facts,
  });
}

function schemaFiles({ schema }: Schema): SchemaFiles {
  return Object.fromEntries(schema.map(({ path, text }) => [path, text]));
}

/** Those of a manifest that are named, in Prisma's order, with the paths that findings point to. */
export function named({ migrations }: Schema, names: readonly string[]): Migration[] {
  const wanted = new Set(names);
  return migrations
    .filter((migration) => wanted.has(migration.name))
    .map(({ name, sql, checksum }) => ({ name, sql, sha256: checksum, path: `${name}/migration.sql` }));
}
