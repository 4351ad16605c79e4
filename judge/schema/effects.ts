// What an action locks, rewrites and reads, from its text and the schema before it: PostgreSQL's manual, corrected by
// measurements (test/judge/data). The rehearsal, where there is one, decides over this.
import type { Effect, LockMode } from '../../core/migrations.ts';
import type { Action, ActionOf, Column, Constraint } from '../parse/action.ts';
import { relations } from '../parse/nodes.ts';
import type { Catalogue, CatalogueConstraint } from './catalogue.ts';
import { indexesOf, partitionsOf, referencing, viewsOver } from './catalogue.ts';
import { keepsRows, plainUsing, rebuildsIndexes } from './coercion.ts';
import { schemaOf, withSchema } from './names.ts';
import { tableLevel } from './options.ts';
import { isVolatile } from './volatility.ts';

const strength: LockMode[] = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
];
export const lockStrength = (mode: LockMode): number => strength.indexOf(mode) + 1;
/** LOCK TABLE's mode as the tree has it: 1 is ACCESS SHARE. */
export const lockByNumber = (mode: number): LockMode => strength[mode - 1] ?? 'ACCESS EXCLUSIVE';

export type Surroundings = { catalogue: Catalogue; utc: boolean };

const one = (table: string, lock: LockMode, more: { rewrites?: boolean; scans?: boolean } = {}): Effect => ({
  table,
  lock,
  rewrites: more.rewrites ?? false,
  scans: more.scans ?? more.rewrites ?? false,
});
const AX = 'ACCESS EXCLUSIVE';
const SRX = 'SHARE ROW EXCLUSIVE';
const SUX = 'SHARE UPDATE EXCLUSIVE';

/** The effects of a statement: the strongest lock on each relation, and whether anything rewrites or reads it whole. */
export function effectsOf(actions: readonly Action[], around: Surroundings): Effect[] {
  return merge(actions.flatMap((action) => actionEffects(action, around)));
}

export function merge(effects: readonly Effect[]): Effect[] {
  const by = new Map<string, Effect>();
  for (const effect of effects) {
    const before = by.get(effect.table);
    by.set(
      effect.table,
      before
        ? {
            table: effect.table,
            lock: lockStrength(before.lock) >= lockStrength(effect.lock) ? before.lock : effect.lock,
            rewrites: before.rewrites || effect.rewrites,
            scans: before.scans || effect.scans,
          }
        : effect,
    );
  }
  return [...by.values()];
}

function actionEffects(action: Action, around: Surroundings): Effect[] {
  const reader = readers[action.do] as ((action: Action, around: Surroundings) => Effect[]) | undefined;
  return reader ? reader(action, around) : [];
}

/** Partitions and children take part in what happens to their parent. */
function withChildren(effect: Effect, { catalogue }: Surroundings): Effect[] {
  return [
    effect,
    ...partitionsOf(catalogue, effect.table).flatMap((child) =>
      withChildren({ ...effect, table: child.name }, { catalogue, utc: true }),
    ),
  ];
}

