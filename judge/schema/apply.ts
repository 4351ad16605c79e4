// Carries a catalogue over one action: how the schema looks after it, as far as the text tells.
// What the text does not tell (code in a DO block, a function's effects) stays as it was; the rehearsal knows better.
import type { Action, ActionOf } from '../parse/action.ts';
import { calls, relations } from '../parse/nodes.ts';
import { printExpression } from '../parse/print.ts';
import { type Catalogue, detach, newTable, type Part, parts } from './catalogue.ts';
import {
  addColumn,
  addConstraint,
  alter,
  copyViewColumns,
  dropColumn,
  dropIndex,
  dropTable,
  freeName,
  tableOf,
} from './change.ts';
import { schemaOf, withSchema } from './names.ts';
import { renames } from './rename.ts';

/** `place`: the statement's place in the pending set; undefined while the history is read. */
export function apply(catalogue: Catalogue, action: Action, place?: number): void {
  const change = changes[action.do] as
    | ((catalogue: Catalogue, action: Action, place?: number) => void)
    | undefined;
  if (!change) return;
  // What a copy of this catalogue still shares with it must not change under it.
  for (const part of touched[action.do] ?? parts) detach(catalogue, part);
  change(catalogue, action, place);
}

/** The parts that an action changes, where those are not all of them: most change one table. */
const touched: Partial<Record<Action['do'], readonly Part[]>> = {
  'change-type': ['tables'],
  'set-default': ['tables'],
  'drop-default': ['tables'],
  'set-not-null': ['tables'],
  'drop-not-null': ['tables'],
  'add-identity': ['tables'],
  'drop-identity': ['tables'],
  'drop-expression': ['tables'],
  'validate-constraint': ['tables'],
  'row-security': ['tables'],
  'create-trigger': ['tables'],
  'create-view': ['tables'],
  inherit: ['tables'],
  'attach-partition': ['tables'],
  'detach-partition': ['tables'],
  select: ['tables'],
  'create-index': ['indexes'],
  'add-column': ['tables', 'indexes', 'sequences'],
  'create-table': ['tables', 'indexes', 'sequences'],
  'drop-column': ['tables', 'indexes'],
  'add-constraint': ['tables', 'indexes'],
  'drop-constraint': ['tables', 'indexes'],
  'create-enum': ['enums'],
  'add-enum-value': ['enums'],
  'create-domain': ['domains'],
  'create-sequence': ['sequences'],
  'create-function': ['functions'],
  'create-extension': ['extensions'],
  'create-schema': ['schemas'],
};

type Changes = { [K in Action['do']]?: (catalogue: Catalogue, action: ActionOf<K>, place?: number) => void };

