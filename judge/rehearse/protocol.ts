// What the main thread and the rehearsal's worker say to each other. Plain data only.
import type { RehearsedStatement } from './result.ts';

export type Order =
  | { do: 'open'; snapshot: Uint8Array | undefined; extensions: string[] }
  | { do: 'reset' }
  | { do: 'replay'; files: { name: string; sql: string; statements: string[] }[] }
  | { do: 'snapshot' }
  | { do: 'seed' }
  | { do: 'inspect' }
  | { do: 'objects' }
  | { do: 'rehearse'; statement: StatementOrder }
  | { do: 'prepare'; statements: string[] };

export type StatementOrder = {
  migration: string;
  index: number;
  sql: string;
  /** Cannot run in a transaction: it runs alone, and its locks cannot be read. */
  outside: boolean;
  /** Roll back afterwards: the next statement finds what this one found. */
  undo?: boolean;
  /** Tables whose made-up rows may stand in its way. */
  tables: string[];
};

export type ReplayFailure = { migration: string; statement: string; code: string; message: string };

export type Answers = {
  open: { milliseconds: number };
  reset: { clean: boolean };
  replay: { failures: ReplayFailure[] };
  snapshot: { bytes: Uint8Array };
  seed: { tables: number; rows: number };
  inspect: Inspection;
  objects: [string, string][];
  rehearse: RehearsedStatement;
  prepare: { failures: { index: number; code: string; message: string }[] };
};

export type InspectedColumn = {
  table: string;
  name: string;
  type: string;
  typeSchema: string;
  typmod: number;
  array: boolean;
  notNull: boolean;
  default: 'none' | 'sequence' | 'expression' | 'generated';
  identity: string;
};
export type Inspection = {
  tables: {
    name: string;
    kind: string;
    partitioned: boolean;
    partitionOf: string | null;
    rowSecurity: boolean;
    reads: string[];
  }[];
  columns: InspectedColumn[];
  constraints: {
    table: string;
    name: string;
    kind: string;
    columns: string[];
    validated: boolean;
    references: string | null;
    referencedColumns: string[];
    onDelete: string;
    onUpdate: string;
    definition: string;
  }[];
  indexes: {
    name: string;
    table: string;
    columns: string[];
    unique: boolean;
    primary: boolean;
    partial: boolean;
    expressions: boolean;
    valid: boolean;
  }[];
  enums: { name: string; values: string[] }[];
  domains: { name: string; base: string; typmod: number; constrained: boolean }[];
};
