// From a connection to facts. Whoever holds the connection gives `query`; the judge knows no driver.
import type { AppliedRow, DatabaseFacts, Migration, ProbeFacts } from '../../core/migrations.ts';
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
import { list, number, type Rows, sequenceOf, sessionsOf, tablesOf, text, time } from './rows.ts';

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

/** Reads everything. A query that fails (a right is missing, it takes too long) becomes an entry of `unknown`; only a lost connection throws. */
export async function readDatabaseFacts(query: Query, options: FactsOptions): Promise<FactsRead> {
  for (const sql of sessionSettings(options.timeout ?? 5000)) await query(sql);
  const unknown: string[] = [];
  const rows = {} as Rows;
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
