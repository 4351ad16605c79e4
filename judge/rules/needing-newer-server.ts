import type { Action } from '../parse/action.ts';
import { statementRule } from './rule.ts';

export default statementRule({
  id: 'needing-newer-server',
  finds: 'The statement needs a newer PostgreSQL than the one that it will run on.',
  why: 'The judge reads with the newest parser; an older server answers with a syntax error (42601).',
  instead: 'Write it as the server knows it, or upgrade the server first.',
  judgeStatement: ({ server, statement }) => {
    if (!server.known) return undefined;
    const needed = statement.actions
      .flatMap((action) => needs(action, statement.text))
      .find(([, version]) => version > server.major);
    return needed
      ? {
          severity: 'blocked',
          why: `${needed[0]} needs PostgreSQL ${needed[1]}; the server is ${server.major}.`,
        }
      : undefined;
  },
});

function needs(action: Action, text: string): [string, number][] {
  const found: [string, number][] = [];
  const constraints =
    action.do === 'add-constraint'
      ? [action.constraint]
      : action.do === 'create-table'
        ? action.constraints
        : [];
  const columns =
    action.do === 'add-column' ? [action.column] : action.do === 'create-table' ? action.columns : [];
  if (constraints.some((constraint) => !constraint.enforced)) found.push(['NOT ENFORCED', 18]);
  if (action.do === 'add-constraint' && action.constraint.kind === 'not-null')
    found.push(['ADD CONSTRAINT … NOT NULL', 18]);
  if (columns.some((column) => column.generated && !column.generated.stored))
    found.push(['a virtual generated column', 18]);
  if (action.do === 'set-expression') found.push(['SET EXPRESSION', 17]);
  if (action.do === 'merge') found.push(['MERGE', 15]);
  if (action.do === 'detach-partition' && action.concurrently)
    found.push(['DETACH PARTITION CONCURRENTLY', 14]);
  if (action.do === 'table-option' && action.option === 'AT_SetCompression')
    found.push(['SET COMPRESSION', 14]);
  if (action.do === 'table-option' && action.option === 'AT_SetAccessMethod')
    found.push(['SET ACCESS METHOD', 15]);
  if (
    (action.do === 'create-index' || action.do === 'add-constraint') &&
    /\bnulls\s+not\s+distinct\b/i.test(text)
  )
    found.push(['NULLS NOT DISTINCT', 15]);
  return found;
}
