import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'changing-replica-identity',
  finds: 'REPLICA IDENTITY FULL or NOTHING.',
  why: 'FULL writes the whole old row into the log at every UPDATE and DELETE, large values included, and a subscriber without a fitting index searches its table for each. With NOTHING every UPDATE and DELETE on a published table fails (55000). Either takes ACCESS EXCLUSIVE for a moment.',
  instead: 'A primary key, or `REPLICA IDENTITY USING INDEX` with a unique index over required columns.',
  on: ['table-option'],
  judge: ({ table, what }, context) => {
    if (isNew(context, table)) return undefined;
    if (what === 'REPLICA IDENTITY FULL')
      return {
        table,
        severity: 'notice',
        why: `Every UPDATE and DELETE on ${table} writes the whole old row into the log from now on.`,
      };
    if (what === 'REPLICA IDENTITY NOTHING')
      return {
        table,
        severity: 'needs-approval',
        why: `Where ${table} is published, every UPDATE and DELETE on it fails with 55000.`,
        consequences: ['downtime'],
      };
    return undefined;
  },
});
