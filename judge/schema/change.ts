// The changes that make up an action: a column added, a constraint named, a table gone with all that points at it.
import type { Column, Constraint } from '../parse/action.ts';
import { notNullColumns } from '../parse/columns.ts';
import { calls } from '../parse/nodes.ts';
import { printExpression } from '../parse/print.ts';
import {
  type Catalogue,
  type CatalogueColumn,
  type CatalogueConstraint,
  type CatalogueTable,
  newTable,
  ownTable,
  referencing,
} from './catalogue.ts';
import { withSchema } from './names.ts';

/** The table, or a stand-in of which nothing is known where no migration made it. */
export function tableOf(catalogue: Catalogue, name: string): CatalogueTable {
  const own = ownTable(catalogue, name);
  if (own) return own;
  const unknown = { ...newTable(name), known: false };
  catalogue.tables.set(name, unknown);
  return unknown;
}

function columnFrom(column: Column): CatalogueColumn {
  const functions = calls(column.default);
  const result: CatalogueColumn = {
    name: column.name,
    type: column.type,
    notNull: column.notNull,
    default: column.generated
      ? 'generated'
      : column.identity || column.type.serial || functions.includes('nextval')
        ? 'sequence'
        : column.default
          ? 'expression'
          : 'none',
  };
  if (column.identity) result.identity = column.identity;
  const sql = printExpression(column.default);
  if (sql !== undefined) result.defaultSql = sql;
  return result;
}

const suffix: Record<Constraint['kind'], string> = {
  check: 'check',
  'foreign-key': 'fkey',
  unique: 'key',
  'primary-key': 'pkey',
  exclusion: 'excl',
  'not-null': 'not_null',
};

export function freeName(taken: (name: string) => boolean, wanted: string): string {
  if (!taken(wanted)) return wanted;
  for (let count = 1; ; count += 1) if (!taken(`${wanted}${count}`)) return `${wanted}${count}`;
}

export function addConstraint(
  catalogue: Catalogue,
  table: CatalogueTable,
  constraint: Constraint,
  place?: number,
): void {
  const bare = table.name.split('.').at(-1) ?? table.name;
  const usingIndex = constraint.usingIndex
    ? catalogue.indexes.get(withSchema(constraint.usingIndex, table.name))
    : undefined;
  const parts =
    constraint.kind === 'primary-key'
      ? [bare, 'pkey']
      : [bare, ...constraint.columns, suffix[constraint.kind]];
  const name =
    constraint.name ??
    constraint.usingIndex ??
    freeName(
      (candidate) =>
        table.constraints.has(candidate) || catalogue.indexes.has(withSchema(candidate, table.name)),
      parts.join('_'),
    );
  const columns = constraint.columns.length > 0 ? constraint.columns : (usingIndex?.columns ?? []);
  const entry: CatalogueConstraint = {
    name,
    kind: constraint.kind,
    columns,
    validated: !constraint.notValid && constraint.enforced,
    provesNotNull:
      constraint.kind === 'check'
        ? notNullColumns(constraint.expression)
        : constraint.kind === 'not-null'
          ? columns
          : [],
  };
  if (constraint.references) {
    const { table: target, columns: targets, onDelete, onUpdate } = constraint.references;
    entry.references = { table: target, columns: targets, onDelete, onUpdate };
  }
  if (place !== undefined) entry.madeBy = place;
  table.constraints.set(name, entry);
  if (constraint.kind === 'primary-key' || constraint.kind === 'not-null')
    for (const column of columns) alter(table, column, { notNull: true });
  if (constraint.kind === 'primary-key' || constraint.kind === 'unique' || constraint.kind === 'exclusion') {
    if (usingIndex) catalogue.indexes.delete(usingIndex.name);
    const full = withSchema(name, table.name);
    catalogue.indexes.set(full, {
      name: full,
      table: table.name,
      columns,
      unique: constraint.kind !== 'exclusion',
      primary: constraint.kind === 'primary-key',
      partial: false,
      expressions: false,
      valid: true,
      ...(place === undefined ? {} : { madeBy: place }),
    });
  }
}

export function alter(table: CatalogueTable, column: string, change: Partial<CatalogueColumn>): void {
  const before = table.columns.get(column);
  if (before) table.columns.set(column, { ...before, ...change });
}

export function addColumn(catalogue: Catalogue, table: CatalogueTable, column: Column, place?: number): void {
  table.columns.set(column.name, columnFrom(column));
  if (column.type.serial) catalogue.sequences.add(`${table.name}_${column.name}_seq`);
  for (const constraint of column.constraints) addConstraint(catalogue, table, constraint, place);
}

export function dropIndex(catalogue: Catalogue, name: string): void {
  catalogue.indexes.delete(name);
}

export function dropTable(catalogue: Catalogue, name: string): void {
  for (const index of [...catalogue.indexes.values()])
    if (index.table === name) catalogue.indexes.delete(index.name);
  for (const other of referencing(catalogue, name)) {
    const table = tableOf(catalogue, other.name);
    for (const constraint of [...table.constraints.values()])
      if (constraint.references?.table === name) table.constraints.delete(constraint.name);
  }
  catalogue.tables.delete(name);
  for (const table of [...catalogue.tables.values()])
    if (table.partitionOf === name) dropTable(catalogue, table.name);
}

export function dropColumn(catalogue: Catalogue, table: CatalogueTable, column: string): void {
  table.columns.delete(column);
  for (const constraint of [...table.constraints.values()])
    if (constraint.columns.includes(column)) table.constraints.delete(constraint.name);
  for (const index of [...catalogue.indexes.values()])
    if (index.table === table.name && index.columns.includes(column)) dropIndex(catalogue, index.name);
}

// biome-ignore lint/suspicious/noExplicitAny: the tree is untyped JSON at this edge.
export function copyViewColumns(catalogue: Catalogue, view: CatalogueTable, query: any): void {
  const from = catalogue.tables.get(view.reads[0] ?? '');
  const targets = query?.SelectStmt?.targetList ?? [];
  if (!from?.known || view.reads.length !== 1 || query?.SelectStmt?.op?.startsWith('SETOP_U')) {
    view.known = false;
    return;
  }
  for (const node of targets) {
    const target = node.ResTarget ?? {};
    const fields = target.val?.ColumnRef?.fields ?? [];
    const last = fields.at(-1);
    if (last?.A_Star)
      for (const column of from.columns.values()) view.columns.set(column.name, { ...column });
    else if (last?.String) {
      const column = from.columns.get(last.String.sval);
      const name = target.name ?? last.String.sval;
      if (column) view.columns.set(name, { ...column, name });
    } else if (target.name)
      view.columns.set(target.name, {
        name: target.name,
        type: { name: '', mods: [], array: false },
        notNull: false,
        default: 'generated',
      });
  }
}
