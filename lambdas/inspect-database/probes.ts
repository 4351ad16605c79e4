/** Queries of the judge that ask whether something exists. Only whether it does leaves the database. */
import type pg from 'pg';

/** Null for one that could not be answered in time, or at all. */
export async function runProbes(client: pg.Client, queries: readonly string[]): Promise<(boolean | null)[]> {
  const found: (boolean | null)[] = [];
  for (const text of queries) found.push(await finds(client, text));
  return found;
}

async function finds(client: pg.Client, text: string): Promise<boolean | null> {
  try {
    // The extended protocol takes exactly one statement: nothing can be smuggled in behind a semicolon.
    const extended: pg.QueryConfig & { queryMode: 'extended' } = { text, queryMode: 'extended' };
    const { rows } = await client.query(extended);
    return rows.length > 0;
  } catch {
    return null;
  }
}
