// The SQL that Prisma Client sends for a model, to be prepared against the rehearsed schema: proof beside the reasoning.
import { columnsOf, type PrismaModel, type PrismaSchema } from './prisma.ts';

export type ClientStatement = {
  model: string;
  operation: 'read' | 'create' | 'update' | 'delete';
  sql: string;
};

const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

/** SELECT and RETURNING list every scalar; an INSERT leaves out what the database fills. */
export function clientStatements(schema: PrismaSchema): ClientStatement[] {
  return [...schema.models.values()]
    .filter((model) => !model.ignored)
    .flatMap((model) => statementsOf(model, schema));
}

function statementsOf(model: PrismaModel, schema: PrismaSchema): ClientStatement[] {
  const fields = columnsOf(model);
  if (fields.length === 0) return [];
  const table = quoted(model.table);
  const all = fields.map((field) => `${table}.${quoted(field.column)}`).join(', ');
  const sent = fields.filter(
    (field) => field.default !== 'sequence' && field.default !== 'database' && !field.optional,
  );
  const values = sent.map((field) => {
    const cast =
      field.kind === 'enum'
        ? `::${quoted(schema.enums.get(field.type)?.type ?? field.type)}${field.list ? '[]' : ''}`
        : '';
    return `NULL${cast}`;
  });
  const where = `${table}.${quoted(fields[0]?.column ?? '')} IS NOT NULL`;
  const found: ClientStatement[] = [
    { model: model.name, operation: 'read', sql: `SELECT ${all} FROM ${table} WHERE 1 = 1` },
  ];
  if (model.view) return found;
  if (sent.length > 0)
    found.push({
      model: model.name,
      operation: 'create',
      sql: `INSERT INTO ${table} (${sent.map((field) => quoted(field.column)).join(', ')}) VALUES (${values.join(', ')}) RETURNING ${all}`,
    });
  found.push({
    model: model.name,
    operation: 'update',
    sql: `UPDATE ${table} SET ${quoted(fields[0]?.column ?? '')} = ${table}.${quoted(fields[0]?.column ?? '')} WHERE ${where} RETURNING ${all}`,
  });
  found.push({
    model: model.name,
    operation: 'delete',
    sql: `DELETE FROM ${table} WHERE ${where} RETURNING ${all}`,
  });
  return found;
}

const codes: Record<string, string> = {
  '42P01': 'P2021',
  '42703': 'P2022',
  '42704': 'P2039',
  '42883': 'P2007',
  '42804': 'P2007',
  '428C9': 'P2039',
};

/** Prisma's code for what the server said. */
export const prismaCode = (sqlState: string): string => codes[sqlState] ?? '';
