import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'securing-rows',
  finds: 'Row level security is switched on or off, or a policy changed, on a table that is in use.',
  why: 'Without a policy that lets it, every role but the owner (with FORCE, the owner too) sees no row at all: no error, just empty answers.',
  instead: 'Create the policies first, then enable; test with the role that the application signs in with.',
  on: ['row-security', 'policy', 'drop'],
  judge: (action, context) => {
    const { table } = action;
    if (table === undefined || isNew(context, table)) return undefined;
    if (action.do === 'drop' && action.what !== 'policy') return undefined;
    if (action.do === 'policy' || action.do === 'drop')
      return {
        table,
        severity: context.before.tables.get(table)?.rowSecurity ? 'needs-approval' : 'notice',
        why: 'Which rows a role sees changes for both releases at once.',
      };
    if (!action.enable)
      return { table, severity: 'needs-approval', why: `More roles see every row of ${table} from now on.` };
    if (action.force)
      return {
        table,
        severity: 'needs-approval',
        why: 'The policies bind the owner as well: if the application signs in as owner, it sees only what they let it.',
        consequences: ['downtime'],
      };
    return {
      table,
      severity: 'notice',
      why: `Roles other than the owner of ${table} see only what its policies let them.`,
    };
  },
});
