/** The rows of `_prisma_migrations`. Source: Prisma's own table, the same since Prisma 2.19. */
import type pg from 'pg';
import type { DatabaseHistory } from '../../core/inspection.ts';

interface Row {
  readonly id: string;
  readonly checksum: string;
  readonly migration_name: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly rolled_back_at: Date | null;
  readonly applied_steps_count: number;
  readonly logs: string | null;
}

/** The first lines say what failed; what follows may quote rows. */
const LOG_LENGTH = 2_000;

export async function readHistory(client: pg.Client, schema: string): Promise<DatabaseHistory> {
  const tables = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`,
    [schema],
  );
  const names = tables.rows.map((row) => row.name);
  const version = await client.query<{ version: string }>(
    `SELECT current_setting('server_version_num') AS version`,
  );
  return {
    applied: names.includes('_prisma_migrations') ? await readRows(client) : null,
    otherTables: names.some((name) => name !== '_prisma_migrations'),
    serverVersion: Number(version.rows[0]?.version ?? 0),
  };
}

async function readRows(client: pg.Client) {
  const { rows } = await client.query<Row>(
    `SELECT id, checksum, migration_name, started_at, finished_at, rolled_back_at, applied_steps_count, logs
       FROM _prisma_migrations ORDER BY started_at`,
  );
  return rows.map((row) => ({
    id: row.id,
    checksum: row.checksum,
    migrationName: row.migration_name,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    rolledBackAt: row.rolled_back_at?.toISOString() ?? null,
    appliedStepsCount: row.applied_steps_count,
    logs: row.logs === null ? null : withoutValues(row.logs),
  }));
}

/** PostgreSQL quotes the row that is in the way: `Key (email)=(ada@example.com) already exists.` */
export function withoutValues(logs: string): string {
  return logs
    .replace(/=\((?:[^()]|\([^()]*\))*\)/g, '=(…)')
    .replace(/(Failing row contains )\(.*\)/g, '$1(…)')
    .replace(/(invalid input (?:syntax|value)[^:\n]*: )"[^"\n]*"/g, '$1"…"')
    .slice(0, LOG_LENGTH);
}
