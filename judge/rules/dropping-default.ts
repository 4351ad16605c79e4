import { columnsOf, modelOfTable } from '../compatibility/prisma.ts';
import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'dropping-default',
  finds:
    'A default goes that the release which runs now leaves to the database: a sequence, an identity, dbgenerated().',
  why: 'Prisma sends static defaults, now() and uuid() itself; autoincrement() and dbgenerated() it leaves out. Without the default its inserts fail (P2011).',
  instead: 'Release code that sends the value first.',
  on: ['drop-default', 'drop-identity'],
  judge: (action, context) => {
    const { table, column } = action;
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
