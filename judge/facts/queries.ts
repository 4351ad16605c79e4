// What is asked of the database: its catalogue and statistics, never a user's row. Each query is one read, and each can fail by itself.

/** Run first on the connection. Whatever the role may do, nothing can be written, and nothing waits long. */
export const sessionSettings = (timeoutMilliseconds: number): string[] => [
  'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
  'SET default_transaction_read_only = on',
  `SET statement_timeout = ${Math.round(timeoutMilliseconds)}`,
  `SET lock_timeout = ${Math.min(1000, Math.round(timeoutMilliseconds))}`,
  'SET idle_in_transaction_session_timeout = 10000',
];

const named = (schema: string, name: string): string =>
  `CASE WHEN ${schema} = 'public' THEN ${name} ELSE ${schema} || '.' || ${name} END`;
const ours = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'";

export const queries = {
  // As a session of the role begins: what this one has set for itself is nobody else's.
  settings: `SELECT name, reset_val AS setting, unit FROM pg_settings WHERE name IN ('server_version_num', 'TimeZone', 'lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout',
    'max_locks_per_transaction', 'max_connections', 'max_wal_size', 'maintenance_work_mem', 'wal_level')`,

  tables: `SELECT ${named('n.nspname', 'c.relname')} AS name, c.relkind = 'p' AS partitioned, c.relrowsecurity AS row_security,
      CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples END::float8 AS rows, pg_table_size(c.oid)::float8 AS bytes, pg_total_relation_size(c.oid)::float8 AS total_bytes,
      coalesce(s.n_dead_tup, 0)::float8 AS dead_rows, greatest(s.last_analyze, s.last_autoanalyze) AS last_analyzed,
      ((coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0)) / nullif(extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time())), 0))::float8 AS reads_per_second,
      ((coalesce(s.n_tup_ins, 0) + coalesce(s.n_tup_upd, 0) + coalesce(s.n_tup_del, 0)) / nullif(extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time())), 0))::float8 AS writes_per_second
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid LEFT JOIN pg_stat_database d ON d.datname = current_database()
    WHERE c.relkind IN ('r', 'p', 'm') AND ${ours}`,

  columns: `SELECT ${named('n.nspname', 'c.relname')} AS table_name, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null, a.atthasdef OR a.attidentity <> '' AS has_default,
      (SELECT s.null_frac FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname LIMIT 1)::float8 AS null_fraction
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND ${ours}`,

  indexes: `SELECT ${named('n.nspname', 'c.relname')} AS table_name, ic.relname AS name, i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisvalid AS valid,
      pg_relation_size(ic.oid)::float8 AS bytes, coalesce(s.idx_scan, 0)::float8 AS scans,
      ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(num, place) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num WHERE u.place <= i.indnkeyatts ORDER BY u.place) AS columns
    FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
    WHERE ${ours}`,

  constraints: `SELECT ${named('n.nspname', 'c.relname')} AS table_name, k.conname AS name, k.contype::text AS kind, k.convalidated AS validated
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype IN ('c', 'f', 'u', 'p', 'x') AND ${ours}`,

  triggers: `SELECT ${named('n.nspname', 'c.relname')} AS table_name, g.tgname AS name FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT g.tgisinternal AND ${ours}`,

  enums: `SELECT ${named('n.nspname', 't.typname')} AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS values
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${ours} GROUP BY 1`,

  sequences: `SELECT ${named('s.schemaname', 's.sequencename')} AS name, s.last_value::text AS last_value, s.max_value::text AS max_value,
      (SELECT ${named('n.nspname', 'c.relname')} FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE d.classid = 'pg_class'::regclass AND d.objid = sc.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 LIMIT 1) AS table_name,
      (SELECT a.attname FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = sc.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 LIMIT 1) AS column_name,
      (SELECT t.typname FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid JOIN pg_type t ON t.oid = a.atttypid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = sc.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 LIMIT 1) AS column_type
    FROM pg_sequences s JOIN pg_namespace sn ON sn.nspname = s.schemaname JOIN pg_class sc ON sc.relname = s.sequencename AND sc.relnamespace = sn.oid`,

  sessions: `SELECT a.pid, a.usename AS user_name, a.application_name AS application, coalesce(a.state, 'unknown') AS state,
      coalesce(extract(epoch FROM now() - a.xact_start), 0)::float8 AS transaction_seconds, left(coalesce(a.query, ''), 400) AS query, pg_blocking_pids(a.pid) AS blocked_by
    FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
      AND (a.xact_start IS NOT NULL OR a.pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = 72707369))
    ORDER BY a.xact_start LIMIT 200`,

  locks: `SELECT l.pid, ${named('n.nspname', 'c.relname')} AS table_name, l.mode, l.granted FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p', 'm', 'v') AND ${ours} LIMIT 2000`,

  connections: `SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS used, current_setting('max_connections')::int AS maximum`,

  slots: `SELECT slot_name AS name, slot_type AS type, active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS lag_bytes FROM pg_replication_slots`,

  replicas: `SELECT coalesce(nullif(application_name, ''), client_addr::text, pid::text) AS name, extract(epoch FROM replay_lag)::float8 AS lag_seconds,
      pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 AS lag_bytes FROM pg_stat_replication`,

  /** Prisma's advisory lock: 72707369 is the key's lower half. */
  migrators: `SELECT pid, granted FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = 72707369`,
} as const;

export type QueryName = keyof typeof queries;

/** Whether the table is there at all, and whether anything else is. */
export const migrationsTable = `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS table_exists,
  NOT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relname <> '_prisma_migrations' AND ${ours}) AS database_empty`;

export const migrationRows = `SELECT id, checksum, migration_name, started_at, finished_at, rolled_back_at, applied_steps_count, left(logs, 4000) AS logs FROM _prisma_migrations ORDER BY started_at`;

/** Of one that was added NOT VALID, by its table (as SQL names it) and its name. */
export const constraintDefinition = `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
  WHERE conrelid = $1::regclass AND conname = $2 AND NOT convalidated AND contype IN ('c', 'f')`;
