import { isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'changing-rights',
  finds: 'GRANT, REVOKE, a change of owner, roles made or dropped.',
  why: 'A right that is taken away stops the release that runs now at once (42501). Another owner changes who may migrate next time. Roles belong to the server, not to this database.',
  instead: 'Grant before the release that needs it; revoke after the last release that used it.',
  on: ['grant', 'owner', 'role'],
  judge: (action, context) => {
    if (action.do === 'grant') {
      const who = action.roles.join(', ') || 'A role';
      const fresh = action.objects.length > 0 && action.objects.every((name) => isNew(context, name));
      return action.revoke && !fresh
        ? { severity: 'needs-approval', why: `${who} loses a right: whatever still uses it fails (42501).` }
        : { severity: 'notice', why: `${who} ${action.revoke ? 'loses' : 'gets'} a right.` };
    }
    if (action.do === 'owner')
      return isNew(context, action.name)
        ? undefined
        : {
            severity: 'notice',
            why: `Another role owns ${action.name} afterwards: only it may migrate it next time.`,
          };
    return {
      severity: /DROP|REASSIGN/.test(action.what) ? 'needs-approval' : 'notice',
      why: `${action.what}: roles belong to the whole server.`,
    };
  },
});
