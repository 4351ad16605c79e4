// The readers of statements that need more than a line: from the parser's tree to an action.
import type { Node } from 'libpg-query';
import type { Action, Column, Constraint, Droppable } from './action.ts';
import { columnOf, constraintOf } from './columns.ts';
import { objectName, qualified, relationName, strings } from './nodes.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tree is untyped JSON at this edge; every reader below names the fields it takes.
export type Body = any;

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

export function drop(body: Body): Action {
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

export function createTable(body: Body): Action {
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

export function rename(body: Body): Action {
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
export const noun = (type: string | undefined): string =>
  (type ?? '')
    .replace(/^OBJECT_/, '')
    .replaceAll('_', ' ')
    .toLowerCase();

export const options = (nodes: Body[] | undefined): Record<string, Body> =>
  Object.fromEntries((nodes ?? []).map((node) => [node.DefElem?.defname, node.DefElem?.arg ?? true]));

export function functionBody(body: Body): { language: string; text: string } {
  const set = options(body.options ?? body.args);
  const as = set['as'];
  const text = as?.List ? strings(as.List.items).join('\n') : (as?.String?.sval ?? '');
  return {
    language: (set['language']?.String?.sval ?? (body.sql_body ? 'sql' : 'plpgsql')).toLowerCase(),
    text,
  };
}

export function vacuum(body: Body): Action {
  const set = options(body.options);
  const tables = (body.rels ?? []).map((node: Body) => relationName(node.VacuumRelation?.relation));
  const full = set['full'];
  const off = ['false', 'off', '0'].includes(String(full?.String?.sval ?? full?.Boolean?.boolval ?? ''));
  return { do: 'vacuum', tables, full: full !== undefined && !off, vacuum: Boolean(body.is_vacuumcmd) };
}

export const concurrently = (body: Body): boolean => {
  const value = options(body.params)['concurrently'];
  return value !== undefined && !['false', 'off', '0'].includes(String(value?.String?.sval ?? ''));
};

export const reindexKinds: Record<string, 'index' | 'table' | 'schema' | 'database' | 'system'> = {
  REINDEX_OBJECT_INDEX: 'index',
  REINDEX_OBJECT_TABLE: 'table',
  REINDEX_OBJECT_SCHEMA: 'schema',
  REINDEX_OBJECT_DATABASE: 'database',
  REINDEX_OBJECT_SYSTEM: 'system',
};

export const transactions: Record<
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

export function settingValue(args: Body[] | undefined): string | undefined {
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

export function index(body: Body): Action {
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

/** Triggers' events are a bit set: INSERT 4, DELETE 8, UPDATE 16, TRUNCATE 32. */
export const events = (bits: number): string[] =>
  (['insert', 'delete', 'update', 'truncate'] as const).filter((_, position) => bits & (4 << position));

/** `changes`: whether it passes on updates and deletes, as one does unless its `publish` says otherwise. */
export function publication(body: Body): Action {
  const objects: Body[] = (body.pubobjects ?? []).map((node: Body) => node.PublicationObjSpec ?? {});
  const publish: Body = (body.options ?? []).find((node: Body) => node.DefElem?.defname === 'publish');
  return {
    do: 'create-publication',
    name: body.pubname ?? '',
    // All of a schema's tables are not told apart from all.
    tables:
      body.for_all_tables || objects.some((object) => !object.pubtable)
        ? 'all'
        : objects.map((object) => relationName(object.pubtable.relation)),
    changes: publish === undefined || /update|delete/i.test(publish.DefElem.arg?.String?.sval ?? ''),
  };
}
