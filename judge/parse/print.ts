// SQL for simple expressions: what stands in defaults. Undefined where it is anything else; nothing is guessed.
import type { Node } from 'libpg-query';
import { quote, strings } from './nodes.ts';
import { sqlType, typeSql } from './types.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tree is untyped JSON at this edge.
type Body = any;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const values: Record<string, string> = {
  SVFOP_CURRENT_TIMESTAMP: 'CURRENT_TIMESTAMP',
  SVFOP_CURRENT_DATE: 'CURRENT_DATE',
  SVFOP_CURRENT_TIME: 'CURRENT_TIME',
  SVFOP_LOCALTIMESTAMP: 'LOCALTIMESTAMP',
  SVFOP_CURRENT_USER: 'CURRENT_USER',
};

export function printExpression(node: Node | undefined): string | undefined {
  const body = node as Body;
  if (body?.A_Const) {
    const constant = body.A_Const;
    if (constant.isnull) return 'NULL';
    if (constant.sval) return text(constant.sval.sval ?? '');
    if (constant.boolval) return constant.boolval.boolval ? 'true' : 'false';
    if (constant.fval) return constant.fval.fval;
    return constant.ival ? String(constant.ival.ival ?? 0) : undefined;
  }
  if (body?.TypeCast) {
    const inner = printExpression(body.TypeCast.arg);
    return inner === undefined ? undefined : `${inner}::${typeSql(sqlType(body.TypeCast.typeName))}`;
  }
  if (body?.SQLValueFunction) return values[body.SQLValueFunction.op];
  if (body?.FuncCall) {
    const call = body.FuncCall;
    if (call.agg_order || call.over || call.agg_filter || call.func_variadic) return undefined;
    const inner = ((call.args ?? []) as Node[]).map(printExpression);
    if (inner.some((argument) => argument === undefined)) return undefined;
    return `${strings(call.funcname).map(quote).join('.')}(${inner.join(', ')})`;
  }
  if (body?.A_ArrayExpr) {
    const inner = ((body.A_ArrayExpr.elements ?? []) as Node[]).map(printExpression);
    return inner.some((element) => element === undefined) ? undefined : `ARRAY[${inner.join(', ')}]`;
  }
  return undefined;
}
