// What can be asked of a schema, be it the database's own (facts) or the one that the files make (catalogue).
import type { DatabaseFacts, TableFacts } from '../../core/migrations.ts';
import { parseMigration } from '../parse/statements.ts';
import { type SqlType, sameType } from '../parse/types.ts';
import { type Catalogue, type CatalogueTable, indexesOf } from '../schema/catalogue.ts';
import { bareName, withSchema } from '../schema/names.ts';

export interface TableShape {
  /** Whether the column is there; undefined: nothing is known of the table's columns. */
  column(name: string): boolean | undefined;
  notNull(column: string): boolean | undefined;
  hasDefault(column: string): boolean | undefined;
  isOfType(column: string, type: SqlType): boolean | undefined;
  /** `invalid`: a concurrent build that failed has left it. */
  index(name: string): 'valid' | 'invalid' | 'none' | undefined;
  constraint(name: string): 'validated' | 'not-validated' | 'none' | undefined;
  trigger(name: string): boolean | undefined;
}

export interface Shape {
  /** Undefined: it is not there, or nothing is known of it. */
  table(name: string): TableShape | undefined;
  hasTable(name: string): boolean;
  hasIndex(name: string): boolean;
  enumValues(name: string): readonly string[] | undefined;
}

export const shapeOfFacts = (facts: DatabaseFacts): Shape => ({
  table: (name) => {
    const table = facts.tables[name];
    return table && tableOfFacts(table);
  },
  hasTable: (name) => name in facts.tables,
  hasIndex: (name) =>
    Object.values(facts.tables).some((table) => table.indexes.some((index) => index.name === bareName(name))),
  enumValues: (name) => facts.enums[name],
});

const tableOfFacts = (table: TableFacts): TableShape => ({
  column: (name) => name in table.columns,
  notNull: (column) => table.columns[column]?.notNull,
  hasDefault: (column) => table.columns[column]?.hasDefault,
  isOfType: (column, type) => {
    const is = table.columns[column] && typeOf(table.columns[column].type);
    return is && sameType(is, type);
  },
  index: (name) => {
    const index = table.indexes.find((candidate) => candidate.name === bareName(name));
    return index ? (index.valid ? 'valid' : 'invalid') : 'none';
  },
  constraint: (name) => {
    const constraint = table.constraints.find((candidate) => candidate.name === name);
    return constraint ? (constraint.validated ? 'validated' : 'not-validated') : 'none';
  },
  trigger: (name) => table.triggers.includes(name),
});

/** `timestamp(3) without time zone`, as the server spells a type, in the parser's words. */
function typeOf(spelt: string): SqlType | undefined {
  const sql = `ALTER TABLE t ALTER COLUMN c TYPE ${spelt}`;
  const action = parseMigration({ name: '', sql }).statements[0]?.actions[0];
  return action?.do === 'change-type' ? action.type : undefined;
}

export const shapeOfCatalogue = (catalogue: Catalogue): Shape => ({
  table: (name) => {
    const table = catalogue.tables.get(name);
    return table && tableOfCatalogue(catalogue, table);
  },
  hasTable: (name) => catalogue.tables.has(name),
  hasIndex: (name) => catalogue.indexes.has(name),
  enumValues: (name) => catalogue.enums.get(name),
});

function tableOfCatalogue(catalogue: Catalogue, table: CatalogueTable): TableShape {
  // Of a table that no file makes only what the files have added is known.
  const absent = table.known ? false : undefined;
  return {
    column: (name) => (table.columns.has(name) ? true : absent),
    notNull: (column) => table.columns.get(column)?.notNull,
    hasDefault: (column) => {
      const entry = table.columns.get(column);
      return entry && entry.default !== 'none';
    },
    isOfType: (column, type) => {
      const entry = table.columns.get(column);
      return entry && sameType(entry.type, type);
    },
    index: (name) => {
      const index = catalogue.indexes.get(withSchema(bareName(name), table.name));
      if (index?.table === table.name) return index.valid ? 'valid' : 'invalid';
      return table.known || indexesOf(catalogue, table.name).length > 0 ? 'none' : undefined;
    },
    constraint: (name) => {
      const constraint = table.constraints.get(name);
      if (constraint) return constraint.validated ? 'validated' : 'not-validated';
      return table.known ? 'none' : undefined;
    },
    trigger: (name) => (table.triggers.some((trigger) => trigger.name === name) ? true : absent),
  };
}
