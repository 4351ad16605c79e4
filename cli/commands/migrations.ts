/** `lockstep migrations check|fix|status|resolve`. */
import { nearest } from '../../core/nearest.ts';
import { type Command, problem } from '../command.ts';

const ACTIONS = ['check', 'fix', 'status', 'resolve'] as const;

export const migrations: Command = {
  name: 'migrations',
  summary: 'judge migrations, write them anew, compare them with a database, resolve a failed one',
  usage:
    'check [DIR] [--applied-through NAME] [--old-schema FILE] [--server-version N] [--facts FILE] [--format FORMAT] | fix [NAME] [--write] | status | resolve NAME --applied|--rolled-back',
  positionals: { least: 1, most: 2 },
  options: {
    'applied-through': {
      type: 'string',
      value: 'NAME',
      description: 'check, fix: the last migration that the database has',
    },
    'old-schema': {
      type: 'string',
      value: 'FILE',
      description: 'check, fix: schema.prisma of the release that runs',
    },
    'server-version': {
      type: 'string',
      value: 'N',
      description: 'check, fix: of PostgreSQL, for example 15',
    },
    facts: {
      type: 'string',
      value: 'FILE',
      description: 'check, fix: facts of the database, as inspect-database answers',
    },
    format: { type: 'string', value: 'FORMAT', description: 'check: text, json, github, sarif or markdown' },
    write: { type: 'boolean', description: 'fix: write the files; else they are only shown' },
    applied: { type: 'boolean', description: 'resolve: what the file does is in the database' },
    'rolled-back': {
      type: 'boolean',
      description: 'resolve: what the file did is undone; it will run again',
    },
    yes: { type: 'boolean', description: 'resolve: do not ask' },
  },
  examples: [
    'lockstep migrations check --applied-through 20261101_orders --format github',
    'lockstep migrations fix 20261124_cleanup --applied-through 20261123_note --write',
    'lockstep migrations status --service backend --environment production',
  ],
  exits: { 10: 'blocked', 17: 'a person has to approve' },
  async run(invocation) {
    const [action = '', argument] = invocation.positionals;
    switch (action) {
      case 'check':
        return (await import('../migrations/check.ts')).checkMigrations(invocation, argument);
      case 'fix':
        return (await import('../migrations/check.ts')).fixMigrations(invocation, argument);
      case 'status':
        return (await import('../migrations/status.ts')).showStatus(invocation);
      case 'resolve':
        return (await import('../migrations/status.ts')).resolveMigration(invocation, argument);
      default: {
        const meant = nearest(action, ACTIONS);
        throw problem(
          `"${action}" is nothing that migrations can do.${meant ? ` Did you mean ${meant}?` : ''}`,
          migrations,
        );
      }
    }
  },
};
