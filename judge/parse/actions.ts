// From the parser's tree to actions. One table by kind of statement; what has no row is `other`, never dropped.
// It is one table, and longer than 250 lines for that: the place that shows which statements are told apart. ALTER TABLE is in alter.ts.
import type { Node, RangeVar } from 'libpg-query';
import type { Action } from './action.ts';
import { alterTable } from './alter.ts';
import { constraintOf } from './columns.ts';
import { bodyOf, calls, kindOf, objectName, qualified, relationName, strings } from './nodes.ts';
import {
  type Body,
  concurrently,
  createTable,
  drop,
  events,
  functionBody,
  index,
  noun,
  options,
  publication,
  reindexKinds,
  rename,
  settingValue,
  transactions,
  vacuum,
} from './readers.ts';
import { change, insert, select, withQueries } from './rows.ts';
import { sqlType } from './types.ts';

type Reader = (body: Body) => Action | Action[];

const readers: Record<string, Reader> = {
  CreateStmt: createTable,
  CreateForeignTableStmt: (body) => createTable(body.base ?? {}),
  CreateTableAsStmt: (body) =>
    body.objtype === 'OBJECT_MATVIEW'
      ? {
          do: 'create-view',
          view: relationName(body.into?.rel),
          replace: false,
          materialized: true,
          withData: !body.into?.skipData,
          ifNotExists: Boolean(body.if_not_exists),
          query: body.query,
        }
      : {
          do: 'create-table',
          table: relationName(body.into?.rel),
          columns: [],
          constraints: [],
          ifNotExists: Boolean(body.if_not_exists),
          temporary: body.into?.rel?.relpersistence === 't',
          partitioned: false,
          inherits: [],
          likes: [],
          query: body.query,
        },
  AlterTableStmt: alterTable,
  DropStmt: drop,
  RenameStmt: (body) => rename(body),
  IndexStmt: index,
  ReindexStmt: (body) => ({
    do: 'reindex',
    what: reindexKinds[body.kind] ?? 'database',
    name: body.relation ? relationName(body.relation) : (body.name ?? ''),
    concurrently: concurrently(body),
  }),
  CreateEnumStmt: (body) => ({
    do: 'create-enum',
    type: qualified(strings(body.typeName)),
    values: strings(body.vals),
  }),
  AlterEnumStmt: (body) =>
    body.oldVal
      ? {
          do: 'rename-enum-value',
          type: qualified(strings(body.typeName)),
          value: body.oldVal,
          to: body.newVal ?? '',
        }
      : {
          do: 'add-enum-value',
          type: qualified(strings(body.typeName)),
          value: body.newVal ?? '',
          ifNotExists: Boolean(body.skipIfNewValExists),
        },
  CompositeTypeStmt: (body) => ({ do: 'create-type', type: relationName(body.typevar) }),
  CreateRangeStmt: (body) => ({ do: 'create-type', type: qualified(strings(body.typeName)) }),
  DefineStmt: (body) =>
    body.kind === 'OBJECT_TYPE'
      ? { do: 'create-type', type: qualified(strings(body.defnames)) }
      : { do: 'other', kind: 'DefineStmt', name: qualified(strings(body.defnames)) },
  CreateDomainStmt: (body) => ({
    do: 'create-domain',
    type: qualified(strings(body.domainname)),
    base: sqlType(body.typeName),
    constraints: (body.constraints ?? []).flatMap((node: Body) => constraintOf(node.Constraint ?? {}) ?? []),
  }),
  AlterDomainStmt: (body) => {
    const changes: Record<string, 'add-constraint' | 'validate' | 'set-not-null'> = {
      C: 'add-constraint',
      V: 'validate',
      O: 'set-not-null',
    };
    const subtype: string = typeof body.subtype === 'string' ? body.subtype : '';
    const named: Record<string, 'add-constraint' | 'validate' | 'set-not-null'> = {
      AD_AddConstraint: 'add-constraint',
      AD_ValidateConstraint: 'validate',
      AD_SetNotNull: 'set-not-null',
    };
    return {
      do: 'alter-domain',
      type: qualified(strings(body.typeName)),
      change: changes[subtype] ?? named[subtype] ?? 'other',
      notValid: Boolean(body.def?.Constraint?.skip_validation),
    };
  },
  ViewStmt: (body) => ({
    do: 'create-view',
    view: relationName(body.view),
    replace: Boolean(body.replace),
    materialized: false,
    withData: true,
    ifNotExists: false,
    query: body.query,
  }),
  RefreshMatViewStmt: (body) => ({
    do: 'refresh',
    view: relationName(body.relation),
    concurrently: Boolean(body.concurrent),
    withData: !body.skipData,
  }),
  CreateSeqStmt: (body) => ({
    do: 'create-sequence',
    sequence: relationName(body.sequence),
    ifNotExists: Boolean(body.if_not_exists),
  }),
  AlterSeqStmt: (body) => ({
    do: 'alter-sequence',
    sequence: relationName(body.sequence),
    restarts: 'restart' in options(body.options),
  }),
  CreateTrigStmt: (body) => ({
    do: 'create-trigger',
    table: relationName(body.relation),
    name: body.trigname ?? '',
    events: events(body.events ?? 0),
    row: Boolean(body.row),
    calls: qualified(strings(body.funcname)),
    constraint: Boolean(body.isconstraint),
  }),
  CreateFunctionStmt: (body) => {
    const { language, text } = functionBody(body);
    return {
      do: 'create-function',
      name: qualified(strings(body.funcname)),
      language,
      body: text,
      replace: Boolean(body.replace),
      definer: options(body.options)['security']?.Boolean?.boolval === true,
      searchPath: (body.options ?? []).some(
        (node: Body) => node.DefElem?.arg?.VariableSetStmt?.name === 'search_path',
      ),
    };
  },
  CreatePublicationStmt: publication,
  RuleStmt: (body) => ({ do: 'create-rule', table: relationName(body.relation) }),
  CreatePolicyStmt: (body) => ({ do: 'policy', table: relationName(body.table), change: 'create' }),
  AlterPolicyStmt: (body) => ({ do: 'policy', table: relationName(body.table), change: 'alter' }),
  TruncateStmt: (body) => ({
    do: 'truncate',
    tables: (body.relations ?? []).map(objectName),
    cascade: body.behavior === 'DROP_CASCADE',
  }),
  UpdateStmt: (body) => change('update', body),
  DeleteStmt: (body) => change('delete', body),
  InsertStmt: insert,
  MergeStmt: (body) => ({ do: 'merge', table: relationName(body.relation) }),
  CopyStmt: (body) => ({
    do: 'copy',
    table: relationName(body.relation),
    program: Boolean(body.is_program),
    from: Boolean(body.is_from),
  }),
  SelectStmt: select,
  ExplainStmt: (body) => {
    const { analyze } = options(body.options);
    const off = analyze?.Integer ? !analyze.Integer.ival : /^(off|false)$/i.test(analyze?.String?.sval ?? '');
    return analyze && !off && body.query
      ? actionsOf(body.query)
      : { do: 'other', kind: 'ExplainStmt', name: '' };
  },
  DoStmt: (body) => {
    const { language, text } = functionBody(body);
    return { do: 'run-code', how: 'do', language, body: text };
  },
  CallStmt: (body) => ({ do: 'run-code', how: 'call', language: 'sql', body: calls(body).join(', ') }),
  ExecuteStmt: (body) => ({ do: 'run-code', how: 'execute', language: 'sql', body: body.name ?? '' }),
  PrepareStmt: (body) => ({ do: 'run-code', how: 'prepare', language: 'sql', body: body.name ?? '' }),
  TransactionStmt: (body) => ({ do: 'transaction', what: transactions[body.kind] ?? 'prepared' }),
  VariableSetStmt: (body) => ({
    do: 'set',
    name: body.kind === 'VAR_RESET_ALL' ? 'all' : (body.name ?? ''),
    value: settingValue(body.args),
    local: Boolean(body.is_local),
    reset: ['VAR_RESET', 'VAR_RESET_ALL', 'VAR_SET_DEFAULT'].includes(body.kind),
  }),
  LockStmt: (body) => ({
    do: 'lock-table',
    tables: (body.relations ?? []).map(objectName),
    mode: body.mode ?? 8,
  }),
  VacuumStmt: vacuum,
  ClusterStmt: (body) => ({ do: 'cluster', table: relationName(body.relation) }),
  RepackStmt: (body) => ({ do: 'cluster', table: relationName(body.relation) }),
  CreateExtensionStmt: (body) => ({
    do: 'create-extension',
    name: body.extname ?? '',
    ifNotExists: Boolean(body.if_not_exists),
  }),
  CreateSchemaStmt: (body) => ({
    do: 'create-schema',
    name: body.schemaname ?? '',
    ifNotExists: Boolean(body.if_not_exists),
  }),
  DropdbStmt: (body) => ({ do: 'drop-database', name: body.dbname ?? '' }),
  CreatedbStmt: (body) => ({ do: 'database-wide', what: `CREATE DATABASE ${body.dbname ?? ''}` }),
  AlterDatabaseStmt: (body) => ({ do: 'database-wide', what: `ALTER DATABASE ${body.dbname ?? ''}` }),
  AlterDatabaseSetStmt: (body) => ({ do: 'database-wide', what: `ALTER DATABASE ${body.dbname ?? ''} SET` }),
  AlterSystemStmt: () => ({ do: 'database-wide', what: 'ALTER SYSTEM' }),
  AlterTableMoveAllStmt: (body) => ({
    do: 'database-wide',
    what: `ALTER TABLE ALL IN TABLESPACE ${body.orig_tablespacename ?? ''}`,
  }),
  CreateEventTrigStmt: (body) => ({
    do: 'database-wide',
    what: `CREATE EVENT TRIGGER ${body.trigname ?? ''}`,
  }),
  AlterEventTrigStmt: (body) => ({ do: 'database-wide', what: `ALTER EVENT TRIGGER ${body.trigname ?? ''}` }),
  CreateTableSpaceStmt: () => ({ do: 'database-wide', what: 'CREATE TABLESPACE' }),
  DropTableSpaceStmt: () => ({ do: 'database-wide', what: 'DROP TABLESPACE' }),
  GrantStmt: (body) => ({
    do: 'grant',
    revoke: !body.is_grant,
    objects: (body.objects ?? []).map(objectName),
    roles: (body.grantees ?? []).map((node: Body) => node.RoleSpec?.rolename ?? 'public'),
  }),
  GrantRoleStmt: (body) => ({
    do: 'grant',
    revoke: !body.is_grant,
    objects: [],
    roles: (body.grantee_roles ?? []).map((node: Body) => node.RoleSpec?.rolename ?? ''),
  }),
  AlterDefaultPrivilegesStmt: () => ({ do: 'grant', revoke: false, objects: [], roles: [] }),
  CreateRoleStmt: (body) => ({ do: 'role', what: `CREATE ROLE ${body.role ?? ''}` }),
  AlterRoleStmt: () => ({ do: 'role', what: 'ALTER ROLE' }),
  AlterRoleSetStmt: () => ({ do: 'role', what: 'ALTER ROLE … SET' }),
  DropRoleStmt: () => ({ do: 'role', what: 'DROP ROLE' }),
  ReassignOwnedStmt: () => ({ do: 'role', what: 'REASSIGN OWNED' }),
  DropOwnedStmt: () => ({ do: 'role', what: 'DROP OWNED' }),
  AlterOwnerStmt: (body) => ({ do: 'owner', name: objectName(body.object), what: noun(body.objectType) }),
  AlterObjectSchemaStmt: (body) => ({
    do: 'set-schema',
    what: ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE'].includes(body.objectType)
      ? 'table'
      : ['OBJECT_TYPE', 'OBJECT_DOMAIN'].includes(body.objectType)
        ? 'type'
        : 'other',
    name: body.relation ? relationName(body.relation as RangeVar) : objectName(body.object),
    schema: body.newschema ?? '',
  }),
  CommentStmt: (body) => ({ do: 'comment', what: noun(body.objtype), name: objectName(body.object) }),
  CreateStatsStmt: (body) => ({ do: 'create-statistics', tables: (body.relations ?? []).map(objectName) }),
};

/** The actions of one statement of the tree. */
export function actionsOf(node: Node): Action[] {
  const reader = readers[kindOf(node)];
  if (!reader) return [{ do: 'other', kind: kindOf(node), name: '' }];
  const body = bodyOf(node);
  return [...withQueries(body).flatMap(actionsOf), reader(body)].flat();
}
