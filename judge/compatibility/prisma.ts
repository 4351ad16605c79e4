// A schema.prisma, as far as it says which SQL the client of that release sends: tables, columns, types, who fills a default.
import type { SqlType } from '../parse/types.ts';
import { type Attribute, argument, blocks, list, named, text } from './prisma-text.ts';

export type PrismaField = {
  name: string;
  /** The column; for a relation, empty. */
  column: string;
  kind: 'scalar' | 'enum' | 'relation' | 'unsupported';
  type: string;
  list: boolean;
  optional: boolean;
  /** Who provides a value when the program gives none. Prisma sends static values, now(), uuid() and enum defaults itself. */
  default: 'none' | 'client' | 'database' | 'sequence';
  updatedAt: boolean;
  /** The column's type as `prisma migrate` makes it; undefined for enums, relations and Unsupported. */
  sql: SqlType | undefined;
  relation?: { fields: string[]; references: string[] };
  ignored: boolean;
};

export type PrismaModel = {
  name: string;
  /** Table or view, with the schema in front where it is not public. */
  table: string;
  view: boolean;
  ignored: boolean;
  fields: PrismaField[];
  /** Sets of fields that identify a row: @id, @unique, @@id, @@unique. The first is the id where there is one. */
  uniques: { fields: string[]; id: boolean }[];
};

export type PrismaEnum = { name: string; type: string; values: { name: string; stored: string }[] };

export type PrismaSchema = {
  models: Map<string, PrismaModel>;
  enums: Map<string, PrismaEnum>;
  provider: string | undefined;
  /** What in it could not be read, each with its line. */
  problems: string[];
};

/** A schema may be one file or a folder of them: path → text. */
export type SchemaFiles = Record<string, string>;

const types: Record<string, SqlType> = {
  String: { name: 'text', mods: [], array: false },
  Int: { name: 'int4', mods: [], array: false },
  BigInt: { name: 'int8', mods: [], array: false },
  Float: { name: 'float8', mods: [], array: false },
  Decimal: { name: 'numeric', mods: [65, 30], array: false },
  Boolean: { name: 'bool', mods: [], array: false },
  DateTime: { name: 'timestamp', mods: [3], array: false },
  Json: { name: 'jsonb', mods: [], array: false },
  Bytes: { name: 'bytea', mods: [], array: false },
};

const native: Record<string, string> = {
  Text: 'text',
  VarChar: 'varchar',
  Char: 'bpchar',
  Bit: 'bit',
  VarBit: 'varbit',
  Uuid: 'uuid',
  Xml: 'xml',
  Inet: 'inet',
  Citext: 'citext',
  Integer: 'int4',
  SmallInt: 'int2',
  Oid: 'oid',
  BigInt: 'int8',
  DoublePrecision: 'float8',
  Real: 'float4',
  Decimal: 'numeric',
  Money: 'money',
  Boolean: 'bool',
  Timestamp: 'timestamp',
  Timestamptz: 'timestamptz',
  Date: 'date',
  Time: 'time',
  Timetz: 'timetz',
  Json: 'json',
  JsonB: 'jsonb',
  ByteA: 'bytea',
};

/** Functions whose value the database makes; all others are made by the client. */
const byDatabase = /^(autoincrement|sequence|dbgenerated)\b/;

