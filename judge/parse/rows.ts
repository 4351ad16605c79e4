// Statements that read or write rows: from the parser's tree to an action.
import type { Node } from 'libpg-query';
import type { Action } from './action.ts';
import { calls, kindOf, relationName, relations } from './nodes.ts';
import type { Body } from './readers.ts';

export function select(body: Body): Action {
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

export function change(kind: 'update' | 'delete', body: Body): Action {
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

export function insert(body: Body): Action {
  const query = body.selectStmt?.SelectStmt;
  const rows =
    query?.valuesLists?.length ??
    (query && !query.fromClause && !query.op?.startsWith('SETOP_U') ? 1 : query ? 'query' : 1);
  return { do: 'insert', table: relationName(body.relation), rows, reads: relations(body.selectStmt) };
}

/** The statements of `WITH gone AS (DELETE …) …` that write, whatever the one after them is called. PostgreSQL has them at the top only. */
export function withQueries(body: Body): Node[] {
  const clauses = [body, body.selectStmt?.SelectStmt, body.query?.SelectStmt].map((one) => one?.withClause);
  const queries: Node[] = clauses
    .flatMap((clause) => clause?.ctes ?? [])
    .map((item) => item.CommonTableExpr?.ctequery ?? {});
  return queries.filter((query) => kindOf(query) !== 'SelectStmt');
}
