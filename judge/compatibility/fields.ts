// One field of the client's against its column: missing, of another type, NULL where it may not be, an enum with other values.
// Longer than 250 lines because the cases only make sense beside one another.
import type { CatalogueColumn } from '../schema/catalogue.ts';
import { type Add, type Encounter, inserting, type Operation, returning, type Side } from './encounter.ts';
import { columnsOf, type PrismaField, type PrismaModel } from './prisma.ts';
import { type Meeting, meet } from './types.ts';

export function ofField(
  model: PrismaModel,
  field: PrismaField,
  column: CatalogueColumn | undefined,
  side: Side,
  add: Add,
): Encounter[] {
  if (!column) return missing(model, field, add);
  const found: Encounter[] = [];
  const at = `${model.table}.${field.column}`;
  const sent = !field.optional || field.default === 'client' || field.updatedAt;
  if (column.default === 'generated') {
    found.push(
      ...add(
        sent && field.default !== 'database' && field.default !== 'sequence' ? inserting : ['create'],
        sent && field.default === 'none' ? 'fails' : 'may',
        'P2039',
        `${at} is generated: a value for it is refused (428C9).`,
        field.name,
      ),
    );
  }
  if (column.identity === 'always' && field.default !== 'sequence' && field.default !== 'database')
    found.push(
      ...add(
        inserting,
        'fails',
        'P2039',
        `${at} is GENERATED ALWAYS AS IDENTITY: a value for it is refused (428C9).`,
        field.name,
      ),
    );
  found.push(...ofType(model, field, column, side, add));
  // Who fills it? A required field of the client's always has a value, except where the database was to make it.
  const omitted = (field.optional || field.list) && field.default === 'none' && !field.updatedAt;
  if (column.notNull && column.default === 'none') {
    const byDatabase = field.default === 'sequence' || field.default === 'database';
    if (byDatabase)
      found.push(
        ...add(
          inserting,
          'fails',
          'P2011',
          `${at} has no default any more, and the client leaves the value to the database.`,
          field.name,
        ),
      );
    else if (omitted && !field.list)
      found.push(
        ...add(
          ['createMinimal', 'createMany', 'upsert', 'create', 'update'],
          'may',
          'P2011',
          `${at} is NOT NULL, and the client may leave ${field.name} out.`,
          field.name,
        ),
      );
  }
  if (!field.optional && !field.list && side.older) found.push(...nullable(model, field, column, side, add));
  return found;
}

export function missing(model: PrismaModel, field: PrismaField, add: Add): Encounter[] {
  const why = `There is no column ${model.table}.${field.column}; every SELECT and RETURNING of ${model.name} lists it.`;
  const found = add(returning, 'fails', 'P2022', why, field.name);
  const byDatabase = field.default === 'sequence' || field.default === 'database';
  const always =
    !byDatabase &&
    (!field.optional || field.default === 'client' || field.updatedAt) &&
    !(field.list && field.default === 'none');
  found.push(...add(['createMany'], always ? 'fails' : 'may', 'P2022', why, field.name));
  found.push(...add(['updateMany'], field.updatedAt ? 'fails' : 'may', 'P2022', why, field.name));
  found.push(...add(['select', 'filter'], 'may', 'P2022', why, field.name));
  return found;
}

/** NULL in a field that the client's types call required: Prisma says nothing, the program meets null. */
export function nullable(
  model: PrismaModel,
  field: PrismaField,
  column: CatalogueColumn,
  side: Side,
  add: Add,
): Encounter[] {
  if (column.notNull || column.default === 'generated') return [];
  const next = otherField(side, model, field);
  if (!next?.optional) return [];
  const proof = `SELECT 1 FROM ${sql(model.table)} WHERE ${sql(field.column)} IS NULL LIMIT 1`;
  return add(
    ['readAfterNewWrites'],
    'may',
    '',
    `The new release may write NULL into ${model.table}.${field.column}: the old one reads null in a required field, without an error.`,
    field.name,
    proof,
  );
}

