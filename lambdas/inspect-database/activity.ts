/** How many clients the server has, of how many it takes, and how long the oldest transaction has been open. */
import type pg from 'pg';
import type { DatabaseActivity } from '../../core/inspection.ts';

/** Reserved connections are no use to the service; `pg_stat_activity` shows everybody how many clients there are. */
const QUERY = `
  select count(*) filter (where backend_type = 'client backend')::int as now,
         (current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int) as most,
         extract(epoch from clock_timestamp() - min(xact_start)
           filter (where backend_type = 'client backend' and pid <> pg_backend_pid()))::float8 as oldest
    from pg_catalog.pg_stat_activity`;

/** What fits into memory pages of a moment is read so on purpose. */
const LARGE_ROWS = 10_000;
const TABLES = 5;

/** The server counts whole reads of a table, and the rows that they went through, since its statistics were reset. */
const SCANNED = `
  select relid::regclass::text as table, n_live_tup::int8 as rows, seq_scan::int8 as scans
    from pg_catalog.pg_stat_user_tables
   where n_live_tup >= ${LARGE_ROWS} and seq_scan > 0 and seq_tup_read / seq_scan >= ${LARGE_ROWS}
   order by seq_tup_read desc limit ${TABLES}`;

export async function readActivity(client: pg.Client): Promise<DatabaseActivity> {
  const { rows } = await client.query<{ now: number; most: number; oldest: number | null }>(QUERY);
  const { now = 0, most = 0, oldest = null } = rows[0] ?? {};
  const scanned = await client.query<{ table: string; rows: string; scans: string }>(SCANNED);
  return {
    connections: { now, most },
    oldestTransaction: oldest,
    scanned: scanned.rows.map((row) => ({
      table: row.table,
      rows: Number(row.rows),
      scans: Number(row.scans),
    })),
  };
}
