// A column's type as the catalogue would name it: `int4`, not `integer` or `int`.
import type { ColumnDef as ColumnNode, Node, TypeName } from 'libpg-query';
import { strings } from './nodes.ts';

export type SqlType = {
  /** The catalogue's name, with the schema in front where it is neither pg_catalog nor public. */
  name: string;
  mods: number[];
  array: boolean;
  /** serial, bigserial, smallserial: a type only in CREATE and ADD COLUMN. */
  serial?: boolean;
};

const aliases: Record<string, string> = {
  serial: 'int4',
  serial4: 'int4',
  bigserial: 'int8',
  serial8: 'int8',
  smallserial: 'int2',
  serial2: 'int2',
};
/** Names that the grammar leaves as words because they are no keywords. */
const words: Record<string, string> = {
  decimal: 'numeric',
  int: 'int4',
  integer: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  real: 'float4',
};

export function sqlType(type: TypeName | undefined): SqlType {
  if (!type) return { name: '', mods: [], array: false };
  const names = strings(type.names);
  if (names[0] === 'pg_catalog' || names[0] === 'public') names.shift();
  let name = names.join('.');
  const serial = name in aliases;
  name = aliases[name] ?? words[name] ?? name;
  const mods = (type.typmods ?? []).map(constant).filter((value): value is number => value !== undefined);
  // `char` without a length is char(1).
  if (name === 'bpchar' && mods.length === 0) mods.push(1);
  // interval's first modifier is the set of fields; the second, where there is one, the precision.
  if (name === 'interval') mods.splice(0, 1);
  const result: SqlType = { name, mods, array: (type.arrayBounds?.length ?? 0) > 0 };
  if (serial) result.serial = true;
  return result;
}

function constant(node: Node): number | undefined {
  const value = (node as { A_Const?: { ival?: { ival?: number } } }).A_Const?.ival;
  return value ? (value.ival ?? 0) : undefined;
}

export const columnType = (column: ColumnNode): SqlType => sqlType(column.typeName);

const shown: Record<string, string> = {
  int4: 'integer',
  int8: 'bigint',
  int2: 'smallint',
  bool: 'boolean',
  float8: 'double precision',
  float4: 'real',
  bpchar: 'char',
  timestamptz: 'timestamptz',
  varchar: 'varchar',
};

/** As a person writes it: `varchar(20)[]`. */
export function showType(type: SqlType): string {
  const mods = type.mods.length > 0 ? `(${type.mods.join(',')})` : '';
  return `${shown[type.name] ?? type.name}${mods}${type.array ? '[]' : ''}`;
}

/** As SQL: a type of one's own may need quotes. */
export function typeSql(type: SqlType): string {
  return /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(type.name)
    ? showType(type)
    : `${type.name
        .split('.')
        .map((part) => `"${part.replaceAll('"', '""')}"`)
        .join('.')}${type.array ? '[]' : ''}`;
}

export const sameType = (a: SqlType, b: SqlType): boolean => showType(a) === showType(b);
