// The migrations that a release brings, held against `_prisma_migrations`. Prisma's own `migrate status` says 0 for an edited
// file and for a database that is ahead, so nothing here relies on it.
import type {
  AppliedRow,
  DatabaseFacts,
  HistoryFinding,
  HistoryState,
  Migration,
} from '../../core/migrations.ts';
import { checksums } from './checksum.ts';
import { failed } from './failed.ts';
import { prismaVersion, supported } from './prisma-version.ts';

export type HistoryInput = {
  /** From the release's manifest; any order. */
  migrations: readonly Migration[];
  rows: readonly AppliedRow[];
  /** False: there is no table `_prisma_migrations`. */
  tableExists: boolean;
  /** Whether the schema holds anything besides that table. Undefined: not known. */
  databaseEmpty?: boolean | undefined;
  prismaVersion?: string | undefined;
  facts?: DatabaseFacts | undefined;
  /** Of migration_lock.toml. */
  provider?: string | undefined;
  /** What the commands of Lockstep need to find this database: `--service backend --environment production`. */
  where?: string | undefined;
};

/** Prisma's order is that of the directories' names, byte by byte. */
export const inOrder = <T extends { name: string }>(migrations: readonly T[]): T[] =>
  [...migrations].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

/** The parser must be loaded (loadParser) where a failed migration is to be explained. */
export function compareHistory(input: HistoryInput): HistoryState {
  const files = inOrder(input.migrations);
  const byName = new Map(files.map((file) => [file.name, file]));
  const rows = [...input.rows].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  const state = new Map<string, AppliedRow>();
  const rolledBack = new Set<string>();
  for (const row of rows) {
    if (row.rolledBackAt !== null) rolledBack.add(row.migrationName);
    else state.set(row.migrationName, row);
  }
  const applied = files.filter((file) => state.get(file.name)?.finishedAt).map((file) => file.name);
  const pending = files.filter((file) => !state.has(file.name)).map((file) => file.name);
  const findings: HistoryFinding[] = [...unsupported(input), ...locked(input)];

  if (!input.tableExists && input.databaseEmpty === false) findings.push(baselineMissing(files));
  for (const row of state.values()) {
    const file = byName.get(row.migrationName);
    if (row.finishedAt === null)
      findings.push(
        failed(
          row,
          file,
          files.filter(({ name }) => applied.includes(name)),
          input,
        ),
      );
    else if (!file) findings.push(ahead(row));
    else if (!checksums(file.sql).has(row.checksum)) findings.push(edited(row));
  }
  for (const name of rolledBack) if (!state.has(name)) findings.push(rolledBackOnce(name, byName.has(name)));
  const last = applied.at(-1);
  for (const name of pending) if (last !== undefined && name < last) findings.push(outOfOrder(name, last));
  return { pending, applied, findings };
}

function unsupported(input: HistoryInput): HistoryFinding[] {
  const version = prismaVersion(input.prismaVersion);
  const found: HistoryFinding[] = [];
  if (version && !supported(version)) {
    found.push({
      kind: 'prisma-unsupported',
      severity: 'blocked',
      means: `Prisma ${version.text} runs migrations in a way that Lockstep does not know; it knows 5, 6 and 7.`,
      now: 'Nothing was changed.',
      commands: ['npm install --save-exact prisma@7 @prisma/client@7'],
    });
  }
  if (input.provider && input.provider !== 'postgresql') {
    found.push({
      kind: 'provider',
      severity: 'blocked',
      code: 'P3019',
      means: `migration_lock.toml says "${input.provider}"; Lockstep migrates PostgreSQL only.`,
      now: 'Nothing was changed.',
      commands: [],
    });
  }
  return found;
}

function locked({ facts }: HistoryInput): HistoryFinding[] {
  const holder = facts?.migrators.find((migrator) => migrator.granted);
  if (!holder) return [];
  const session = facts?.sessions.find((candidate) => candidate.pid === holder.pid);
  const who = session
    ? `${session.application || session.user || 'unknown'}, for ${Math.round(session.transactionSeconds)} s: ${session.query}`
    : 'nothing more is known of it';
  return [
    {
      kind: 'locked',
      severity: 'blocked',
      code: 'P1002',
      means: `Another migrator holds Prisma's advisory lock 72707369 (pid ${holder.pid}; ${who}). A second one would give up after 10 s.`,
      now: 'Its migrations may be running this moment.',
      commands: [
        'wait until it ends, then deploy again',
        `SELECT pg_terminate_backend(${holder.pid});  -- only if it is known to be dead`,
      ],
    },
  ];
}

function baselineMissing(files: readonly Migration[]): HistoryFinding {
  const first = files[0]?.name ?? '0_init';
  return {
    kind: 'baseline-missing',
    severity: 'blocked',
    code: 'P3005',
    means:
      'The database has tables but no table _prisma_migrations: Prisma refuses to migrate what it did not make.',
    now: 'Nothing was changed; no migration is recorded as applied.',
    commands: [
      'npx prisma migrate diff --from-empty --to-config-datasource --script > prisma/migrations/0_init/migration.sql   # if no migration makes what is there',
      `npx prisma migrate resolve --applied ${first}   # for each migration whose tables are there already`,
    ],
  };
}

const ahead = (row: AppliedRow): HistoryFinding => ({
  kind: 'ahead',
  severity: 'blocked',
  migration: row.migrationName,
  means: `The database has ${row.migrationName}, which this release does not bring: the release is older than the database, or the directory was deleted.`,
  now: `Its changes are in the database since ${row.finishedAt}.`,
  commands: [
    'deploy the release that brings it, or bring the directory back: git log --all --diff-filter=D -- ' +
      `'*${row.migrationName}*'`,
  ],
});

const edited = (row: AppliedRow): HistoryFinding => ({
  kind: 'edited',
  severity: 'blocked',
  migration: row.migrationName,
  means: `${row.migrationName}/migration.sql was changed after it had been applied; \`prisma migrate deploy\` does not notice it.`,
  now: `The database has what the file said on ${row.finishedAt}, not what it says now.`,
  commands: [
    `git log --oneline -- '*${row.migrationName}/migration.sql'`,
    'git checkout <the commit before the change> -- <the file>   # and write the change as a new migration',
  ],
});

const rolledBackOnce = (name: string, present: boolean): HistoryFinding => ({
  kind: 'rolled-back',
  severity: 'notice',
  migration: name,
  means: `${name} failed once and was marked as rolled back${present ? ': it is pending again' : '; the release does not bring it any more'}.`,
  now: 'Its row stays in _prisma_migrations and does no harm.',
  commands: [],
});

const outOfOrder = (name: string, last: string): HistoryFinding => ({
  kind: 'out-of-order',
  severity: 'notice',
  migration: name,
  means: `${name} is older than ${last}, which is applied already (two branches were merged): Prisma runs it all the same, after it.`,
  now: 'It was never run on this database.',
  commands: [],
});
