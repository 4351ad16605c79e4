/** `lockstep migrations check|fix|status|facts|resolve`. */
import { nearest } from '../../core/nearest.ts';
import { COMMON, type Command, type Invocation, problem } from '../command.ts';

/** What each action takes: how many words after it, and which options besides those of every verb. */
const ACTIONS: Readonly<Record<string, { readonly words: number; readonly options: readonly string[] }>> = {
  check: {
    words: 1,
    options: ['base', 'applied-through', 'old-schema', 'server-version', 'facts', 'format'],
  },
  fix: { words: 1, options: ['base', 'applied-through', 'old-schema', 'server-version', 'facts', 'write'] },
  status: { words: 0, options: [] },
  facts: { words: 0, options: [] },
  resolve: { words: 1, options: ['applied', 'rolled-back', 'yes'] },
};

export const migrations: Command = {
  name: 'migrations',
  summary: 'judge migrations, write them anew, compare them with a database, resolve a failed one',
  usage:
    'check [DIR] [--base COMMIT | --applied-through NAME] [--old-schema FILE] [--server-version N] [--facts FILE] [--format FORMAT] | fix [NAME] [--write] | status | facts | resolve NAME --applied|--rolled-back',
  positionals: { least: 1, most: 2 },
  options: {
    base: {
      type: 'string',
      value: 'COMMIT',
      description: 'check, fix: whose migrations the database has, and whose schema.prisma the old code',
    },
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
      description: 'check, fix: facts of the database, as `lockstep migrations facts` prints them',
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
    'lockstep migrations check --base origin/main --format github',
    'lockstep migrations fix 20261124_cleanup --write',
    'lockstep migrations resolve 20261124_cleanup --rolled-back --environment production',
  ],
  exits: { 10: 'blocked', 12: 'Prisma could not resolve it', 17: 'a person has to approve' },
  async run(invocation) {
    const [action = '', argument] = invocation.positionals;
    requireFitting(action, invocation);
    switch (action) {
      case 'check':
        return (await import('../migrations/check.ts')).checkMigrations(invocation, argument);
      case 'fix':
        return (await import('../migrations/check.ts')).fixMigrations(invocation, argument);
      case 'status':
        return (await import('../migrations/status.ts')).showStatus(invocation);
      case 'facts':
        return (await import('../migrations/status.ts')).showFacts(invocation);
      default:
        return (await import('../migrations/resolve.ts')).resolveMigration(invocation, argument);
    }
  },
};

/** An option that an action does not know is refused: whoever gave it believes that it did something. */
function requireFitting(action: string, { positionals, options }: Invocation): void {
  const takes = ACTIONS[action];
  if (!takes) {
    const meant = nearest(action, Object.keys(ACTIONS));
    throw problem(
      `"${action}" is nothing that migrations can do.${meant ? ` Did you mean ${meant}?` : ''}`,
      migrations,
    );
  }
  const word = positionals[takes.words + 1];
  if (word !== undefined) throw problem(`"${word}" is one word too many.`, migrations);
  const known = new Set([...takes.options, ...Object.keys(COMMON)]);
  const other = Object.keys(options).find((name) => !known.has(name));
  if (other) throw problem(`--${other} means nothing to \`migrations ${action}\`.`, migrations);
}
