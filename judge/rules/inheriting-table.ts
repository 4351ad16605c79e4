import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'inheriting-table',
  finds: 'A table starts or stops to inherit from another.',
  why: 'Queries on the parent see the child’s rows from one moment to the next, or no longer.',
  instead: 'Partitions, or UNION in a view.',
  on: ['inherit'],
  judge: (action, context) =>
    isNew(context, action.table)
      ? undefined
      : {
          table: action.table,
          severity: 'needs-approval',
          why: `Whoever reads ${action.parent} ${action.stop ? 'no longer sees' : 'suddenly sees'} the rows of ${action.table}.`,
        },
});