function constraintEffects(
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

function isNotNull({ catalogue }: Surroundings, table: string, column: string): boolean {
  const entry = catalogue.tables.get(table);
  if (entry?.columns.get(column)?.notNull) return true;
  return [...(entry?.constraints.values() ?? [])].some(
    (constraint) => constraint.validated && constraint.provesNotNull.includes(column),
  );
}

function addColumn(table: string, column: Column, around: Surroundings): Effect[] {
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
function otherEnds(
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

function dropTable(name: string, cascade: boolean, around: Surroundings): Effect[] {
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

function changeType(action: ActionOf<'change-type'>, around: Surroundings): Effect[] {
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

const sameFamily = (from: string | undefined, to: string): boolean => from === to;

function attach(action: ActionOf<'attach-partition'>, around: Surroundings): Effect[] {
  const defaults = partitionsOf(around.catalogue, action.table).filter(
    () => around.catalogue.tables.get(action.table)?.hasDefaultPartition,
  );
  return [
    one(action.table, SUX),
    one(action.partition, AX, { scans: true }),
    ...defaults.slice(-1).map((child) => one(child.name, AX, { scans: true })),
  ];
}

type Readers = { [K in Action['do']]?: (action: ActionOf<K>, around: Surroundings) => Effect[] };

const readers: Readers = {
  ...tableLevel,
  'create-table': (action, _around) => [
    ...[...action.constraints, ...action.columns.flatMap((column) => column.constraints)].flatMap(
      (constraint) =>
        constraint.references && constraint.references.table !== action.table
          ? [one(constraint.references.table, SRX)]
          : [],
    ),
    ...(action.partitionOf ? [one(action.partitionOf, AX)] : []),
    ...action.inherits.map((parent) => one(parent, SUX)),
    ...action.likes.map((like) => one(like, 'ACCESS SHARE')),
    ...relations(action.query).map((read) => one(read, 'ACCESS SHARE', { scans: true })),
  ],
  drop: (action, around) => {
    const { catalogue } = around;
    if (action.what === 'table' || action.what === 'foreign-table')
      return action.names.flatMap((name) => dropTable(name, action.cascade, around));
    if (action.what === 'view' || action.what === 'materialized-view')
      return action.names.flatMap((name) => [
        one(name, AX),
        ...(action.cascade ? viewsOver(catalogue, name).map((view) => one(view.name, AX)) : []),
      ]);
    if (action.what === 'index')
      return action.names.flatMap((name) => {
        const table = catalogue.indexes.get(name)?.table;
        return table ? [one(table, action.concurrently ? SUX : AX)] : [];
      });
    if (['trigger', 'policy', 'rule'].includes(action.what) && action.table) return [one(action.table, AX)];
    if (action.what === 'type' || action.what === 'domain') {
      if (!action.cascade) return [];
      return [...catalogue.tables.values()]
        .filter((table) =>
          [...table.columns.values()].some((column) => action.names.includes(column.type.name)),
        )
        .map((table) => one(table.name, AX));
    }
    if (action.what === 'schema')
      return [...catalogue.tables.keys()]
        .filter((name) => action.names.includes(schemaOf(name)))
        .map((name) => one(name, AX));
    return [];
  },
  'add-column': (action, around) => addColumn(action.table, action.column, around),
  'drop-column': (action, around) => {
    const table = around.catalogue.tables.get(action.table);
    const touching = [...(table?.constraints.values() ?? [])].filter((constraint) =>
      constraint.columns.includes(action.column),
    );
    return [
      ...withChildren(one(action.table, AX), around),
      ...otherEnds(around, action.table, touching, action.cascade),
      // Which of a view's columns come from this one the text does not tell: with CASCADE each view over it may go.
      ...(action.cascade ? viewsOver(around.catalogue, action.table).map((view) => one(view.name, AX)) : []),
    ];
  },
  'change-type': changeType,
  'set-not-null': (action, around) =>
    withChildren(one(action.table, AX, { scans: !isNotNull(around, action.table, action.column) }), around),
  'set-expression': (action, around) => withChildren(one(action.table, AX, { rewrites: true }), around),
  'add-constraint': (action, around) => constraintEffects(action.table, action.constraint, around),
  'drop-constraint': (action, around) => {
    const constraint = around.catalogue.tables.get(action.table)?.constraints.get(action.name);
    return [
      ...withChildren(one(action.table, AX), around),
      ...otherEnds(around, action.table, constraint ? [constraint] : [], action.cascade),
    ];
  },
  'validate-constraint': (action, around) => {
    const constraint = around.catalogue.tables.get(action.table)?.constraints.get(action.name);
    const target = constraint?.references?.table;
    return [
      ...withChildren(one(action.table, SUX, { scans: true }), around),
      ...(target && target !== action.table ? [one(target, 'ROW SHARE')] : []),
    ];
  },
  'attach-partition': attach,
  'create-index': (action, around) => {
    const effect = one(action.table, action.concurrently ? SUX : 'SHARE', { scans: true });
    // ONLY a partitioned table has no rows of its own to be read.
    const table = around.catalogue.tables.get(action.table);
    const empty = action.only && (table === undefined || table.partitioned || !table.known);
    return empty ? [{ ...effect, scans: false }] : withChildren(effect, around);
  },
  reindex: (action, { catalogue }) => {
    const lock = action.concurrently ? SUX : 'SHARE';
    if (action.what === 'index') {
      const table = catalogue.indexes.get(action.name)?.table;
      return table ? [one(table, lock, { scans: true })] : [];
    }
    if (action.what === 'table') return [one(action.name, lock, { scans: true })];
    return [...catalogue.tables.values()]
      .filter((table) => table.kind === 'table')
      .map((table) => one(table.name, lock, { scans: true }));
  },
  'create-view': (action, { catalogue }) => [
    ...(action.replace && catalogue.tables.has(action.view) ? [one(action.view, AX)] : []),
    ...relations(action.query).map((read) =>
      one(read, 'ACCESS SHARE', { scans: action.materialized && action.withData }),
    ),
  ],
  refresh: (action, { catalogue }) => [
    one(action.view, action.concurrently ? 'EXCLUSIVE' : AX, { rewrites: !action.concurrently }),
    ...(catalogue.tables.get(action.view)?.reads ?? []).map((read) =>
      one(read, 'ACCESS SHARE', { scans: true }),
    ),
  ],
  'alter-domain': (action, { catalogue }) => {
    if (action.change === 'other') return [];
    return [...catalogue.tables.values()]
      .filter((table) => [...table.columns.values()].some((column) => column.type.name === action.type))
      .map((table) => one(table.name, 'SHARE', { scans: !action.notValid }));
  },
  truncate: (action, { catalogue }) => {
    const hit = new Set(action.tables);
    // CASCADE empties whatever points here, and whatever points there.
    if (action.cascade)
      for (const name of hit) for (const other of referencing(catalogue, name)) hit.add(other.name);
    return [...hit].map((table) => ({ table, lock: AX, rewrites: true, scans: false }));
  },
};