export function readPrismaSchema(files: SchemaFiles): PrismaSchema {
  const schema: PrismaSchema = { models: new Map(), enums: new Map(), provider: undefined, problems: [] };
  const all = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, content]) => blocks(content, path, schema.problems));
  const enums = new Set(all.filter((block) => block.keyword === 'enum').map((block) => block.name));
  const models = new Set(
    all.filter((block) => block.keyword === 'model' || block.keyword === 'view').map((block) => block.name),
  );
  for (const block of all) {
    if (block.keyword === 'datasource') schema.provider = text(block.settings['provider']);
    if (block.keyword === 'enum') {
      schema.enums.set(block.name, {
        name: block.name,
        type: tableName(block.name, block.attributes),
        values: block.fields.map((field) => ({
          name: field.name,
          stored: text(argument(named(field.attributes, 'map'), 'name', 0)) ?? field.name,
        })),
      });
    }
    if (block.keyword === 'model' || block.keyword === 'view') {
      const fields = block.fields.map((field): PrismaField => {
        const kind = field.type.startsWith('Unsupported')
          ? 'unsupported'
          : models.has(field.type)
            ? 'relation'
            : enums.has(field.type)
              ? 'enum'
              : 'scalar';
        const filled = argument(named(field.attributes, 'default'), 'value', 0);
        const result: PrismaField = {
          name: field.name,
          column:
            kind === 'relation'
              ? ''
              : (text(argument(named(field.attributes, 'map'), 'name', 0)) ?? field.name),
          kind,
          type: field.type,
          list: field.list,
          optional: field.optional,
          default:
            filled === undefined
              ? 'none'
              : byDatabase.test(filled)
                ? filled.startsWith('dbgenerated')
                  ? 'database'
                  : 'sequence'
                : 'client',
          updatedAt: named(field.attributes, 'updatedAt') !== undefined,
          sql: kind === 'scalar' ? sqlOf(field.type, field.list, field.attributes) : undefined,
          ignored: named(field.attributes, 'ignore') !== undefined,
        };
        const relation = named(field.attributes, 'relation');
        if (kind === 'relation')
          result.relation = {
            fields: list(argument(relation, 'fields')),
            references: list(argument(relation, 'references')),
          };
        return result;
      });
      const uniques = [
        ...block.fields
          .filter((field) => named(field.attributes, 'id'))
          .map((field) => ({ fields: [field.name], id: true })),
        ...block.attributes
          .filter((attribute) => attribute.name === 'id')
          .map((attribute) => ({ fields: list(argument(attribute, 'fields', 0)), id: true })),
        ...block.fields
          .filter((field) => named(field.attributes, 'unique'))
          .map((field) => ({ fields: [field.name], id: false })),
        ...block.attributes
          .filter((attribute) => attribute.name === 'unique')
          .map((attribute) => ({ fields: list(argument(attribute, 'fields', 0)), id: false })),
      ];
      schema.models.set(block.name, {
        name: block.name,
        table: tableName(block.name, block.attributes),
        view: block.keyword === 'view',
        ignored: named(block.attributes, 'ignore') !== undefined,
        fields,
        uniques,
      });
    }
  }
  return schema;
}

function tableName(name: string, attributes: Attribute[]): string {
  const mapped = text(argument(named(attributes, 'map'), 'name', 0)) ?? name;
  const schema = text(argument(named(attributes, 'schema'), 'map', 0));
  return schema && schema !== 'public' ? `${schema}.${mapped}` : mapped;
}

function sqlOf(type: string, array: boolean, attributes: Attribute[]): SqlType | undefined {
  const chosen = attributes.find((attribute) => attribute.name.startsWith('db.'));
  const name = chosen && native[chosen.name.slice(3)];
  if (chosen && name) {
    const mods = chosen.arguments
      .map((entry) => Number(entry.value))
      .filter((value) => Number.isInteger(value));
    if (name === 'bpchar' && mods.length === 0) mods.push(1);
    if (name === 'numeric' && mods.length === 0) mods.push(65, 30);
    return { name, mods, array };
  }
  const plain = types[type];
  return plain ? { ...plain, array } : undefined;
}

/** Fields that are columns: what SELECT and RETURNING list by name. */
export const columnsOf = (model: PrismaModel): PrismaField[] =>
  model.fields
    .filter((field) => field.kind === 'scalar' || field.kind === 'enum')
    .filter((field) => !field.ignored);

export const modelOfTable = (schema: PrismaSchema, table: string): PrismaModel | undefined =>
  [...schema.models.values()].find((model) => model.table === table && !model.ignored);

/** Whether the client of that schema names the table, or the column of it. */
export function uses(schema: PrismaSchema, table: string, column?: string): boolean {
  const model = modelOfTable(schema, table);
  if (!model) return implicitJoin(schema, table);
  return column === undefined || columnsOf(model).some((field) => field.column === column);
}

/** Implicit many-to-many relations have a table of their own, `_Name`, that no model names. */
function implicitJoin(schema: PrismaSchema, table: string): boolean {
  const match = /^_(\w+)$/.exec(table);
  if (!match) return false;
  const lists = [...schema.models.values()].flatMap((model) =>
    model.fields
      .filter((field) => field.kind === 'relation' && field.list && !field.relation?.fields.length)
      .map((field) => [model.name, field.type]),
  );
  return (
    lists.some(([a, b]) => match[1] === [a, b].sort().join('To')) ||
    (lists.length > 1 && table !== '_prisma_migrations')
  );
}
