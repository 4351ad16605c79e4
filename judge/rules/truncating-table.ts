import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'truncating-table',
  finds: 'A table is emptied by TRUNCATE.',
  why: 'All its rows are gone at once, under ACCESS EXCLUSIVE. With CASCADE so are the rows of every table that references it.',
  instead: 'Delete in batches what must go, outside the migration.',
  on: ['truncate'],
  judge: (action, context) => {
    const hit = context.effects
      .filter((effect) => effect.lock === 'ACCESS EXCLUSIVE')
      .map((effect) => effect.table);
    const tables = (hit.length > 0 ? hit : action.tables).filter((table) => !isNew(context, table));
    if (tables.length === 0) return undefined;
    return {
      table: tables[0] as string,
      severity: 'blocked',
      why: `Every row of ${tables.join(', ')} is lost.`,
      help: 'Delete in batches outside the migration, or allow it here with its reason.',
      consequences: ['data-loss', 'no-rollback'],
    };
  },
});
