// The rehearsed server's catalogue in the judge's shape.
import type { SqlType } from '../parse/types.ts';
import { type Catalogue, emptyCatalogue, newTable } from '../schema/catalogue.ts';
import type { Inspection } from './protocol.ts';

const kinds: Record<string, 'table' | 'view' | 'materialized-view' | 'foreign-table'> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
};
const constraintKinds: Record<string, 'check' | 'foreign-key' | 'unique' | 'primary-key' | 'exclusion'> = {
  c: 'check',
  f: 'foreign-key',
  u: 'unique',
  p: 'primary-key',
  x: 'exclusion',
};
const deletes: Record<string, string> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

/** PostgreSQL packs a type's modifiers into one number. */
export function modifiers(type: string, typmod: number): number[] {
  if (typmod < 0) return [];
  if (type === 'varchar' || type === 'bpchar') return [typmod - 4];
  if (type === 'numeric') return [((typmod - 4) >> 16) & 0xffff, (typmod - 4) & 0x7ff];
  if (type === 'interval') return (typmod & 0xffff) === 0xffff ? [] : [typmod & 0xffff];
  return [typmod];
}

const sqlType = (name: string, schema: string, typmod: number, array: boolean): SqlType => ({
  name: schema === 'public' || schema === 'pg_catalog' ? name : `${schema}.${name}`,
  mods: modifiers(name, typmod),
  array,
});

export function toCatalogue(inspection: Inspection): Catalogue {
  const catalogue = emptyCatalogue();
  for (const entry of inspection.tables) {
    const table = newTable(entry.name, kinds[entry.kind] ?? 'table');
    table.partitioned = entry.partitioned;
    if (entry.partitionOf) table.partitionOf = entry.partitionOf;
    table.rowSecurity = entry.rowSecurity;
    table.reads = entry.reads;
    catalogue.tables.set(entry.name, table);
  }
  for (const column of inspection.columns) {
    catalogue.tables.get(column.table)?.columns.set(column.name, {
      name: column.name,
      type: sqlType(column.type, column.typeSchema, column.typmod, column.array),
      notNull: column.notNull,
      default: column.default,
      ...(column.identity === 'a'
        ? { identity: 'always' as const }
        : column.identity === 'd'
          ? { identity: 'by-default' as const }
          : {}),
    });
  }
  for (const entry of inspection.constraints) {
    const kind = constraintKinds[entry.kind];
    if (!kind) continue;
    const proof = /^CHECK \(\((?:"([^"]+)"|(\w+)) IS NOT NULL\)\)/.exec(entry.definition);
    catalogue.tables.get(entry.table)?.constraints.set(entry.name, {
      name: entry.name,
      kind,
      columns: entry.columns,
      validated: entry.validated,
      provesNotNull: proof ? [proof[1] ?? proof[2] ?? ''] : [],
      ...(entry.references
        ? {
            references: {
              table: entry.references,
              columns: entry.referencedColumns,
              onDelete: deletes[entry.onDelete] ?? 'no action',
              onUpdate: deletes[entry.onUpdate] ?? 'no action',
            },
          }
        : {}),
    });
  }
  for (const index of inspection.indexes) catalogue.indexes.set(index.name, index);
  for (const entry of inspection.enums) catalogue.enums.set(entry.name, entry.values);
  for (const domain of inspection.domains)
    catalogue.domains.set(domain.name, {
      base: { name: domain.base, mods: modifiers(domain.base, domain.typmod), array: false },
      constrained: domain.constrained,
    });
  return catalogue;
}
