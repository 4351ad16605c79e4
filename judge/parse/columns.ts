// Columns and constraints out of the parser's tree.
import type { ColumnDef, Constraint as ConstraintNode, Node } from 'libpg-query';
import type { Column, Constraint } from './action.ts';
import { relationName, strings, walk } from './nodes.ts';
import { columnType } from './types.ts';

const kinds: Record<string, Constraint['kind']> = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'foreign-key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_PRIMARY: 'primary-key',
  CONSTR_EXCLUSION: 'exclusion',
  CONSTR_NOTNULL: 'not-null',
};
const onAction: Record<string, string> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

/** A table constraint, or (with `column`) one written beside a column. */
export function constraintOf(node: ConstraintNode, column?: string): Constraint | undefined {
  const kind = kinds[node.contype ?? ''];
  if (!kind) return undefined;
  const named = strings(node.keys?.length ? node.keys : node.fk_attrs);
  const columns =
    named.length > 0 ? named : column ? [column] : kind === 'check' ? columnsIn(node.raw_expr) : [];
  const result: Constraint = {
    kind,
    name: node.conname || undefined,
    columns,
    notValid: node.skip_validation ?? false,
    enforced: node.is_enforced ?? (kind !== 'check' && kind !== 'foreign-key'),
  };
  if (node.indexname) result.usingIndex = node.indexname;
  if (node.raw_expr) result.expression = node.raw_expr;
  if (kind === 'foreign-key') {
    result.references = {
      table: relationName(node.pktable),
      columns: strings(node.pk_attrs),
      onDelete: onAction[node.fk_del_action ?? 'a'] ?? 'no action',
      onUpdate: onAction[node.fk_upd_action ?? 'a'] ?? 'no action',
    };
  }
  if (kind === 'exclusion') {
    result.columns = (node.exclusions ?? []).flatMap((item) => {
      const first = (item as { List?: { items?: Node[] } }).List?.items?.[0] as
        | { IndexElem?: { name?: string } }
        | undefined;
      return first?.IndexElem?.name ? [first.IndexElem.name] : [];
    });
  }
  return result;
}

export function columnOf(node: ColumnDef): Column {
  const name = node.colname ?? '';
  const type = columnType(node);
  const column: Column = { name, type, notNull: type.serial ?? false, constraints: [] };
  for (const item of node.constraints ?? []) {
    const body = (item as { Constraint?: ConstraintNode }).Constraint;
    if (!body) continue;
    if (body.contype === 'CONSTR_NOTNULL') column.notNull = true;
    if (body.contype === 'CONSTR_DEFAULT' && body.raw_expr) column.default = body.raw_expr;
    if (body.contype === 'CONSTR_IDENTITY') {
      column.identity = body.generated_when === 'a' ? 'always' : 'by-default';
      column.notNull = true;
    }
    if (body.contype === 'CONSTR_GENERATED') {
      column.generated = {
        stored: (body as { generated_kind?: string }).generated_kind !== 'v',
        expression: body.raw_expr,
      };
    }
    const constraint = constraintOf(body, name);
    if (constraint && constraint.kind !== 'not-null') column.constraints.push(constraint);
    if (constraint?.kind === 'primary-key') column.notNull = true;
  }
  // A default of NULL is no default.
  if (column.default && (column.default as { A_Const?: { isnull?: boolean } }).A_Const?.isnull)
    delete column.default;
  return column;
}

export function columnsIn(expression: Node | undefined): string[] {
  const names = new Set<string>();
  walk(expression, (kind, body) => {
    if (kind === 'ColumnRef') names.add(strings(body['fields'] as Node[]).at(-1) ?? '');
  });
  names.delete('');
  return [...names];
}

/** The column of `column IS NOT NULL` (any side of an AND), which lets SET NOT NULL skip its scan. */
export function notNullColumns(expression: Node | undefined): string[] {
  if (!expression) return [];
  const and = (expression as { BoolExpr?: { boolop?: string; args?: Node[] } }).BoolExpr;
  if (and?.boolop === 'AND_EXPR') return (and.args ?? []).flatMap(notNullColumns);
  const test = (expression as { NullTest?: { arg?: Node; nulltesttype?: string } }).NullTest;
  if (test?.nulltesttype !== 'IS_NOT_NULL') return [];
  const column = (test.arg as { ColumnRef?: { fields?: Node[] } } | undefined)?.ColumnRef;
  return column ? [strings(column.fields).at(-1) ?? ''] : [];
}
