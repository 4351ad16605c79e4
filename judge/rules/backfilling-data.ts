import { pinned } from '../parse/conditions.ts';
import { factsOf, isNew } from './context.ts';
import { type Context, rule } from './rule.ts';

/** Rows that a migration may change at once: about a second's work. */
const few = 10_000;

export default rule({
  id: 'backfilling-data',
  finds: 'An UPDATE, DELETE, MERGE, COPY or INSERT … SELECT over a table that may be large.',
  why: 'Every changed row stays locked until the statement ends, all of them are written to the log at once, replicas fall behind, and the dead rows must be vacuumed. Beside a schema change in one transaction its lock is held all that time.',
  instead:
    'Change rows in batches of some thousands by key, each its own transaction, outside the migrations.',
  on: ['update', 'delete', 'insert', 'merge', 'copy'],
  judge: (action, context) => {
    const { table } = action;
    if (action.do === 'copy')
      return {
        table,
        severity: action.from ? 'needs-approval' : 'notice',
        why: action.from
          ? 'COPY loads an unknown number of rows, and Prisma cannot feed it from standard input.'
          : 'COPY … TO writes a file on the server.',
      };
    if (isNew(context, table) && action.do !== 'insert') return undefined;
    if (action.do === 'insert') {
      const sources =
        action.rows === 'query'
          ? action.reads.filter((source) => !isNew(context, source) && !small(context, source))
          : [];
      return sources.length === 0
        ? undefined
        : {
            table,
            severity: 'needs-approval',
            why: `It copies from ${sources.join(', ')} all at once.`,
            help: 'Copy in batches outside the migration.',
          };
    }
    if (small(context, table)) return undefined;
    if (action.do !== 'merge' && action.where && pinned(action.where))
      return {
        table,
        severity: 'notice',
        why: 'It is limited by its condition; how many rows that are cannot be seen from here.',
      };
    const all = action.do !== 'merge' && !action.bounded;
    return {
      table,
      severity: 'needs-approval',
      why: `It ${action.do === 'delete' ? 'deletes' : 'changes'} ${all ? 'every row' : 'as many rows as match'} of ${table} in one transaction.`,
      help: 'Do it in batches by key, outside the migration.',
      consequences: action.do === 'delete' && all ? ['data-loss'] : [],
    };
  },
});

function small(context: Context, table: string): boolean {
  const rows = factsOf(context, table)?.rows;
  return rows !== undefined && rows !== null && rows <= few;
}
