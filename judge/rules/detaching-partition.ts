import { now } from '../fix/forms.ts';
import { quote } from '../parse/nodes.ts';
import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'detaching-partition',
  finds: 'A partition is detached without CONCURRENTLY.',
  why: 'ACCESS EXCLUSIVE on the partitioned table: every query on any partition waits behind it. Its rows are no longer seen through the parent.',
  instead: 'DETACH PARTITION … CONCURRENTLY (PostgreSQL 14 and later), alone in its file.',
  on: ['detach-partition'],
  judge: ({ table, partition, concurrently }, context) => {
    if (isNew(context, table) || concurrently) return undefined;
    const possible = context.server.major >= 14;
    return {
      table,
      severity: 'needs-approval',
      why: `Every query on ${table} waits until it has ACCESS EXCLUSIVE.`,
      ...(possible
        ? {
            safe: now(
              'The same, concurrently, alone in its file.',
              `detach_${partition}`,
              `ALTER TABLE ${quote(table)} DETACH PARTITION ${quote(partition)} CONCURRENTLY`,
            ),
          }
        : {}),
    };
  },
});
