import { rule } from './rule.ts';

export default rule({
  id: 'changing-whole-database',
  finds: 'DROP DATABASE, CREATE DATABASE, ALTER DATABASE, ALTER SYSTEM, tablespaces.',
  why: 'A migration is about one schema. These are about the server, work outside transactions, cannot be rehearsed and cannot be undone.',
  instead:
    'Do it with the tools that own the server (infrastructure code, the console of the database service).',
  on: ['drop-database', 'database-wide'],
  judge: (action) =>
    action.do === 'drop-database'
      ? {
          severity: 'blocked',
          why: `DROP DATABASE ${action.name} destroys everything in it.`,
          consequences: ['downtime', 'no-rollback', 'data-loss'],
        }
      : {
          severity: 'needs-approval',
          why: `${action.what} changes more than this application's schema, and cannot be rehearsed.`,
          help: 'Move it to where the server is configured.',
        },
});
