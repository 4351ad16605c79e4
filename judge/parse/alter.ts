// ALTER TABLE (VIEW, INDEX, SEQUENCE, MATERIALIZED VIEW): a list of commands, each an action.
import type { Action } from './action.ts';
import { columnOf, constraintOf } from './columns.ts';
import { relationName } from './nodes.ts';
import { sqlType } from './types.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tree is untyped JSON at this edge.
type Body = any;

type Reader = (table: string, command: Body) => Action;
const option =
  (what: string): Reader =>
  (table, command) => ({
    do: 'table-option',
    table,
    option: command.subtype,
    what,
    ...(command.name ? { name: command.name } : {}),
  });

const replicaIdentity: Record<string, string> = { f: 'FULL', n: 'NOTHING', d: 'DEFAULT' };

const readers: Record<string, Reader> = {
  AT_AddColumn: (table, command) => ({
    do: 'add-column',
    table,
    column: columnOf(command.def?.ColumnDef ?? {}),
    ifNotExists: Boolean(command.missing_ok),
  }),
  AT_DropColumn: (table, command) => ({
    do: 'drop-column',
    table,
    column: command.name,
    cascade: command.behavior === 'DROP_CASCADE',
    ifExists: Boolean(command.missing_ok),
  }),
  AT_AlterColumnType: (table, command) => {
    const definition = command.def?.ColumnDef ?? {};
    const action: Action = {
      do: 'change-type',
      table,
      column: command.name,
      type: sqlType(definition.typeName),
    };
    if (definition.raw_default) action.using = definition.raw_default;
    return action;
  },
  AT_ColumnDefault: (table, command) =>
    command.def && !command.def.A_Const?.isnull
      ? { do: 'set-default', table, column: command.name, expression: command.def }
      : { do: 'drop-default', table, column: command.name },
  AT_SetNotNull: (table, command) => ({ do: 'set-not-null', table, column: command.name }),
  AT_DropNotNull: (table, command) => ({ do: 'drop-not-null', table, column: command.name }),
  AT_AddIdentity: (table, command) => ({
    do: 'add-identity',
    table,
    column: command.name,
    always: command.def?.Constraint?.generated_when === 'a',
    start: (command.def?.Constraint?.options ?? []).some((node: Body) => node.DefElem?.defname === 'start'),
  }),
  AT_SetIdentity: (table, command) => ({ do: 'set-identity', table, column: command.name }),
  AT_DropIdentity: (table, command) => ({ do: 'drop-identity', table, column: command.name }),
  AT_SetExpression: (table, command) => ({ do: 'set-expression', table, column: command.name }),
  AT_DropExpression: (table, command) => ({ do: 'drop-expression', table, column: command.name }),
  AT_AddConstraint: (table, command) => {
    const constraint = constraintOf(command.def?.Constraint ?? {});
    return constraint
      ? { do: 'add-constraint', table, constraint }
      : { do: 'other', kind: 'AT_AddConstraint', name: table };
  },
  AT_DropConstraint: (table, command) => ({
    do: 'drop-constraint',
    table,
    name: command.name,
    cascade: command.behavior === 'DROP_CASCADE',
    ifExists: Boolean(command.missing_ok),
  }),
  AT_ValidateConstraint: (table, command) => ({ do: 'validate-constraint', table, name: command.name }),
  AT_AlterConstraint: (table, command) => ({
    do: 'alter-constraint',
    table,
    name: command.def?.ATAlterConstraint?.conname ?? command.def?.Constraint?.conname ?? '',
  }),
  AT_AttachPartition: (table, command) => ({
    do: 'attach-partition',
    table,
    partition: relationName(command.def?.PartitionCmd?.name),
  }),
  AT_DetachPartition: (table, command) => ({
    do: 'detach-partition',
    table,
    partition: relationName(command.def?.PartitionCmd?.name),
    concurrently: Boolean(command.def?.PartitionCmd?.concurrent),
  }),
  AT_DetachPartitionFinalize: (table, command) => ({
    do: 'detach-partition',
    table,
    partition: relationName(command.def?.PartitionCmd?.name),
    concurrently: true,
  }),
  AT_AddInherit: (table, command) => ({
    do: 'inherit',
    table,
    parent: relationName(command.def?.RangeVar),
    stop: false,
  }),
  AT_DropInherit: (table, command) => ({
    do: 'inherit',
    table,
    parent: relationName(command.def?.RangeVar),
    stop: true,
  }),
  AT_EnableRowSecurity: (table) => ({ do: 'row-security', table, enable: true, force: false }),
  AT_DisableRowSecurity: (table) => ({ do: 'row-security', table, enable: false, force: false }),
  AT_ForceRowSecurity: (table) => ({ do: 'row-security', table, enable: true, force: true }),
  AT_NoForceRowSecurity: (table) => ({ do: 'row-security', table, enable: false, force: true }),
  AT_ChangeOwner: (table) => ({ do: 'owner', name: table, what: 'table' }),
  AT_SetLogged: option('SET LOGGED'),
  AT_SetUnLogged: option('SET UNLOGGED'),
  AT_SetTableSpace: option('SET TABLESPACE'),
  AT_SetAccessMethod: option('SET ACCESS METHOD'),
  AT_SetRelOptions: option('SET (…)'),
  AT_ResetRelOptions: option('RESET (…)'),
  AT_SetStatistics: option('SET STATISTICS'),
  AT_SetOptions: option('SET (…) of a column'),
  AT_ResetOptions: option('RESET (…) of a column'),
  AT_SetStorage: option('SET STORAGE'),
  AT_SetCompression: option('SET COMPRESSION'),
  AT_ClusterOn: option('CLUSTER ON'),
  AT_DropCluster: option('SET WITHOUT CLUSTER'),
  AT_ReplicaIdentity: (table, command) => ({
    do: 'table-option',
    table,
    option: command.subtype,
    what: `REPLICA IDENTITY ${replicaIdentity[command.def?.ReplicaIdentityStmt?.identity_type] ?? 'USING INDEX'}`,
  }),
  AT_EnableTrig: option('ENABLE TRIGGER'),
  AT_EnableAlwaysTrig: option('ENABLE ALWAYS TRIGGER'),
  AT_EnableReplicaTrig: option('ENABLE REPLICA TRIGGER'),
  AT_EnableTrigAll: option('ENABLE TRIGGER ALL'),
  AT_EnableTrigUser: option('ENABLE TRIGGER USER'),
  AT_DisableTrig: option('DISABLE TRIGGER'),
  AT_DisableTrigAll: option('DISABLE TRIGGER ALL'),
  AT_DisableTrigUser: option('DISABLE TRIGGER USER'),
};

export function alterTable(body: Body): Action[] {
  const name = relationName(body.relation);
  const kind: string = body.objtype ?? 'OBJECT_TABLE';
  return (body.cmds ?? []).map((node: Body): Action => {
    const command = node.AlterTableCmd ?? {};
    // On an index or a sequence the same words mean something smaller; ATTACH PARTITION of an index takes no table away.
    if (kind === 'OBJECT_INDEX') return { do: 'other', kind: `ALTER INDEX ${command.subtype}`, name };
    if (kind === 'OBJECT_SEQUENCE')
      return command.subtype === 'AT_ChangeOwner'
        ? { do: 'owner', name, what: 'sequence' }
        : { do: 'alter-sequence', sequence: name, restarts: false };
    if (kind === 'OBJECT_TYPE') return { do: 'other', kind: `ALTER TYPE ${command.subtype}`, name };
    const reader = readers[command.subtype];
    return reader
      ? reader(name, command)
      : { do: 'table-option', table: name, option: command.subtype, what: command.subtype };
  });
}
