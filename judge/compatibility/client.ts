// What a client generated from a schema.prisma meets on a database: for each model and operation, what fails, how and why.
// It follows the SQL that Prisma Client 7 sends: SELECT and RETURNING list every scalar; static, now() and enum defaults are sent by
// the client; enums are cast to their type's name; createMany and updateMany return nothing.
import type { Catalogue, CatalogueColumn, CatalogueTable } from '../schema/catalogue.ts';
import { type Add, type Encounter, everything, inserting, type Operation, type Side } from './encounter.ts';
import { ofField } from './fields.ts';
import { columnsOf, type PrismaField, type PrismaModel } from './prisma.ts';

export function encounters(side: Side): Encounter[] {
  const found: Encounter[] = [];
  for (const model of side.client.models.values()) if (!model.ignored) found.push(...ofModel(model, side));
  return found;
}

function ofModel(model: PrismaModel, side: Side): Encounter[] {
  const table = side.catalogue.tables.get(model.table);
  const add = (
    at: readonly Operation[],
    result: Encounter['result'],
    code: string,
    why: string,
    field?: string,
    proof?: string,
  ): Encounter[] =>
    at.map((operation) => ({
      model: model.name,
      operation,
      result,
      code,
      why,
      ...(field ? { field } : {}),
      ...(proof ? { proof } : {}),
    }));
  if (!table) return add(everything, 'fails', 'P2021', `There is no table ${model.table}.`);
  if (!table.known) return [];
  const columns = writableColumns(table, side.catalogue);
  const fields = columnsOf(model);
  return [
    ...fields.flatMap((field) => ofField(model, field, columns.get(field.column), side, add)),
    ...unfilled(fields, columns, add),
    ...weakened(model, table, side, add),
  ];
}

/** A view that only passes on one table takes writes as the table does. */
function writableColumns(table: CatalogueTable, catalogue: Catalogue): Map<string, CatalogueColumn> {
  const base =
    table.kind === 'view' && table.reads.length === 1
      ? catalogue.tables.get(table.reads[0] ?? '')
      : undefined;
  if (!base?.known) return table.columns;
  return new Map(
    [...table.columns].map(([name, column]) => [
      name,
      { ...column, ...(base.columns.get(name) ?? {}), name },
    ]),
  );
}

/** Columns of which the client knows nothing, and which must have a value. */
function unfilled(fields: PrismaField[], columns: Map<string, CatalogueColumn>, add: Add): Encounter[] {
  return [...columns.values()].flatMap((column) => {
    if (!column.notNull || column.default !== 'none' || fields.some((field) => field.column === column.name))
      return [];
    return add(
      inserting,
      'fails',
      'P2011',
      `${column.name} is NOT NULL without a default, and the client does not know it.`,
      column.name,
    );
  });
}

/** Native upsert (INSERT … ON CONFLICT) needs a unique index over exactly the fields it is asked by. */
function weakened(model: PrismaModel, table: CatalogueTable, side: Side, add: Add): Encounter[] {
  if (table.kind !== 'table') return [];
  return model.uniques.flatMap((unique) => {
    const columns = unique.fields.map(
      (name) => model.fields.find((field) => field.name === name)?.column ?? name,
    );
    const held = [...side.catalogue.indexes.values()].some(
      (index) =>
        index.table === table.name &&
        index.unique &&
        !index.partial &&
        !index.expressions &&
        [...index.columns].sort().join() === [...columns].sort().join(),
    );
    if (held) return [];
    return add(
      ['upsert'],
      'rare',
      'P2039',
      `No unique index over (${columns.join(', ')}): a native upsert by it fails with 42P10, and duplicates are no longer refused.`,
      unique.fields.join(','),
    );
  });
}
