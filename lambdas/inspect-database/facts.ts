/** What the judge wants to know of a database, read over one connection by its own queries. */
import type pg from 'pg';
import type { DatabaseFacts } from '../../core/migrations.ts';
import { readDatabaseFacts } from '../../judge/facts/read.ts';
import { loadParser } from '../../judge/parse/statements.ts';

/** Together they stay well below the function's own time-out; what is not answered by then is unknown, and said to be. */
const QUERY_MS = 5_000;
const PROBES_MS = 20_000;

export async function readFacts(
  client: pg.Client,
  pending: readonly { readonly name: string; readonly sql: string }[],
): Promise<DatabaseFacts> {
  if (pending.length > 0) await loadParser();
  const query = async (sql: string, parameters?: unknown[]) => {
    const { rows } = await client.query<Record<string, unknown>>(sql, parameters);
    return rows;
  };
  const { facts } = await readDatabaseFacts(query, {
    pending,
    now: new Date(),
    timeout: QUERY_MS,
    probeBudget: PROBES_MS,
  });
  return facts;
}
