import { lockByNumber, lockStrength } from '../schema/locks.ts';
import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'locking-table',
  finds: 'LOCK TABLE in a mode that keeps writers out, or a SELECT … FOR UPDATE.',
  why: 'The lock is held until the transaction ends: everything that follows in it happens while the table stands still.',
  instead: 'Leave it out: each statement takes the lock that it needs.',
  on: ['lock-table', 'select'],
  judge: (action, context) => {
    if (action.do === 'select') {
      const locked = action.locking ? action.reads.filter((table) => !isNew(context, table)) : [];
      return locked.length === 0
        ? undefined
        : {
            table: locked[0] as string,
            severity: 'needs-approval',
            why: `Writes to the rows of ${locked.join(', ')} that it finds wait until the transaction ends.`,
            help: 'Leave FOR UPDATE out: a migration has nobody to share the rows with.',
          };
    }
    const mode = lockByNumber(action.mode);
    const tables = action.tables.filter((table) => !isNew(context, table));
    if (tables.length === 0 || lockStrength(mode) < lockStrength('SHARE')) return undefined;
    return {
      table: tables[0] as string,
      severity: 'needs-approval',
      why: `${mode} on ${tables.join(', ')} until the transaction ends.`,
      help: 'Leave LOCK TABLE out.',
      consequences: ['downtime'],
    };
  },
});