const changes: Changes = {
  ...renames,
  'create-table': (catalogue, action, place) => {
    if (action.ifNotExists && catalogue.tables.get(action.table)?.known) return;
    const table = newTable(action.table);
    table.partitioned = action.partitioned;
    if (place !== undefined) table.madeBy = place;
    catalogue.tables.set(action.table, table);
    for (const parent of [
      ...action.likes,
      ...action.inherits,
      ...(action.partitionOf ? [action.partitionOf] : []),
    ]) {
      for (const column of catalogue.tables.get(parent)?.columns.values() ?? [])
        table.columns.set(column.name, column);
    }
    table.parents = [...action.inherits];
    if (action.partitionOf) {
      table.partitionOf = action.partitionOf;
      if (action.default) tableOf(catalogue, action.partitionOf).hasDefaultPartition = true;
    }
    for (const column of action.columns) addColumn(catalogue, table, column, place);
    for (const constraint of action.constraints) addConstraint(catalogue, table, constraint, place);
  },
  drop: (catalogue, action) => {
    for (const name of action.names) {
      if (['table', 'view', 'materialized-view', 'foreign-table'].includes(action.what))
        dropTable(catalogue, name);
      if (action.what === 'index') dropIndex(catalogue, name);
      if (action.what === 'sequence') catalogue.sequences.delete(name);
      if (action.what === 'type') catalogue.enums.delete(name);
      if (action.what === 'domain') catalogue.domains.delete(name);
      if (action.what === 'extension') catalogue.extensions.delete(name);
      if (action.what === 'function') catalogue.functions.delete(name);
      if (action.what === 'schema') {
        catalogue.schemas.delete(name);
        for (const table of [...catalogue.tables.keys()])
          if (schemaOf(table) === name) dropTable(catalogue, table);
      }
    }
    if (action.what === 'trigger' && action.table) {
      const table = tableOf(catalogue, action.table);
      table.triggers = table.triggers.filter((trigger) => !action.names.includes(trigger.name));
    }
  },
  'add-column': (catalogue, action, place) => {
    const table = tableOf(catalogue, action.table);
    if (!(action.ifNotExists && table.columns.has(action.column.name)))
      addColumn(catalogue, table, action.column, place);
  },
  'drop-column': (catalogue, action) =>
    dropColumn(catalogue, tableOf(catalogue, action.table), action.column),
  'change-type': (catalogue, action) =>
    alter(tableOf(catalogue, action.table), action.column, { type: action.type }),
  'set-default': (catalogue, action) => {
    const sql = printExpression(action.expression);
    alter(tableOf(catalogue, action.table), action.column, {
      default: calls(action.expression).includes('nextval') ? 'sequence' : 'expression',
      ...(sql === undefined ? {} : { defaultSql: sql }),
    });
  },
  'drop-default': (catalogue, action) =>
    alter(tableOf(catalogue, action.table), action.column, { default: 'none' }),
  'set-not-null': (catalogue, action) =>
    alter(tableOf(catalogue, action.table), action.column, { notNull: true }),
  'drop-not-null': (catalogue, action) =>
    alter(tableOf(catalogue, action.table), action.column, { notNull: false }),
  'add-identity': (catalogue, action) =>
    alter(tableOf(catalogue, action.table), action.column, {
      default: 'sequence',
      identity: action.always ? 'always' : 'by-default',
    }),
  'drop-identity': (catalogue, action) =>
    alter(tableOf(catalogue, action.table), action.column, { default: 'none' }),
  'drop-expression': (catalogue, action) =>
    alter(tableOf(catalogue, action.table), action.column, { default: 'none' }),
  'add-constraint': (catalogue, action, place) =>
    addConstraint(catalogue, tableOf(catalogue, action.table), action.constraint, place),
  'drop-constraint': (catalogue, action) => {
    const table = tableOf(catalogue, action.table);
    table.constraints.delete(action.name);
    dropIndex(catalogue, withSchema(action.name, table.name));
  },
  'validate-constraint': (catalogue, action) => {
    const table = tableOf(catalogue, action.table);
    const constraint = table.constraints.get(action.name);
    if (constraint) table.constraints.set(action.name, { ...constraint, validated: true });
  },
  inherit: (catalogue, action) => {
    const table = tableOf(catalogue, action.table);
    table.parents = action.stop
      ? table.parents.filter((parent) => parent !== action.parent)
      : [...table.parents, action.parent];
  },
  'attach-partition': (catalogue, action) => {
    tableOf(catalogue, action.table).partitioned = true;
    tableOf(catalogue, action.partition).partitionOf = action.table;
  },
  'detach-partition': (catalogue, action) => {
    delete tableOf(catalogue, action.partition).partitionOf;
  },
  'row-security': (catalogue, action) => {
    if (!action.force) tableOf(catalogue, action.table).rowSecurity = action.enable;
  },
  'create-index': (catalogue, action, place) => {
    const bare = action.table.split('.').at(-1) ?? action.table;
    const taken = (candidate: string): boolean => catalogue.indexes.has(withSchema(candidate, action.table));
    const name = withSchema(
      action.name ??
        freeName(taken, [bare, ...(action.columns.length ? action.columns : ['expr']), 'idx'].join('_')),
      action.table,
    );
    if (action.ifNotExists && catalogue.indexes.has(name)) return;
    catalogue.indexes.set(name, {
      name,
      table: action.table,
      columns: action.columns,
      unique: action.unique,
      primary: false,
      partial: action.partial,
      expressions: action.expressions,
      valid: true,
      ...(place === undefined ? {} : { madeBy: place }),
    });
  },
  'create-enum': (catalogue, action) => void catalogue.enums.set(action.type, action.values),
  'add-enum-value': (catalogue, action) => {
    const values = catalogue.enums.get(action.type) ?? [];
    if (!values.includes(action.value)) catalogue.enums.set(action.type, [...values, action.value]);
  },
  'create-domain': (catalogue, action) =>
    void catalogue.domains.set(action.type, {
      base: action.base,
      constrained: action.constraints.length > 0,
    }),
  'create-view': (catalogue, action, place) => {
    const replaced = catalogue.tables.get(action.view);
    const view = newTable(action.view, action.materialized ? 'materialized-view' : 'view');
    view.reads = relations(action.query);
    // A view's columns are known where it is SELECT * or names columns; the rehearsal knows them always.
    copyViewColumns(catalogue, view, action.query);
    const place_ = replaced?.known ? replaced.madeBy : place;
    if (place_ !== undefined) view.madeBy = place_;
    catalogue.tables.set(action.view, view);
  },
  'create-sequence': (catalogue, action) => void catalogue.sequences.add(action.sequence),
  'create-trigger': (catalogue, action) =>
    void tableOf(catalogue, action.table).triggers.push({
      name: action.name,
      events: action.events,
      calls: action.calls,
    }),
  'create-function': (catalogue, action) =>
    void catalogue.functions.set(action.name, { language: action.language, body: action.body }),
  'create-extension': (catalogue, action) => void catalogue.extensions.add(action.name),
  'create-schema': (catalogue, action) => void catalogue.schemas.add(action.name),
  select: (catalogue, action, place) => {
    if (!action.into) return;
    const table = newTable(action.into);
    if (place !== undefined) table.madeBy = place;
    catalogue.tables.set(action.into, table);
  },
};
