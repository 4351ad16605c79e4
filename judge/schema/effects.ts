// What an action locks, rewrites and reads, from its text and the schema before it: PostgreSQL's manual, corrected by
// measurements (test/judge/data). The rehearsal, where there is one, decides over this.
import type { Effect } from '../../core/migrations.ts';
import type { Action, ActionOf } from '../parse/action.ts';
import { relations } from '../parse/nodes.ts';
import { referencing, viewsOver } from './catalogue.ts';
import {
  AX,
  addColumn,
  attach,
  changeType,
  constraintEffects,
  dropTable,
  isNotNull,
  one,
  otherEnds,
  SRX,
  SUX,
  type Surroundings,
  withChildren,
} from './costly.ts';
import { merge } from './locks.ts';
import { schemaOf } from './names.ts';
import { tableLevel } from './options.ts';

/** The effects of a statement: the strongest lock on each relation, and whether anything rewrites or reads it whole. */
export function effectsOf(actions: readonly Action[], around: Surroundings): Effect[] {
  return merge(actions.flatMap((action) => actionEffects(action, around)));
}

function actionEffects(action: Action, around: Surroundings): Effect[] {
  const reader = readers[action.do] as ((action: Action, around: Surroundings) => Effect[]) | undefined;
  return reader ? reader(action, around) : [];
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
    if (action.change === 'other' || action.notValid) return [];
    return [...catalogue.tables.values()]
      .filter((table) => [...table.columns.values()].some((column) => column.type.name === action.type))
      .map((table) => one(table.name, 'SHARE', { scans: true }));
  },
  truncate: (action, { catalogue }) => {
    const hit = new Set(action.tables);
    // CASCADE empties whatever points here, and whatever points there.
    if (action.cascade)
      for (const name of hit) for (const other of referencing(catalogue, name)) hit.add(other.name);
    return [...hit].map((table) => ({ table, lock: AX, rewrites: true, scans: false }));
  },
};
