// From the parser's tree to actions. One table by kind of statement; what has no row is `other`, never dropped.
// Longer than 250 lines would be the price of one place that shows which statements are told apart: ALTER TABLE is in alter.ts.
import type { Node, RangeVar } from 'libpg-query';
import type { Action, Column, Constraint, Droppable } from './action.ts';
import { alterTable } from './alter.ts';
import { columnOf, constraintOf } from './columns.ts';
import { bodyOf, calls, kindOf, objectName, qualified, relationName, relations, strings } from './nodes.ts';
import { sqlType } from './types.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tree is untyped JSON at this edge; every reader below names the fields it takes.
type Body = any;

const droppable: Record<string, Droppable> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialized-view',
  OBJECT_INDEX: 'index',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'domain',
  OBJECT_SCHEMA: 'schema',
  OBJECT_EXTENSION: 'extension',
  OBJECT_FUNCTION: 'function',
  OBJECT_PROCEDURE: 'function',
  OBJECT_ROUTINE: 'function',
  OBJECT_AGGREGATE: 'function',
  OBJECT_TRIGGER: 'trigger',
  OBJECT_POLICY: 'policy',
  OBJECT_RULE: 'rule',
  OBJECT_FOREIGN_TABLE: 'foreign-table',
  OBJECT_PUBLICATION: 'publication',
};

function drop(body: Body): Action {
  const what = droppable[body.removeType] ?? 'other';
  const objects: Node[] = body.objects ?? [];
  const base = {
    do: 'drop' as const,
    what,
    cascade: body.behavior === 'DROP_CASCADE',
    ifExists: Boolean(body.missing_ok),
    concurrently: Boolean(body.concurrent),
  };
  if (what === 'trigger' || what === 'policy' || what === 'rule') {
    // DROP TRIGGER name ON table: the list is the table's name followed by the trigger's.
    const parts = strings((objects[0] as Body)?.List?.items);
    return { ...base, names: [parts.at(-1) ?? ''], table: qualified(parts.slice(0, -1)) };
  }
  return { ...base, names: objects.map(objectName) };
}

function createTable(body: Body): Action {
  const columns: Column[] = [];
  const constraints: Constraint[] = [];
  const likes: string[] = [];
  for (const element of (body.tableElts ?? []) as Body[]) {
    if (element.ColumnDef) columns.push(columnOf(element.ColumnDef));
    if (element.TableLikeClause) likes.push(relationName(element.TableLikeClause.relation));
    const constraint = element.Constraint && constraintOf(element.Constraint);
    if (constraint) constraints.push(constraint);
  }
  const parents: string[] = (body.inhRelations ?? []).map((node: Node) => objectName(node));
  const action: Action = {
    do: 'create-table',
    table: relationName(body.relation),
    columns,
    constraints,
    ifNotExists: Boolean(body.if_not_exists),
    temporary: body.relation?.relpersistence === 't',
    partitioned: Boolean(body.partspec),
    inherits: body.partbound ? [] : parents,
    likes,
  };
  if (body.partbound) {
    action.partitionOf = parents[0] ?? '';
    action.default = Boolean(body.partbound.is_default);
  }
  return action;
}

function rename(body: Body): Action {
  const table = relationName(body.relation);
  const to: string = body.newname ?? '';
  switch (body.renameType) {
    case 'OBJECT_TABLE':
    case 'OBJECT_FOREIGN_TABLE':
      return { do: 'rename-table', what: 'table', table, to };
    case 'OBJECT_VIEW':
      return { do: 'rename-table', what: 'view', table, to };
    case 'OBJECT_MATVIEW':
      return { do: 'rename-table', what: 'materialized-view', table, to };
    case 'OBJECT_INDEX':
      return { do: 'rename-table', what: 'index', table, to };
    case 'OBJECT_SEQUENCE':
      return { do: 'rename-table', what: 'sequence', table, to };
    case 'OBJECT_COLUMN':
      return {
        do: 'rename-column',
        table,
        column: body.subname ?? '',
        to,
        view: body.relationType === 'OBJECT_VIEW',
      };
    case 'OBJECT_TABCONSTRAINT':
      return { do: 'rename-constraint', table, name: body.subname ?? '', to };
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return { do: 'rename-type', type: objectName(body.object), to };
    case 'OBJECT_SCHEMA':
      return { do: 'rename-schema', schema: body.subname ?? '', to };
    default:
      return {
        do: 'rename-other',
        what: noun(body.renameType),
        name: body.subname ?? (objectName(body.object) || table),
        to,
      };
  }
}

/** OBJECT_EVENT_TRIGGER → "event trigger". */
const noun = (type: string | undefined): string =>
  (type ?? '')
    .replace(/^OBJECT_/, '')
    .replaceAll('_', ' ')
    .toLowerCase();

