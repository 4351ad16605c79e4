// Renames move a thing and every place that names it.
import type { ActionOf } from '../parse/action.ts';
import { type Catalogue, type CatalogueTable, ownTable } from './catalogue.ts';
import { inSchema, schemaOf, withSchema } from './names.ts';

function moveTable(catalogue: Catalogue, from: string, to: string): void {
  const table = catalogue.tables.get(from);
  catalogue.tables.delete(from);
  if (table) catalogue.tables.set(to, { ...table, name: to });
  for (const [name, index] of catalogue.indexes)
    if (index.table === from) catalogue.indexes.set(name, { ...index, table: to });
  for (const { name } of [...catalogue.tables.values()].filter((other) => names(other, from))) {
    const other = ownTable(catalogue, name) as CatalogueTable;
    if (other.partitionOf === from) other.partitionOf = to;
    other.parents = other.parents.map((parent) => (parent === from ? to : parent));
    other.reads = other.reads.map((read) => (read === from ? to : read));
    for (const [key, constraint] of other.constraints) {
      if (constraint.references?.table === from)
        other.constraints.set(key, { ...constraint, references: { ...constraint.references, table: to } });
    }
  }
}

const names = (table: CatalogueTable, other: string): boolean =>
  table.partitionOf === other ||
  table.parents.includes(other) ||
  table.reads.includes(other) ||
  [...table.constraints.values()].some((constraint) => constraint.references?.table === other);

function moveType(catalogue: Catalogue, from: string, to: string): void {
  const values = catalogue.enums.get(from);
  const domain = catalogue.domains.get(from);
  catalogue.enums.delete(from);
  catalogue.domains.delete(from);
  if (values) catalogue.enums.set(to, values);
  if (domain) catalogue.domains.set(to, domain);
  for (const { name, columns } of [...catalogue.tables.values()]) {
    if (![...columns.values()].some((column) => column.type.name === from)) continue;
    const table = ownTable(catalogue, name) as CatalogueTable;
    for (const column of table.columns.values())
      if (column.type.name === from)
        table.columns.set(column.name, { ...column, type: { ...column.type, name: to } });
  }
}

export const renames = {
  'rename-table': (catalogue: Catalogue, action: ActionOf<'rename-table'>): void => {
    const to = inSchema(action.to, schemaOf(action.table));
    const index = catalogue.indexes.get(action.table);
    if (action.what === 'index' || (index && !catalogue.tables.has(action.table))) {
      catalogue.indexes.delete(action.table);
      if (index) {
        catalogue.indexes.set(to, { ...index, name: to });
        const table = ownTable(catalogue, index.table);
        const constraint = table?.constraints.get(action.table);
        if (table && constraint) {
          table.constraints.delete(action.table);
          table.constraints.set(action.to, { ...constraint, name: action.to });
        }
      }
    } else if (action.what === 'sequence') {
      catalogue.sequences.delete(action.table);
      catalogue.sequences.add(to);
    } else moveTable(catalogue, action.table, to);
  },
  'rename-column': (catalogue: Catalogue, action: ActionOf<'rename-column'>): void => {
    const table = ownTable(catalogue, action.table);
    if (!table) return;
    const swap = (name: string): string => (name === action.column ? action.to : name);
    table.columns = new Map(
      [...table.columns.values()].map((column) => [
        swap(column.name),
        { ...column, name: swap(column.name) },
      ]),
    );
    for (const [name, constraint] of table.constraints) {
      table.constraints.set(name, {
        ...constraint,
        columns: constraint.columns.map(swap),
        provesNotNull: constraint.provesNotNull.map(swap),
      });
    }
    for (const [name, index] of catalogue.indexes) {
      if (index.table === action.table)
        catalogue.indexes.set(name, { ...index, columns: index.columns.map(swap) });
    }
  },
  'rename-constraint': (catalogue: Catalogue, action: ActionOf<'rename-constraint'>): void => {
    const table = ownTable(catalogue, action.table);
    const constraint = table?.constraints.get(action.name);
    if (!table || !constraint) return;
    table.constraints.delete(action.name);
    table.constraints.set(action.to, { ...constraint, name: action.to });
    const index = catalogue.indexes.get(withSchema(action.name, table.name));
    if (index) {
      const to = withSchema(action.to, table.name);
      catalogue.indexes.delete(index.name);
      catalogue.indexes.set(to, { ...index, name: to });
    }
  },
  'rename-type': (catalogue: Catalogue, action: ActionOf<'rename-type'>): void =>
    moveType(catalogue, action.type, inSchema(action.to, schemaOf(action.type))),
  'rename-enum-value': (catalogue: Catalogue, action: ActionOf<'rename-enum-value'>): void => {
    const values = catalogue.enums.get(action.type);
    if (values)
      catalogue.enums.set(
        action.type,
        values.map((value) => (value === action.value ? action.to : value)),
      );
  },
  'rename-schema': (catalogue: Catalogue, action: ActionOf<'rename-schema'>): void => {
    catalogue.schemas.delete(action.schema);
    catalogue.schemas.add(action.to);
    for (const name of [...catalogue.tables.keys()])
      if (schemaOf(name) === action.schema) moveTable(catalogue, name, inSchema(name, action.to));
  },
  'set-schema': (catalogue: Catalogue, action: ActionOf<'set-schema'>): void => {
    if (action.what === 'table') moveTable(catalogue, action.name, inSchema(action.name, action.schema));
    if (action.what === 'type') moveType(catalogue, action.name, inSchema(action.name, action.schema));
  },
};
