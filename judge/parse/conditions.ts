// Whether a WHERE limits a change to rows that a person chose.
import type { Node } from 'libpg-query';
import { strings, walk } from './nodes.ts';

type Expression = { kind?: string; name?: Node[]; lexpr?: Node; rexpr?: Node };
const expression = (node: Node): Expression | undefined => (node as { A_Expr?: Expression }).A_Expr;

/** `id = 5`, `id IN (1, 2)`, `id BETWEEN 1 AND 1000`, `id > 1 AND id <= 1000`. Not `x IS NULL`, and no join. */
export function pinned(where: Node): boolean {
  const logic = (where as { BoolExpr?: { boolop?: string; args?: Node[] } }).BoolExpr;
  const parts = logic?.args ?? [];
  if (logic?.boolop === 'AND_EXPR') return parts.some(pinned) || parts.filter(ranged).length >= 2;
  if (logic) return logic.boolop === 'OR_EXPR' && parts.every(pinned);
  const test = expression(where);
  if (!test) return false;
  if (test.kind === 'AEXPR_BETWEEN' || test.kind === 'AEXPR_IN') return constant(test.rexpr);
  if (test.kind !== 'AEXPR_OP' || strings(test.name)[0] !== '=') return false;
  return (isColumn(test.lexpr) && constant(test.rexpr)) || (constant(test.lexpr) && isColumn(test.rexpr));
}

function ranged(where: Node): boolean {
  const test = expression(where);
  return (
    test !== undefined && ['<', '<=', '>', '>='].includes(strings(test.name)[0] ?? '') && constant(test.rexpr)
  );
}

const isColumn = (node: Node | undefined): boolean => node !== undefined && 'ColumnRef' in node;

function constant(node: Node | undefined): boolean {
  let free = true;
  walk([node], (kind) => {
    if (kind === 'ColumnRef' || kind === 'SubLink' || kind === 'FuncCall') free = false;
  });
  return free && node !== undefined;
}