const options = (nodes: Body[] | undefined): Record<string, Body> =>
  Object.fromEntries((nodes ?? []).map((node) => [node.DefElem?.defname, node.DefElem?.arg ?? true]));

function functionBody(body: Body): { language: string; text: string } {
  const set = options(body.options ?? body.args);
  const as = set['as'];
  const text = as?.List ? strings(as.List.items).join('\n') : (as?.String?.sval ?? '');
  return {
    language: (set['language']?.String?.sval ?? (body.sql_body ? 'sql' : 'plpgsql')).toLowerCase(),
    text,
  };
}

function vacuum(body: Body): Action {
  const set = options(body.options);
  const tables = (body.rels ?? []).map((node: Body) => relationName(node.VacuumRelation?.relation));
  const full = set['full'];
  const off = ['false', 'off', '0'].includes(String(full?.String?.sval ?? full?.Boolean?.boolval ?? ''));
  return { do: 'vacuum', tables, full: full !== undefined && !off, vacuum: Boolean(body.is_vacuumcmd) };
}

const concurrently = (body: Body): boolean => {
  const value = options(body.params)['concurrently'];
  return value !== undefined && !['false', 'off', '0'].includes(String(value?.String?.sval ?? ''));
};

const reindexKinds: Record<string, 'index' | 'table' | 'schema' | 'database' | 'system'> = {
  REINDEX_OBJECT_INDEX: 'index',
  REINDEX_OBJECT_TABLE: 'table',
  REINDEX_OBJECT_SCHEMA: 'schema',
  REINDEX_OBJECT_DATABASE: 'database',
  REINDEX_OBJECT_SYSTEM: 'system',
};

const transactions: Record<
  string,
  'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' | 'prepared'
> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback-to',
};

function settingValue(args: Body[] | undefined): string | undefined {
  if (!args?.length) return undefined;
  return args
    .map((node) => {
      const value = node.A_Const ?? node.TypeCast?.arg?.A_Const ?? {};
      return (
        value.sval?.sval ??
        value.fval?.fval ??
        (value.ival
          ? String(value.ival.ival ?? 0)
          : value.boolval
            ? String(value.boolval.boolval ?? false)
            : '')
      );
    })
    .join(', ');
}

function index(body: Body): Action {
  const elements: Body[] = (body.indexParams ?? []).map((node: Body) => node.IndexElem ?? {});
  return {
    do: 'create-index',
    name: body.idxname || undefined,
    table: relationName(body.relation),
    columns: elements.flatMap((element) => (element.name ? [element.name] : [])),
    unique: Boolean(body.unique),
    concurrently: Boolean(body.concurrent),
    ifNotExists: Boolean(body.if_not_exists),
    method: body.accessMethod ?? 'btree',
    partial: Boolean(body.whereClause),
    expressions: elements.some((element) => element.expr),
    only: !body.relation?.inh,
  };
}

function select(body: Body): Action {
  const into = body.intoClause?.rel ? relationName(body.intoClause.rel) : undefined;
  const action: Action = {
    do: 'select',
    calls: calls(body),
    reads: relations(body).filter((name) => name !== into),
    locking: Boolean(body.lockingClause?.length),
  };
  if (into) action.into = into;
  return action;
}

function change(kind: 'update' | 'delete', body: Body): Action {
  const action: Action = {
    do: kind,
    table: relationName(body.relation),
    bounded: Boolean(body.whereClause),
    columns: (body.targetList ?? []).map((node: Body) => node.ResTarget?.name ?? ''),
    sets: (body.targetList ?? []).map((node: Body) => node.ResTarget?.val),
  };
  if (body.whereClause) action.where = body.whereClause;
  return action;
}

function insert(body: Body): Action {
  const query = body.selectStmt?.SelectStmt;
  const rows =
    query?.valuesLists?.length ??
    (query && !query.fromClause && !query.op?.startsWith('SETOP_U') ? 1 : query ? 'query' : 1);
  return { do: 'insert', table: relationName(body.relation), rows, reads: relations(body.selectStmt) };
}

/** Triggers' events are a bit set: INSERT 4, DELETE 8, UPDATE 16, TRUNCATE 32. */
const events = (bits: number): string[] =>
  (['insert', 'delete', 'update', 'truncate'] as const).filter((_, position) => bits & (4 << position));

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
  AlterSeqStmt: (body) => ({ do: 'alter-sequence', sequence: relationName(body.sequence) }),
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
    };
  },
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
  const actions = reader(bodyOf(node));
  return Array.isArray(actions) ? actions : [actions];
}
