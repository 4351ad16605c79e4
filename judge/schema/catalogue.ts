// What is known of the database's schema at a moment: from reading the migrations (schema/apply.ts) or from the
// rehearsed server's own catalogue (rehearse/inspect.ts). Names are spelled as in parse/nodes.ts: public is left out.
import type { SqlType } from '../parse/types.ts';
import { Layered } from './layered.ts';

export type CatalogueColumn = {
  name: string;
  type: SqlType;
  notNull: boolean;
  /** `sequence`: nextval or identity; `expression`: any other; `generated`: computed, cannot be written. */
  default: 'none' | 'sequence' | 'expression' | 'generated';
  identity?: 'always' | 'by-default';
  /** The default as SQL, where it is simple enough to be printed. */
  defaultSql?: string;
};

export type CatalogueConstraint = {
  name: string;
  kind: 'check' | 'foreign-key' | 'unique' | 'primary-key' | 'exclusion' | 'not-null';
  columns: string[];
  validated: boolean;
  /** Columns that a check proves to be NOT NULL. */
  provesNotNull: string[];
  references?: { table: string; columns: string[]; onDelete: string; onUpdate: string };
  /** Index of the statement's place in the pending set that made it; undefined: it was there before. */
  madeBy?: number;
};

export type CatalogueIndex = {
  name: string;
  table: string;
  columns: string[];
  unique: boolean;
  primary: boolean;
  partial: boolean;
  expressions: boolean;
  valid: boolean;
  madeBy?: number;
};

export type CatalogueTable = {
  name: string;
  kind: 'table' | 'view' | 'materialized-view' | 'foreign-table';
  columns: Map<string, CatalogueColumn>;
  constraints: Map<string, CatalogueConstraint>;
  partitioned: boolean;
  partitionOf?: string;
  hasDefaultPartition: boolean;
  parents: string[];
  triggers: { name: string; events: string[]; calls: string }[];
  rowSecurity: boolean;
  /** For a view: the relations it reads. */
  reads: string[];
  /** False: only named by a statement, never seen to be made; nothing is known of its columns. */
  known: boolean;
  /** Place in the pending set of the statement that made it. Undefined: it was there before. */
  madeBy?: number;
};

export type Catalogue = {
  tables: Map<string, CatalogueTable>;
  indexes: Map<string, CatalogueIndex>;
  /** Values in order. */
  enums: Map<string, string[]>;
  domains: Map<string, { base: SqlType; constrained: boolean }>;
  sequences: Set<string>;
  extensions: Set<string>;
  functions: Map<string, { language: string; body: string }>;
  schemas: Set<string>;
  /** Parts that a copy of it has in common with it. */
  shared: Set<Part>;
};

export const parts = [
  'tables',
  'indexes',
  'enums',
  'domains',
  'sequences',
  'extensions',
  'functions',
  'schemas',
] as const;
export type Part = (typeof parts)[number];

export const emptyCatalogue = (): Catalogue => ({
  tables: new Map(),
  indexes: new Map(),
  enums: new Map(),
  domains: new Map(),
  sequences: new Set(),
  extensions: new Set(),
  functions: new Map(),
  schemas: new Set(['public']),
  shared: new Set(),
});

export const newTable = (name: string, kind: CatalogueTable['kind'] = 'table'): CatalogueTable => ({
  name,
  kind,
  columns: new Map(),
  constraints: new Map(),
  partitioned: false,
  hasDefaultPartition: false,
  parents: [],
  triggers: [],
  rowSecurity: false,
  reads: [],
  known: true,
});

/**
 * A copy that can be changed without changing the first. Parts and tables are shared between copies until they change
 * (`detach`, `ownTable`), for a judgement keeps the schema before each of its statements.
 */
export function copyCatalogue(from: Catalogue): Catalogue {
  from.shared = new Set(parts);
  return { ...from, shared: new Set(parts) };
}

/** The part as this catalogue's own, to be changed. */
export function detach(catalogue: Catalogue, part: Part): void {
  if (!catalogue.shared.delete(part)) return;
  const held = catalogue[part];
  const own = held instanceof Map ? Layered.over(held as Map<string, unknown>) : new Set(held);
  Object.assign(catalogue, { [part]: own });
}

const copyTable = (table: CatalogueTable): CatalogueTable => ({
  ...table,
  columns: new Map(table.columns),
  constraints: new Map(table.constraints),
  parents: [...table.parents],
  triggers: [...table.triggers],
  reads: [...table.reads],
});

/** The table as this catalogue's own, to be changed. */
export function ownTable(catalogue: Catalogue, name: string): CatalogueTable | undefined {
  const table = catalogue.tables.get(name);
  if (!table) return undefined;
  const own = copyTable(table);
  catalogue.tables.set(name, own);
  return own;
}

/** Tables whose foreign keys point at `name`. */
export const referencing = (catalogue: Catalogue, name: string): CatalogueTable[] =>
  [...catalogue.tables.values()].filter((table) =>
    [...table.constraints.values()].some((constraint) => constraint.references?.table === name),
  );

export const partitionsOf = (catalogue: Catalogue, name: string): CatalogueTable[] =>
  [...catalogue.tables.values()].filter(
    (table) => table.partitionOf === name || table.parents.includes(name),
  );

/** Views that read `name`, directly or through another view. */
export function viewsOver(catalogue: Catalogue, name: string): CatalogueTable[] {
  const found = new Map<string, CatalogueTable>();
  const queue = [name];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const table of catalogue.tables.values()) {
      if (table.reads.includes(next) && !found.has(table.name)) {
        found.set(table.name, table);
        queue.push(table.name);
      }
    }
  }
  return [...found.values()];
}

export const indexesOf = (catalogue: Catalogue, table: string): CatalogueIndex[] =>
  [...catalogue.indexes.values()].filter((index) => index.table === table);
