import { cost, effectOn, isNew, waiting } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'adding-exclusion-constraint',
  finds: 'An EXCLUDE constraint is added.',
  why: 'Its index is built under ACCESS EXCLUSIVE and every pair of rows is checked; there is neither NOT VALID nor CONCURRENTLY for it.',
  instead:
    'Add it while the table is small, or in an announced window; or enforce it by a trigger, or make a new table with the constraint and move the rows in batches.',
  on: ['add-constraint'],
  judge: ({ table, constraint }, context) => {
    if (constraint.kind !== 'exclusion' || isNew(context, table)) return undefined;
    const { severity, estimate } = cost(context, 'create-index');
    const effect = effectOn(context, table);
    if (severity === 'fine' || !effect) return undefined;
    return {
      table,
      severity,
      why: waiting(context, effect, 'read and the index is built'),
      help: 'PostgreSQL has no way to add it without that lock; do it while the table is small, or in an announced window.',
      ...(estimate ? { estimate } : {}),
      consequences: ['downtime'],
    };
  },
});
