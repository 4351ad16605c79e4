// Effects that need nothing but the table's name.
import type { Effect, LockMode } from '../../core/migrations.ts';
import type { Action, ActionOf } from '../parse/action.ts';
import { relations } from '../parse/nodes.ts';
import type { Surroundings } from './costly.ts';

const one = (table: string, lock: LockMode, scans = false, rewrites = false): Effect => ({
  table,
  lock,
  rewrites,
  scans,
});
const AX = 'ACCESS EXCLUSIVE';
const SRX = 'SHARE ROW EXCLUSIVE';
const SUX = 'SHARE UPDATE EXCLUSIVE';

/** ALTER TABLE's lesser forms by what they lock; those not named here take ACCESS EXCLUSIVE. */
const optionLocks: Record<string, LockMode> = {
  AT_SetRelOptions: SUX,
  AT_ResetRelOptions: SUX,
  AT_SetStatistics: SUX,
  AT_SetOptions: SUX,
  AT_ResetOptions: SUX,
  AT_ClusterOn: SUX,
  AT_DropCluster: SUX,
  AT_EnableTrig: SRX,
  AT_EnableAlwaysTrig: SRX,
  AT_EnableReplicaTrig: SRX,
  AT_EnableTrigAll: SRX,
  AT_EnableTrigUser: SRX,
  AT_DisableTrig: SRX,
  AT_DisableTrigAll: SRX,
  AT_DisableTrigUser: SRX,
};
const rewriting = new Set(['AT_SetUnLogged', 'AT_SetAccessMethod']);

const brief = (action: { table: string }): Effect[] => [one(action.table, AX)];
const locks = ['ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE', SUX, 'SHARE', SRX, 'EXCLUSIVE', AX] as const;

type Readers = { [K in Action['do']]?: (action: ActionOf<K>, around: Surroundings) => Effect[] };

export const tableLevel: Readers = {
  'set-default': brief,
  'drop-default': brief,
  'drop-not-null': brief,
  'add-identity': brief,
  'set-identity': brief,
  'drop-identity': brief,
  'drop-expression': brief,
  'alter-constraint': brief,
  'rename-column': brief,
  'rename-constraint': brief,
  // Renaming an index does not touch its table since PostgreSQL 12.
  'rename-table': (action, { catalogue }) =>
    action.what === 'index' || action.what === 'sequence' || catalogue.indexes.has(action.table)
      ? []
      : brief(action),
  'set-schema': (action) => (action.what === 'table' ? [one(action.name, AX)] : []),
  'table-option': (action) => {
    const rewrites = rewriting.has(action.option);
    return [one(action.table, optionLocks[action.option] ?? AX, rewrites, rewrites)];
  },
  inherit: (action) => [one(action.table, AX), one(action.parent, SUX)],
  'detach-partition': (action) => [
    one(action.table, action.concurrently ? SUX : AX),
    one(action.partition, AX),
  ],
  'row-security': brief,
  'create-trigger': (action) => [one(action.table, SRX)],
  'create-rule': brief,
  policy: brief,
  owner: (action) => (action.what === 'table' ? [one(action.name, AX)] : []),
  comment: (action) =>
    action.what === 'table' || action.what === 'column'
      ? [
          one(
            action.what === 'column'
              ? action.name.split('.').slice(0, -1).join('.') || action.name
              : action.name,
            SUX,
          ),
        ]
      : [],
  'create-publication': ({ tables }) => (tables === 'all' ? [] : tables.map((table) => one(table, SUX))),
  'create-statistics': (action) => action.tables.map((table) => one(table, SUX)),
  'lock-table': (action) => action.tables.map((table) => one(table, locks[action.mode - 1] ?? AX)),
  update: (action) => [
    one(action.table, 'ROW EXCLUSIVE', true),
    ...reads([action.where, action.sets], action.table),
  ],
  delete: (action) => [one(action.table, 'ROW EXCLUSIVE', true), ...reads(action.where, action.table)],
  insert: (action) => [
    one(action.table, 'ROW EXCLUSIVE'),
    ...action.reads
      .filter((table) => table !== action.table)
      .map((table) => one(table, 'ACCESS SHARE', true)),
  ],
  merge: (action) => [one(action.table, 'ROW EXCLUSIVE', true)],
  copy: (action) =>
    action.table ? [one(action.table, action.from ? 'ROW EXCLUSIVE' : 'ACCESS SHARE', !action.from)] : [],
  select: (action) =>
    action.reads.map((table) => one(table, action.locking ? 'ROW SHARE' : 'ACCESS SHARE', true)),
  vacuum: (action) =>
    action.tables.map((table) => one(table, action.full ? AX : SUX, action.vacuum, action.full)),
  cluster: (action) => (action.table ? [one(action.table, AX, true, true)] : []),
};

const reads = (node: unknown, except: string): Effect[] =>
  relations(node)
    .filter((table) => table !== except)
    .map((table) => one(table, 'ACCESS SHARE', true));
