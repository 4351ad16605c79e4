import { isNew } from './context.ts';
import { rule } from './rule.ts';

/** From the fourth column on an index rarely answers more questions than its first three do. */
const most = 3;

export default rule({
  id: 'indexing-many-columns',
  finds: 'An index over more than three columns that is not unique.',
  why: 'Every write maintains all of its columns, and a change of any of them is no longer a cheap (HOT) update. Rows are mostly told apart by the first two or three already.',
  instead:
    'The columns that select most, first; for what is only read from the index INCLUDE; for one value of a column a partial index.',
  style: true,
  on: ['create-index'],
  judge: (action, context) => {
    if (action.unique || action.columns.length <= most || isNew(context, action.table)) return undefined;
    return {
      table: action.table,
      severity: 'notice',
      why: `${action.columns.length} columns of ${action.table} are kept up to date by every write.`,
    };
  },
});
