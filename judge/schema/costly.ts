// The effects of the actions that depend on more than the table's name: columns, constraints, drops, types, partitions.
import type { Effect, LockMode } from '../../core/migrations.ts';
import type { ActionOf, Column, Constraint } from '../parse/action.ts';
import {
  type Catalogue,
  type CatalogueConstraint,
  indexesOf,
  partitionsOf,
  referencing,
  viewsOver,
} from './catalogue.ts';
import { keepsRows, plainUsing, rebuildsIndexes } from './coercion.ts';
import { withSchema } from './names.ts';
import { isVolatile } from './volatility.ts';

export type Surroundings = { catalogue: Catalogue; utc: boolean };

export const one = (
  table: string,
  lock: LockMode,
  more: { rewrites?: boolean; scans?: boolean } = {},
): Effect => ({
  table,
  lock,
  rewrites: more.rewrites ?? false,
  scans: more.scans ?? more.rewrites ?? false,
});

export const AX = 'ACCESS EXCLUSIVE';

export const SRX = 'SHARE ROW EXCLUSIVE';

export const SUX = 'SHARE UPDATE EXCLUSIVE';

/** Partitions and children take part in what happens to their parent. */
export function withChildren(effect: Effect, { catalogue }: Surroundings): Effect[] {
  return [
    effect,
    ...partitionsOf(catalogue, effect.table).flatMap((child) =>
      withChildren({ ...effect, table: child.name }, { catalogue, utc: true }),
    ),
  ];
}

export function constraintEffects(
  table: string,
  constraint: Constraint,
  around: Surroundings,
  fresh = false,
): Effect[] {
  const { catalogue } = around;
  const checked = !constraint.notValid && constraint.enforced && !fresh;
  if (constraint.kind === 'foreign-key' && constraint.references) {
    const target = one(constraint.references.table, SRX, { scans: checked });
    return [
      ...withChildren(one(table, SRX, { scans: checked }), around),
      ...(constraint.references.table === table ? [] : [target]),
    ];
  }
  if (constraint.usingIndex) {
    // A primary key makes its columns NOT NULL, and that reads the table where they were not.
    const index = catalogue.indexes.get(withSchema(constraint.usingIndex, table));
    const columns = catalogue.tables.get(table)?.columns;
    const nullable =
      constraint.kind === 'primary-key' &&
      (index?.columns ?? []).some((column) => !isNotNull(around, table, column) && columns?.has(column));
    return [one(table, AX, { scans: nullable })];
  }
  return withChildren(one(table, AX, { scans: checked }), around);
}

export function isNotNull({ catalogue }: Surroundings, table: string, column: string): boolean {
  const entry = catalogue.tables.get(table);
  if (entry?.columns.get(column)?.notNull) return true;
  return [...(entry?.constraints.values() ?? [])].some(
    (constraint) => constraint.validated && constraint.provesNotNull.includes(column),
  );
}

export function addColumn(table: string, column: Column, around: Surroundings): Effect[] {
  const domain = around.catalogue.domains.get(column.type.name);
  const rewrites = rewritesRows(column, around.catalogue) || Boolean(domain?.constrained);
  const checked = column.constraints.some(
    (constraint) =>
      ['check', 'unique', 'primary-key', 'exclusion'].includes(constraint.kind) && !constraint.notValid,
  );
  const effects = withChildren(one(table, AX, { rewrites, scans: rewrites || checked }), around);
  for (const constraint of column.constraints) {
    // Without a default every row is NULL, and NULL needs no partner: nothing is read.
    if (constraint.references && constraint.references.table !== table)
      effects.push(
        one(constraint.references.table, SRX, {
          scans: column.default !== undefined && !constraint.notValid,
        }),
      );
  }
  return effects;
}

/** A column whose values differ from row to row, so that every row is written. */
export function rewritesRows(column: Column, catalogue: Catalogue): boolean {
  if (column.type.serial || column.identity) return true;
  if (column.generated) return column.generated.stored;
  return isVolatile(column.default, catalogue);
}

/** Tables at the other end of a constraint that goes away or is built anew. */
export function otherEnds(
  { catalogue }: Surroundings,
  table: string,
  constraints: readonly CatalogueConstraint[],
  cascade: boolean,
): Effect[] {
  const effects: Effect[] = [];
  for (const constraint of constraints) {
    if (constraint.references && constraint.references.table !== table)
      effects.push(one(constraint.references.table, AX));
    if (cascade && (constraint.kind === 'primary-key' || constraint.kind === 'unique'))
      for (const other of referencing(catalogue, table))
        if (other.name !== table) effects.push(one(other.name, AX));
  }
  return effects;
}

export function dropTable(name: string, cascade: boolean, around: Surroundings): Effect[] {
  const { catalogue } = around;
  const table = catalogue.tables.get(name);
  const effects = [
    one(name, AX),
    ...otherEnds(around, name, [...(table?.constraints.values() ?? [])], cascade),
  ];
  for (const child of partitionsOf(catalogue, name))
    if (child.partitionOf === name) effects.push(one(child.name, AX));
  if (table?.partitionOf) effects.push(one(table.partitionOf, AX));
  if (cascade) {
    for (const view of viewsOver(catalogue, name)) effects.push(one(view.name, AX));
    for (const other of referencing(catalogue, name))
      if (other.name !== name) effects.push(one(other.name, AX));
  }
  return effects;
}

export function changeType(action: ActionOf<'change-type'>, around: Surroundings): Effect[] {
  const { catalogue } = around;
  const table = catalogue.tables.get(action.table);
  const from = table?.columns.get(action.column)?.type;
  const keeps = plainUsing(action.using, action.column, action.type)
    ? keepsRows(from, action.type, catalogue, around.utc)
    : false;
  const touching = [...(table?.constraints.values() ?? [])].filter((constraint) =>
    constraint.columns.includes(action.column),
  );
  const rescans =
    touching.some((constraint) => constraint.kind === 'check' && constraint.validated) ||
    (rebuildsIndexes(from, action.type) &&
      indexesOf(catalogue, action.table).some((index) => index.columns.includes(action.column)));
  const effects = withChildren(
    one(action.table, AX, { rewrites: keeps !== true, scans: keeps !== true || rescans }),
    around,
  );
  if (keeps !== true || !sameFamily(from?.name, action.type.name)) {
    effects.push(...otherEnds(around, action.table, touching, false));
    for (const other of referencing(catalogue, action.table)) {
      if (other.name === action.table) continue;
      const hit = [...other.constraints.values()].some(
        (constraint) =>
          constraint.references?.table === action.table &&
          (constraint.references.columns.length === 0 ||
            constraint.references.columns.includes(action.column)),
      );
      if (hit) effects.push(one(other.name, AX, { scans: true }));
    }
  }
  return effects;
}

export const sameFamily = (from: string | undefined, to: string): boolean => from === to;

export function attach(action: ActionOf<'attach-partition'>, around: Surroundings): Effect[] {
  const defaults = partitionsOf(around.catalogue, action.table).filter(
    () => around.catalogue.tables.get(action.table)?.hasDefaultPartition,
  );
  return [
    one(action.table, SUX),
    one(action.partition, AX, { scans: true }),
    ...defaults.slice(-1).map((child) => one(child.name, AX, { scans: true })),
  ];
}
