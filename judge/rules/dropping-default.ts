import { columnsOf, modelOfTable } from '../compatibility/prisma.ts';
import type { Action, ActionOf } from '../parse/action.ts';
import { isNew } from './context.ts';
import { type Context, rule } from './rule.ts';

export default rule({
  id: 'dropping-default',
  finds:
    'A default goes that the release which runs now leaves to the database: a sequence, an identity, dbgenerated(), or that of a column it does not know.',
  why: 'Prisma sends static defaults, now() and uuid() itself; autoincrement() and dbgenerated() it leaves out. Without the default its inserts fail (P2011).',
  instead: 'Release code that sends the value first.',
  on: ['drop-default', 'drop-identity'],
  judge: (action, context) => {
    const { table, column } = action;
    if (requiredWithout(action, context))
      return {
        table,
        severity: 'needs-approval',
        why: `${column} is required, and nothing gives it a value any more: the release that runs now does not know it, so its inserts into ${table} fail (23502).`,
        help: `Leave the default until every release that runs sends ${column}.`,
        consequences: ['downtime', 'no-rollback'],
      };
    if (
      isNew(context, table) ||
      !context.oldClient ||
      context.before.tables.get(table)?.columns.get(column)?.notNull === false
    )
      return undefined;
    const model = modelOfTable(context.oldClient, table);
    const field = model && columnsOf(model).find((item) => item.column === column);
    const following = [
      ...context.statement.actions,
      ...context.later.flatMap((placed) => placed.statement.actions),
    ];
    const replaced = following.some(
      (other) =>
        (other.do === 'add-identity' || other.do === 'set-default') &&
        other.table === table &&
        other.column === column,
    );
    if (!field || replaced || (field.default !== 'sequence' && field.default !== 'database'))
      return undefined;
    return {
      table,
      severity: 'needs-approval',
      why: `The release that runs now leaves ${column} to the database: its inserts into ${table} fail (P2011).`,
      consequences: ['downtime', 'no-rollback'],
    };
  },
});

/** The default only filled the rows that were there: the column is new, required, and left without one. */
function requiredWithout(action: ActionOf<'drop-default' | 'drop-identity'>, context: Context): boolean {
  const { table, column } = action;
  if (isNew(context, table) || context.before.tables.get(table)?.columns.get(column)?.notNull !== true)
    return false;
  const concerns = (other: Action): boolean =>
    'table' in other && other.table === table && 'column' in other && nameOf(other.column) === column;
  const added = context.earlier.some((placed) =>
    placed.statement.actions.some((other) => other.do === 'add-column' && concerns(other)),
  );
  const mended = context.later.some((placed) =>
    placed.statement.actions.some(
      (other) =>
        ['set-default', 'drop-not-null', 'drop-column', 'add-identity'].includes(other.do) && concerns(other),
    ),
  );
  return added && !mended;
}

const nameOf = (column: string | { name: string }): string =>
  typeof column === 'string' ? column : column.name;
