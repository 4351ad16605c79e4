// From a connection to facts. Whoever holds the connection gives `query`; the judge knows no driver.
import type { AppliedRow, DatabaseFacts, Migration, ProbeFacts, TableFacts } from '../../core/migrations.ts';
import { quote } from '../parse/nodes.ts';
import { type ParsedMigration, parseMigration } from '../parse/statements.ts';
import { type Probe, probesFor } from './probes.ts';
import {
  constraintDefinition,
  migrationRows,
  migrationsTable,
  type QueryName,
  queries,
  sessionSettings,
} from './queries.ts';
import { withoutValues } from './words.ts';

/** One connection, always the same; rows as objects by column name, dates as Date or ISO text. */
export type Query = (sql: string, parameters?: unknown[]) => Promise<Record<string, unknown>[]>;

export type FactsOptions = {
  /** Whose constrained columns are probed. The parser must be loaded (loadParser). */
  pending?: readonly Migration[];
  now: Date;
  /** Milliseconds for one query. */
  timeout?: number;
  /** Milliseconds for all probes together: what is not asked by then is unknown. */
  probeBudget?: number;
  clock?: () => number;
};

export type FactsRead = {
  facts: DatabaseFacts;
  migrations: { tableExists: boolean; databaseEmpty: boolean; rows: AppliedRow[] };
};

const number = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(value);
const text = (value: unknown): string => String(value ?? '');
const time = (value: unknown): string | null =>
  value === null || value === undefined ? null : value instanceof Date ? value.toISOString() : text(value);
const list = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string'
      ? value
          .replace(/^\{|\}$/g, '')
          .split(',')
          .filter(Boolean)
          .map((part) => part.replace(/^"|"$/g, ''))
      : [];

/** Reads everything. A query that fails (a right is missing, it takes too long) becomes an entry of `unknown`; only a lost connection throws. */
export async function readDatabaseFacts(query: Query, options: FactsOptions): Promise<FactsRead> {
  for (const sql of sessionSettings(options.timeout ?? 5000)) await query(sql);
  const unknown: string[] = [];
  const rows = {} as Record<QueryName, Record<string, unknown>[]>;
  for (const name of Object.keys(queries) as QueryName[]) {
    try {
      rows[name] = await query(queries[name]);
    } catch (error) {
      rows[name] = [];
      unknown.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const settings = Object.fromEntries(
    rows.settings.map((row) => [
      text(row['name']),
      `${text(row['setting'])}${row['unit'] && row['setting'] !== '0' ? text(row['unit']) : ''}`,
    ]),
  );
  const facts: DatabaseFacts = {
    readAt: options.now.toISOString(),
    serverVersion: Number.parseInt(settings['server_version_num'] ?? '0', 10),
    settings,
    tables: tablesOf(rows),
    enums: Object.fromEntries(rows.enums.map((row) => [text(row['name']), list(row['values'])])),
    sequences: rows.sequences.map(sequenceOf),
    sessions: sessionsOf(rows),
    replication: {
      slots: rows.slots.map((row) => ({
        name: text(row['name']),
        type: text(row['type']),
        active: row['active'] === true,
        lagBytes: number(row['lag_bytes']),
      })),
      replicas: rows.replicas.map((row) => ({
        name: text(row['name']),
        lagSeconds: number(row['lag_seconds']),
        lagBytes: number(row['lag_bytes']),
      })),
    },
    migrators: rows.migrators.map((row) => ({ pid: Number(row['pid']), granted: row['granted'] === true })),
    probes: [],
    unknown,
  };
  const [connections] = rows.connections;
  if (connections)
    facts.connections = { used: Number(connections['used']), maximum: Number(connections['maximum']) };
  const pending = (options.pending ?? []).map(parseMigration);
  facts.probes = await probe(
    query,
    probesFor([...pending, ...(await toValidate(query, pending))]),
    facts,
    options,
  );
  return { facts, migrations: await readMigrations(query) };
}

/** `_prisma_migrations`, and whether there is one. */
export async function readMigrations(query: Query): Promise<FactsRead['migrations']> {
  const [state] = await query(migrationsTable);
  const tableExists = state?.['table_exists'] === true;
  const rows = tableExists ? await query(migrationRows) : [];
  return {
    tableExists,
    databaseEmpty: state?.['database_empty'] === true,
    rows: rows.map((row) => ({
      id: text(row['id']),
      checksum: text(row['checksum']),
      migrationName: text(row['migration_name']),
      startedAt: time(row['started_at']) ?? '',
      finishedAt: time(row['finished_at']),
      rolledBackAt: time(row['rolled_back_at']),
      appliedStepsCount: Number(row['applied_steps_count'] ?? 0),
      logs: row['logs'] === null || row['logs'] === undefined ? null : text(row['logs']),
    })),
  };
}

function tablesOf(rows: Record<QueryName, Record<string, unknown>[]>): Record<string, TableFacts> {
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

function sequenceOf(row: Record<string, unknown>): DatabaseFacts['sequences'][number] {
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
function sessionsOf(rows: Record<QueryName, Record<string, unknown>[]>): DatabaseFacts['sessions'] {
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

/** Constraints of the database that pending statements validate, as the statements that would add them. */
async function toValidate(query: Query, pending: readonly ParsedMigration[]): Promise<ParsedMigration[]> {
  const found: ParsedMigration[] = [];
  const actions = pending.flatMap((file) => file.statements.flatMap((statement) => statement.actions));
  for (const action of actions) {
    if (action.do !== 'validate-constraint') continue;
    try {
      const rows = await query(constraintDefinition, [quote(action.table), action.name]);
      for (const row of rows) {
        const sql = `ALTER TABLE ${quote(action.table)} ADD CONSTRAINT ${quote(action.name)} ${text(row['definition'])}`;
        found.push(parseMigration({ name: action.name, sql }));
      }
    } catch {
      // It, or its table, is not there yet: what is pending says how it will look.
    }
  }
  return found;
}

async function probe(
  query: Query,
  probes: readonly Probe[],
  facts: DatabaseFacts,
  options: FactsOptions,
): Promise<ProbeFacts[]> {
  const clock = options.clock ?? (() => performance.now());
  const end = clock() + (options.probeBudget ?? 15_000);
  const found: ProbeFacts[] = [];
  for (const { sql, ...what } of probes) {
    if (!(what.table in facts.tables)) continue;
    if (clock() > end) {
      found.push({ ...what, found: null, reason: 'the time for looking at rows was used up' });
      continue;
    }
    try {
      found.push({ ...what, found: (await query(sql)).length > 0 });
    } catch (error) {
      found.push({ ...what, found: null, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return found;
}
