import { rule } from './rule.ts';

export default rule({
  id: 'creating-extension',
  finds: 'An extension is created or updated.',
  why: 'It needs a role that may (rds_superuser on RDS), and an extension that the server has. Otherwise the migration fails half-way.',
  instead: 'Alone in its own migration, with IF NOT EXISTS; or by whoever sets the database up.',
  on: ['create-extension', 'other'],
  judge: (action) => {
    if (action.do === 'create-extension')
      return {
        severity: 'notice',
        why: `${action.name} needs a role that may create it, on a server that has it.`,
      };
    return action.kind === 'AlterExtensionStmt'
      ? { severity: 'notice', why: 'Its script runs in the migration, with whatever locks that takes.' }
      : undefined;
  },
});
