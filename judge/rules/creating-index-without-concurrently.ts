import { index } from '../fix/forms.ts';
import { cost, effectOn, isNew, probe, waiting } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'creating-index-without-concurrently',
  finds: 'An index is created without CONCURRENTLY on a table that is in use.',
  why: 'SHARE on the table: every insert, update and delete waits until the index is built.',
  instead:
    'CREATE INDEX CONCURRENTLY, alone in its migration file. Prisma does not write it by itself: change the generated file before it is applied.',
  on: ['create-index'],
  judge: (action, context) => {
    const entry = context.before.tables.get(action.table);
    const duplicates =
      action.unique &&
      !action.partial &&
      !action.expressions &&
      probe(context, 'duplicates', action.table, action.columns);
    if (isNew(context, action.table)) return undefined;
    if (duplicates)
      return {
        table: action.table,
        severity: 'blocked',
        why: `${action.table} has duplicates in (${action.columns.join(', ')}): it fails with 23505${action.concurrently ? ' and leaves an INVALID index behind' : ''}.`,
        help: 'Remove the duplicates first.',
      };
    if (action.concurrently) return undefined;
    const effect = effectOn(context, action.table);
    const { severity, estimate } = cost(context, 'create-index');
    if (severity === 'fine' || !effect) return undefined;
    return {
      table: action.table,
      severity,
      why: waiting(context, effect, 'read and the index is built'),
      ...(estimate ? { estimate } : {}),
      consequences: severity === 'notice' ? [] : ['downtime'],
      // A partitioned table's index cannot be built concurrently: its partitions' can, one by one.
      ...(entry?.partitioned
        ? {
            help: `CREATE INDEX … ON ONLY ${action.table}, then one CONCURRENTLY for each partition, then ALTER INDEX … ATTACH PARTITION.`,
          }
        : { safe: index(action, context.statement.text) }),
    };
  },
});
