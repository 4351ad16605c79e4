// From rows as a driver gives them to facts: numbers may come as text, lists as PostgreSQL writes them.
import type { DatabaseFacts, TableFacts } from '../../core/migrations.ts';
import type { QueryName } from './queries.ts';
import { withoutValues } from './words.ts';

/** What each query gave. */
export type Rows = Record<QueryName, Record<string, unknown>[]>;

export const number = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(value);
export const text = (value: unknown): string => String(value ?? '');
export const time = (value: unknown): string | null =>
  value === null || value === undefined ? null : value instanceof Date ? value.toISOString() : text(value);
export const list = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string'
      ? value
          .replace(/^\{|\}$/g, '')
          .split(',')
          .filter(Boolean)
          .map((part) => part.replace(/^"|"$/g, ''))
      : [];

export function tablesOf(rows: Rows): Record<string, TableFacts> {
  const tables: Record<string, TableFacts> = {};
  for (const row of rows.tables) {
    tables[text(row['name'])] = {
      rows: number(row['rows']),
      bytes: number(row['bytes']) ?? 0,
      totalBytes: number(row['total_bytes']) ?? 0,
      deadRows: number(row['dead_rows']) ?? 0,
      readsPerSecond: number(row['reads_per_second']),
      writesPerSecond: number(row['writes_per_second']),
      lastAnalyzed: time(row['last_analyzed']),
      columns: {},
      indexes: [],
      constraints: [],
      triggers: [],
      partitioned: row['partitioned'] === true,
      rowSecurity: row['row_security'] === true,
    };
  }
  const at = (row: Record<string, unknown>): TableFacts | undefined => tables[text(row['table_name'])];
  for (const row of rows.columns) {
    const table = at(row);
    if (table)
      table.columns[text(row['name'])] = {
        type: text(row['type']),
        notNull: row['not_null'] === true,
        hasDefault: row['has_default'] === true,
        nullFraction: number(row['null_fraction']),
      };
  }
  for (const row of rows.indexes)
    at(row)?.indexes.push({
      name: text(row['name']),
      columns: list(row['columns']),
      unique: row['is_unique'] === true,
      primary: row['is_primary'] === true,
      valid: row['valid'] === true,
      bytes: number(row['bytes']) ?? 0,
      scans: number(row['scans']) ?? 0,
    });
  for (const row of rows.constraints)
    at(row)?.constraints.push({
      name: text(row['name']),
      kind: text(row['kind']),
      validated: row['validated'] === true,
    });
  for (const row of rows.triggers) at(row)?.triggers.push(text(row['name']));
  return tables;
}

const limits: Record<string, bigint> = { int2: 32_767n, int4: 2_147_483_647n };

export function sequenceOf(row: Record<string, unknown>): DatabaseFacts['sequences'][number] {
  const own = BigInt(text(row['max_value']) || '9223372036854775807');
  const column = limits[text(row['column_type'])];
  const maximum = column !== undefined && column < own ? column : own;
  const last = row['last_value'] === null || row['last_value'] === undefined ? null : text(row['last_value']);
  return {
    name: text(row['name']),
    table: row['table_name'] ? text(row['table_name']) : null,
    column: row['column_name'] ? text(row['column_name']) : null,
    columnType: row['column_type'] ? text(row['column_type']) : null,
    lastValue: last,
    maximum: String(maximum),
    used: last === null ? 0 : Math.min(1, Math.max(0, Number(BigInt(last)) / Number(maximum))),
  };
}

/** Long transactions, idle ones, whoever holds or awaits a lock on a table, and whoever migrates. */
export function sessionsOf(rows: Rows): DatabaseFacts['sessions'] {
  const locks = Map.groupBy(rows.locks, (row) => Number(row['pid']));
  const migrators = new Set(rows.migrators.map((row) => Number(row['pid'])));
  return rows.sessions.flatMap((row) => {
    const pid = Number(row['pid']);
    const mine = (locks.get(pid) ?? []).map((lock) => ({
      table: text(lock['table_name']),
      mode: text(lock['mode']),
      granted: lock['granted'] === true,
    }));
    const seconds = number(row['transaction_seconds']) ?? 0;
    const told = mine.length > 0 || seconds >= 5 || text(row['state']).startsWith('idle in');
    if (!told && !migrators.has(pid)) return [];
    return [
      {
        pid,
        user: row['user_name'] ? text(row['user_name']) : null,
        application: row['application'] ? text(row['application']) : null,
        state: text(row['state']),
        transactionSeconds: seconds,
        query: withoutValues(text(row['query'])),
        locks: mine,
        blockedBy: list(row['blocked_by']).map(Number),
      },
    ];
  });
}