function ofType(
  model: PrismaModel,
  field: PrismaField,
  column: CatalogueColumn,
  side: Side,
  add: Add,
): Encounter[] {
  if (!column.type.name) return [];
  const enumeration = field.kind === 'enum' ? side.client.enums.get(field.type) : undefined;
  const values = side.catalogue.enums.get(column.type.name);
  const domain = side.catalogue.domains.get(column.type.name);
  const actual = domain ? { ...domain.base, array: column.type.array } : column.type;
  const at = `${model.table}.${field.column}`;
  const found: Encounter[] = [];
  if (enumeration) {
    if (!side.catalogue.enums.has(enumeration.type)) {
      const plain = values === undefined;
      // Where the column is text now, the cast to the vanished type still fails.
      const always = !field.optional || field.default === 'client';
      found.push(
        ...add(
          always ? [...inserting] : ['create'],
          always ? 'fails' : 'may',
          'P2039',
          `The client casts to "${enumeration.type}", which does not exist (42704).`,
          field.name,
        ),
      );
      found.push(
        ...add(
          ['filter', 'update', 'updateMany'],
          'may',
          'P2039',
          `The client casts to "${enumeration.type}", which does not exist (42704).`,
          field.name,
        ),
      );
      if (!plain) return [...found, ...enumValues(model, field, enumeration, values, side, add)];
    } else if (values && column.type.name === enumeration.type)
      return enumValues(model, field, enumeration, values, side, add);
  }
  const own = enumeration
    ? { name: enumeration.type, mods: [], array: field.list }
    : field.sql && { ...field.sql, array: field.list };
  if (!own) return found;
  const meeting: Meeting = meet(own, enumeration !== undefined, actual, values !== undefined, side.older);
  const why = `${field.name} is ${field.type}${field.list ? '[]' : ''} for the client, ${actual.name}${actual.array ? '[]' : ''} in ${at}.`;
  const { read, write, afterNewWrites } = meeting;
  if (read.result !== 'ok') {
    // A row that this very statement wrote without the field has NULL there, and NULL can be read as anything.
    const own_: Operation[] = field.optional || field.list ? ['createMinimal', 'upsert'] : [];
    found.push(
      ...add(
        ['findMany', 'include', 'update', 'delete', 'readAfterNewWrites'],
        read.result,
        read.code,
        why,
        field.name,
      ),
    );
    if (own_.length > 0) found.push(...add(own_, 'may', read.code, why, field.name));
  }
  if (write.result !== 'ok') {
    const always = !field.optional && !field.list;
    const result = write.result === 'fails' && !always && !field.list ? 'may' : write.result;
    found.push(
      ...add(
        always || field.list ? inserting : ['create'],
        field.list && result === 'fails' ? 'may' : result,
        write.code,
        why,
        field.name,
      ),
    );
    found.push(
      ...add(
        [
          'update',
          'updateMany',
          ...(always ? [] : (['createMinimal', 'createMany', 'upsert'] as Operation[])),
        ],
        result === 'rare' ? 'rare' : 'may',
        write.code,
        why,
        field.name,
      ),
    );
  }
  // What the other release writes depends on its own type: the same one brings nothing new.
  if (side.older && afterNewWrites.result === 'may' && read.result === 'ok') {
    found.push(
      ...add(
        ['readAfterNewWrites'],
        'may',
        afterNewWrites.code,
        `${why} What the new release writes there the old one may not be able to read.`,
        field.name,
        enumeration && values === undefined
          ? enumProof(
              model,
              field,
              enumeration.values.map((value) => value.stored),
            )
          : undefined,
      ),
    );
  }
  return found;
}

function enumValues(
  model: PrismaModel,
  field: PrismaField,
  enumeration: { type: string; values: { stored: string }[] },
  values: string[],
  side: Side,
  add: Add,
): Encounter[] {
  const mine = enumeration.values.map((value) => value.stored);
  const gone = mine.filter((value) => !values.includes(value));
  const more = values.filter((value) => !mine.includes(value));
  const found: Encounter[] = [];
  if (gone.length > 0) {
    const why = `"${enumeration.type}" has no value ${gone.map((value) => `'${value}'`).join(', ')}: writing it, or filtering by it, fails.`;
    found.push(
      ...add(
        ['filter', 'create', 'createMinimal', 'createMany', 'update', 'updateMany', 'upsert'],
        'may',
        'P2007',
        why,
        field.name,
      ),
    );
  }
  if (more.length > 0) {
    const why = `"${enumeration.type}" has ${more.map((value) => `'${value}'`).join(', ')}, which this client does not know: reading a row that holds it fails.`;
    if (side.older)
      found.push(
        ...add(['readAfterNewWrites'], 'may', 'P2023', why, field.name, enumProof(model, field, mine)),
      );
    else found.push(...add(['findMany', 'include'], 'may', 'P2023', why, field.name));
  }
  return found;
}

export const sql = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

const enumProof = (model: PrismaModel, field: PrismaField, known: string[]): string =>
  `SELECT 1 FROM ${sql(model.table)} WHERE ${sql(field.column)}::text NOT IN (${known.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')}) LIMIT 1`;

function otherField(side: Side, model: PrismaModel, field: PrismaField): PrismaField | undefined {
  const next = [...(side.other?.models.values() ?? [])].find((candidate) => candidate.table === model.table);
  return next && columnsOf(next).find((candidate) => candidate.column === field.column);
}
