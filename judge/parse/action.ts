// What a statement does, in the judge's own words. One ALTER TABLE may hold several actions.
import type { Node } from 'libpg-query';
import type { SqlType } from './types.ts';

export type Constraint = {
  kind: 'check' | 'foreign-key' | 'unique' | 'primary-key' | 'exclusion' | 'not-null';
  name: string | undefined;
  columns: string[];
  notValid: boolean;
  /** NOT ENFORCED (PostgreSQL 18): never checked, so nothing is scanned. */
  enforced: boolean;
  usingIndex?: string;
  references?: { table: string; columns: string[]; onDelete: string; onUpdate: string };
  expression?: Node;
};

export type Column = {
  name: string;
  type: SqlType;
  notNull: boolean;
  default?: Node;
  identity?: 'always' | 'by-default';
  generated?: { stored: boolean; expression: Node | undefined };
  constraints: Constraint[];
};

export type Droppable =
  | 'table'
  | 'view'
  | 'materialized-view'
  | 'index'
  | 'sequence'
  | 'type'
  | 'domain'
  | 'schema'
  | 'extension'
  | 'function'
  | 'trigger'
  | 'policy'
  | 'rule'
  | 'foreign-table'
  | 'publication'
  | 'other';

export type Action =
  | {
      do: 'create-table';
      table: string;
      columns: Column[];
      constraints: Constraint[];
      ifNotExists: boolean;
      temporary: boolean;
      partitionOf?: string;
      partitioned: boolean;
      inherits: string[];
      likes: string[];
      query?: Node;
      default?: boolean;
    }
  | {
      do: 'drop';
      what: Droppable;
      names: string[];
      table?: string;
      cascade: boolean;
      ifExists: boolean;
      concurrently: boolean;
    }
  | { do: 'add-column'; table: string; column: Column; ifNotExists: boolean }
  | { do: 'drop-column'; table: string; column: string; cascade: boolean; ifExists: boolean }
  | { do: 'change-type'; table: string; column: string; type: SqlType; using?: Node }
  | { do: 'set-default'; table: string; column: string; expression: Node }
  | { do: 'drop-default'; table: string; column: string }
  | { do: 'set-not-null' | 'drop-not-null'; table: string; column: string }
  | { do: 'add-identity'; table: string; column: string; always: boolean; start: boolean }
  | { do: 'set-identity' | 'drop-identity'; table: string; column: string }
  | { do: 'set-expression' | 'drop-expression'; table: string; column: string }
  | { do: 'add-constraint'; table: string; constraint: Constraint }
  | { do: 'drop-constraint'; table: string; name: string; cascade: boolean; ifExists: boolean }
  | { do: 'validate-constraint'; table: string; name: string }
  | { do: 'alter-constraint'; table: string; name: string }
  | {
      do: 'rename-table';
      what: 'table' | 'view' | 'materialized-view' | 'index' | 'sequence';
      table: string;
      to: string;
    }
  | { do: 'rename-column'; table: string; column: string; to: string; view: boolean }
  | { do: 'rename-constraint'; table: string; name: string; to: string }
  | { do: 'rename-type'; type: string; to: string }
  | { do: 'rename-enum-value'; type: string; value: string; to: string }
  | { do: 'rename-schema'; schema: string; to: string }
  | { do: 'rename-other'; what: string; name: string; to: string }
  | { do: 'set-schema'; what: 'table' | 'type' | 'other'; name: string; schema: string }
  | { do: 'table-option'; table: string; option: string; what: string; name?: string }
  | { do: 'inherit'; table: string; parent: string; stop: boolean }
  | { do: 'attach-partition'; table: string; partition: string }
  | { do: 'detach-partition'; table: string; partition: string; concurrently: boolean }
  | { do: 'row-security'; table: string; enable: boolean; force: boolean }
  | {
      do: 'create-index';
      name: string | undefined;
      table: string;
      columns: string[];
      unique: boolean;
      concurrently: boolean;
      ifNotExists: boolean;
      method: string;
      partial: boolean;
      expressions: boolean;
      only: boolean;
    }
  | {
      do: 'reindex';
      what: 'index' | 'table' | 'schema' | 'database' | 'system';
      name: string;
      concurrently: boolean;
    }
  | { do: 'create-enum'; type: string; values: string[] }
  | { do: 'add-enum-value'; type: string; value: string; ifNotExists: boolean }
  | { do: 'create-type'; type: string }
  | { do: 'create-domain'; type: string; base: SqlType; constraints: Constraint[] }
  | {
      do: 'alter-domain';
      type: string;
      change: 'add-constraint' | 'validate' | 'set-not-null' | 'other';
      notValid: boolean;
    }
  | {
      do: 'create-view';
      view: string;
      replace: boolean;
      materialized: boolean;
      withData: boolean;
      ifNotExists: boolean;
      query: Node | undefined;
    }
  | { do: 'refresh'; view: string; concurrently: boolean; withData: boolean }
  | { do: 'create-sequence'; sequence: string; ifNotExists: boolean }
  | { do: 'alter-sequence'; sequence: string; restarts: boolean }
  | {
      do: 'create-trigger';
      table: string;
      name: string;
      events: string[];
      row: boolean;
      calls: string;
      constraint: boolean;
    }
  | {
      do: 'create-function';
      name: string;
      language: string;
      body: string;
      replace: boolean;
      /** Runs with the rights of its owner, whoever calls it. */
      definer: boolean;
      /** Whether it says itself where names are looked for. */
      searchPath: boolean;
    }
  | { do: 'create-rule'; table: string }
  | { do: 'policy'; table: string; change: 'create' | 'alter' }
  | { do: 'truncate'; tables: string[]; cascade: boolean }
  | {
      do: 'update' | 'delete';
      table: string;
      bounded: boolean;
      where?: Node;
      columns: string[];
      sets: Node[];
    }
  | { do: 'insert'; table: string; rows: number | 'query'; reads: string[] }
  | { do: 'merge'; table: string }
  | { do: 'copy'; table: string; program: boolean; from: boolean }
  | { do: 'select'; calls: string[]; reads: string[]; locking: boolean; into?: string }
  | { do: 'run-code'; how: 'do' | 'call' | 'execute' | 'prepare'; language: string; body: string }
  | {
      do: 'transaction';
      what: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' | 'prepared';
    }
  | { do: 'set'; name: string; value: string | undefined; local: boolean; reset: boolean }
  | { do: 'lock-table'; tables: string[]; mode: number }
  | { do: 'vacuum'; tables: string[]; full: boolean; vacuum: boolean }
  | { do: 'cluster'; table: string }
  | { do: 'create-extension'; name: string; ifNotExists: boolean }
  | { do: 'create-schema'; name: string; ifNotExists: boolean }
  | { do: 'drop-database'; name: string }
  | { do: 'database-wide'; what: string }
  | { do: 'create-publication'; name: string; tables: string[] | 'all'; changes: boolean }
  | { do: 'grant'; revoke: boolean; objects: string[]; roles: string[] }
  | { do: 'role'; what: string }
  | { do: 'owner'; name: string; what: string }
  | { do: 'comment'; what: string; name: string }
  | { do: 'create-statistics'; tables: string[] }
  | { do: 'other'; kind: string; name: string };

/** The action of that name; some share one shape, so Extract would find nothing. */
export type ActionOf<K extends Action['do']> = Action extends infer A
  ? A extends { do: infer D }
    ? K extends D
      ? A
      : never
    : never
  : never;
