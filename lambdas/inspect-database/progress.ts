/** What the migration that runs this moment waits for, and how far the index is that it builds. */
import type pg from 'pg';
import type { MigrationProgress } from '../../core/migration-progress.ts';
import { withoutValues } from '../../judge/facts/words.ts';

/**
 * The migrator is who holds Prisma's advisory lock; an engine that works over several connections is known by what it
 * does instead, for nobody else changes tables. The one that waits longest comes first.
 */
const WAITING = `
  WITH migrator AS (
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369 AND granted
  )
  SELECT a.pid, extract(epoch FROM clock_timestamp() - a.query_start)::float8 AS seconds,
         (SELECT l.relation::regclass::text FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted AND l.relation IS NOT NULL LIMIT 1) AS table,
         pg_blocking_pids(a.pid) AS blockers
    FROM pg_stat_activity a
   WHERE a.datname = current_database() AND cardinality(pg_blocking_pids(a.pid)) > 0
     AND (a.pid IN (SELECT pid FROM migrator)
          OR a.query ~* '^\\s*(ALTER|CREATE|DROP|TRUNCATE|REINDEX|LOCK|COMMENT)\\M')
   ORDER BY a.pid IN (SELECT pid FROM migrator) DESC, a.query_start
   LIMIT 1`;

const BLOCKERS = `
  SELECT pid, coalesce(application_name, '') AS application, coalesce(state, '') AS state, coalesce(query, '') AS query,
         coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::float8 AS seconds
    FROM pg_stat_activity WHERE pid = ANY($1::int[]) ORDER BY xact_start NULLS LAST`;

const INDEX = `
  SELECT relid::regclass::text AS table, phase,
         CASE WHEN tuples_total > 0 THEN 100.0 * tuples_done / tuples_total
              WHEN blocks_total > 0 THEN 100.0 * blocks_done / blocks_total END::float8 AS percent
    FROM pg_stat_progress_create_index WHERE datname = current_database() LIMIT 1`;

export async function readProgress(client: pg.Client): Promise<MigrationProgress> {
  const [waiting] = (
    await client.query<{ seconds: number; table: string | null; blockers: number[] }>(WAITING)
  ).rows;
  const [index] = (await client.query<{ table: string; phase: string; percent: number | null }>(INDEX)).rows;
  return {
    waiting: waiting
      ? {
          table: waiting.table,
          seconds: waiting.seconds,
          blockers: await blockersOf(client, waiting.blockers),
        }
      : null,
    index: index ?? null,
  };
}

async function blockersOf(client: pg.Client, pids: readonly number[]) {
  interface Blocker {
    readonly pid: number;
    readonly application: string;
    readonly state: string;
    readonly query: string;
    readonly seconds: number;
  }
  const { rows } = await client.query<Blocker>(BLOCKERS, [[...pids]]);
  return rows.map((row) => ({ ...row, query: withoutValues(row.query) }));
}
