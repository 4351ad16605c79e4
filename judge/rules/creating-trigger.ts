import type { ActionOf } from '../parse/action.ts';
import { isNew } from './context.ts';
import { type Context, rule } from './rule.ts';

export default rule({
  id: 'creating-trigger',
  finds: 'A trigger or rule is put on a table that is in use, switched off or dropped.',
  why: 'It fires for what the old release writes too. SHARE ROW EXCLUSIVE: writes wait until it has the lock. A row trigger makes every write slower.',
  instead:
    'Make its function such that it does nothing for rows of the old release; measure a write with it.',
  on: ['create-trigger', 'create-rule', 'table-option', 'drop'],
  judge: (action, context) => {
    const { table } = action;
    if (table === undefined || isNew(context, table)) return undefined;
    if (action.do === 'drop')
      return ['trigger', 'rule'].includes(action.what) && !replaced(action, context)
        ? {
            table,
            severity: 'notice',
            why: `What ${action.names.join(', ')} did for rows of ${table} is done for neither release any more.`,
          }
        : undefined;
    if (action.do === 'create-rule')
      return {
        table,
        severity: 'needs-approval',
        why: `From now on what is written to ${table} is rewritten by the rule, for the old release as well.`,
      };
    if (action.do === 'table-option') {
      if (!action.what.includes('TRIGGER')) return undefined;
      return action.what.startsWith('DISABLE')
        ? {
            table,
            severity: 'needs-approval',
            why: `With its triggers off neither foreign keys (ALL) nor your own rules are kept for ${table}, for all sessions.`,
          }
        : { table, severity: 'notice', why: 'Its triggers fire again from now on.' };
    }
    const writes = context.facts?.tables[table]?.writesPerSecond;
    return {
      table,
      severity: 'notice',
      why: `It fires on ${action.events.join(', ')} of ${table} for both releases.${writes ? ` That is about ${Math.round(writes)} times a second.` : ''}`,
    };
  },
});

/** DROP … IF EXISTS and CREATE again is how a trigger is changed: there is one of its name afterwards. */
const replaced = (dropped: ActionOf<'drop'>, context: Context): boolean =>
  context.later.some((placed) =>
    placed.statement.actions.some(
      (other) =>
        (other.do === 'create-trigger' &&
          other.table === dropped.table &&
          dropped.names.includes(other.name)) ||
        (other.do === 'create-rule' && dropped.what === 'rule' && other.table === dropped.table),
    ),
  );
