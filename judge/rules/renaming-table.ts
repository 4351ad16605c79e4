import { renameTable } from '../fix/forms.ts';
import { isNew } from './context.ts';
import { taking } from './old-code.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'renaming-table',
  finds: 'A table or view is renamed, and nothing of the old name is left.',
  why: 'The release that still runs asks for the old name: every query of the model fails (P2021), and so would a rollback.',
  instead:
    'Rename the model in schema.prisma and keep the table: @@map("old_name") needs no migration. Or rename the table and create a view of the old name in the same transaction: simple views can be written through.',
  on: ['rename-table'],
  judge: (action, context) => {
    const { table, to, what } = action;
    if (what === 'index' || what === 'sequence' || context.before.indexes.has(table) || isNew(context, table))
      return undefined;
    const view = leftBehind(context, table);
    if (view === 'same-transaction')
      return {
        table,
        severity: 'notice',
        why: `A view of the name ${table} is left behind in the same transaction: the old release reads and writes through it.`,
      };
    const weight = taking(context, table, table, undefined, 'P2021');
    if (what !== 'table' && weight.severity === 'needs-approval') weight.severity = 'notice';
    return {
      table,
      severity: view ? (weight.severity === 'notice' ? 'notice' : 'needs-approval') : weight.severity,
      consequences: view ? ['downtime'] : weight.consequences,
      why: view
        ? `A view of the name ${table} is made, but not in the same transaction: between the two statements the old release's queries fail (P2021).`
        : weight.sentence,
      ...(weight.severity === 'notice'
        ? {}
        : {
            help: `Keep the table and rename only the model: @@map("${table}"). That needs no SQL.`,
            safe: renameTable(table, to),
          }),
    };
  },
});

function leftBehind(
  context: Parameters<typeof isNew>[0],
  table: string,
): 'same-transaction' | 'later' | undefined {
  for (const placed of context.later) {
    if (
      !placed.statement.actions.some(
        (action) => action.do === 'create-view' && action.view === table && !action.materialized,
      )
    )
      continue;
    return placed.file === context.file &&
      context.transaction.kind !== 'single' &&
      context.transaction.certain &&
      context.transaction.members.includes(placed.statement.index)
      ? 'same-transaction'
      : 'later';
  }
  return undefined;
}
