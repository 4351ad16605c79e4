import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'replacing-column',
  finds: 'A column is dropped and one of the same name added in the same migration.',
  why: 'That is what Prisma writes when it cannot convert a type: every value of the column is lost.',
  instead: 'ALTER COLUMN … TYPE … USING, or a new column beside the old one.',
  on: ['add-column'],
  judge: ({ table, column }, context) => {
    if (isNew(context, table)) return undefined;
    const before = [
      ...context.statement.actions,
      ...context.earlier
        .filter((placed) => placed.file === context.file)
        .flatMap((placed) => placed.statement.actions),
    ];
    const dropped = before.some(
      (other) => other.do === 'drop-column' && other.table === table && other.column === column.name,
    );
    return dropped
      ? {
          table,
          severity: 'needs-approval',
          why: `Every value of ${table}.${column.name} is lost: the column is dropped and made anew.`,
          help: 'Convert it with ALTER COLUMN … TYPE … USING, or add a column beside it.',
          consequences: ['data-loss', 'no-rollback'],
        }
      : undefined;
  },
});
