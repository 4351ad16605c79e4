// The SQL inside a DO block. The parser reads PL/pgSQL of functions only, so the block is dressed as one.
import type { Action } from './action.ts';
import { actionsOf } from './actions.ts';
import { parser } from './library.ts';
import { walk } from './nodes.ts';

const hidden = /^PLpgSQL_stmt_(dynexecute|perform|call|loop|while|fori|fors|forc|foreach_a|dynfors)$/;

/** Its statements; `opaque`: it builds SQL from text, loops, or calls what cannot be seen. Undefined: it cannot be read. */
export function inner(body: string, language: string): { actions: Action[]; opaque: boolean } | undefined {
  const tag = '$lockstep_body$';
  if (language !== 'plpgsql' || body.includes(tag)) return undefined;
  try {
    const tree = parser().parsePlPgSQLSync(
      `CREATE FUNCTION lockstep_body() RETURNS void LANGUAGE plpgsql AS ${tag}${body}${tag}`,
    );
    const queries: string[] = [];
    let opaque = false;
    walk(tree, (kind, node) => {
      if (kind === 'PLpgSQL_stmt_execsql') {
        const text = (node['sqlstmt'] as { PLpgSQL_expr?: { query?: string } } | undefined)?.PLpgSQL_expr
          ?.query;
        if (text) queries.push(text);
      }
      if (hidden.test(kind)) opaque = true;
    });
    const actions = queries.flatMap((query) =>
      (parser().parseSync(query).stmts ?? []).flatMap((raw) => (raw.stmt ? actionsOf(raw.stmt) : [])),
    );
    return { actions, opaque };
  } catch {
    return undefined;
  }
}
