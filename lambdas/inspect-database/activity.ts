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

export async function readActivity(client: pg.Client): Promise<DatabaseActivity> {
  const { rows } = await client.query<{ now: number; most: number; oldest: number | null }>(QUERY);
  const { now = 0, most = 0, oldest = null } = rows[0] ?? {};
  return { connections: { now, most }, oldestTransaction: oldest };
}
