import { columnsOf, modelOfTable } from '../compatibility/prisma.ts';
import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'dropping-not-null',
  finds: 'A required column is made nullable.',
  why: 'The lock is brief. But as soon as the new release writes NULL, the release that runs now (and a rollback) reads null in a field that its types call required: no error from Prisma, and a crash wherever the code uses the value.',
  instead: 'Release code that can read NULL first; drop NOT NULL in the release after it.',
  on: ['drop-not-null'],
  judge: ({ table, column }, context) => {
    if (isNew(context, table)) return undefined;
    const entry = context.before.tables.get(table);
    if (entry?.known && entry.columns.get(column)?.notNull === false) return undefined;
    const model = context.oldClient && modelOfTable(context.oldClient, table);
    const field = model && columnsOf(model).find((item) => item.column === column);
    if (context.oldClient && (!field || field.optional)) return undefined;
    return {
      table,
      severity: 'needs-approval',
      why: `Once the new release has written NULL into ${table}.${column}, the old one reads null in a required field, without an error.`,
      help: 'Release code that can read NULL first; drop NOT NULL in the release after it.',
      consequences: ['no-rollback'],
    };
  },
});
