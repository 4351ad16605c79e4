import { cost, isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'attaching-partition',
  finds: 'A table is attached as a partition, or made as one beside a default partition.',
  why: 'The new partition is read under ACCESS EXCLUSIVE to prove that its rows belong there, and so is the default partition, to prove that none of its rows do. CREATE TABLE … PARTITION OF locks the parent ACCESS EXCLUSIVE.',
  instead:
    'CREATE TABLE … (LIKE parent), a validated CHECK that implies the bounds, then ATTACH (SHARE UPDATE EXCLUSIVE on the parent).',
  on: ['attach-partition', 'create-table'],
  judge: (action, context) => {
    if (action.do === 'create-table') {
      const parent = action.partitionOf;
      if (!parent || isNew(context, parent)) return undefined;
      const beside = context.before.tables.get(parent)?.hasDefaultPartition;
      return {
        table: parent,
        severity: beside ? 'needs-approval' : 'notice',
        why: `ACCESS EXCLUSIVE on ${parent}${beside ? ' while its default partition is read' : ', brief'}.`,
        help: `CREATE TABLE ${action.table} (LIKE ${parent}), then ATTACH PARTITION.`,
      };
    }
    const { partition } = action;
    if (isNew(context, partition)) return undefined;
    const checked = [...(context.before.tables.get(partition)?.constraints.values() ?? [])].some(
      (constraint) => constraint.kind === 'check' && constraint.validated,
    );
    const { severity, estimate } = cost(context);
    if (severity === 'fine') return undefined;
    if (checked)
      return {
        table: partition,
        severity: 'notice',
        why: 'If its validated CHECK implies the bounds, nothing is read.',
        ...(estimate ? { estimate } : {}),
      };
    return {
      table: partition,
      severity,
      why: `${partition} is read under ACCESS EXCLUSIVE to prove that its rows belong there.`,
      help: 'Add a CHECK that implies the bounds NOT VALID, validate it, then attach.',
      ...(estimate ? { estimate } : {}),
      consequences: severity === 'notice' ? [] : ['downtime'],
    };
  },
});
