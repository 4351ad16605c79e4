/** The one-off task that migrates: the release's own revision, made to run `prisma migrate deploy` and nothing else. */
import type { MigrationPolicy } from './migration-policy.ts';
import type { MigrationResult } from './migration-result.ts';
import type { Settings } from './plan.ts';
import { nextRevision, type TaskDefinitionLike } from './task-definition.ts';

/**
 * A shell line that puts the lock time-out on the connection, whichever way the image connects: libpq's variable for
 * drivers that read it, and the URL for Prisma's own engine, which reads nothing else. A `SET` in the migration's file
 * would break those that must run outside of a transaction. `words` are Prisma's own, of characters that a shell leaves alone.
 * `rollBack` names a migration that is marked as rolled back first.
 */
export function migrationScript(lockTimeout: string, words = 'migrate deploy', rollBack?: string): string {
  const option = `-c lock_timeout=${lockTimeout}`;
  const encoded = encodeURIComponent(option);
  return [
    `export PGOPTIONS="${option}\${PGOPTIONS:+ $PGOPTIONS}"`,
    'if [ -n "$DATABASE_URL" ]; then',
    '  case "$DATABASE_URL" in',
    `    *[?\\&]options=*) DATABASE_URL="\${DATABASE_URL%%options=*}options=${encoded}%20\${DATABASE_URL#*options=}" ;;`,
    `    *\\?*) DATABASE_URL="$DATABASE_URL&options=${encoded}" ;;`,
    `    *) DATABASE_URL="$DATABASE_URL?options=${encoded}" ;;`,
    '  esac',
    '  export DATABASE_URL',
    'fi',
    ...(rollBack ? [`npx prisma migrate resolve --rolled-back ${rollBack} || exit`] : []),
    `exec npx prisma ${words}`,
  ].join('\n');
}

/**
 * The lock time-out of a run. It ends a concurrent build too, which waits for every older transaction and leaves an
 * INVALID index when it is ended, but keeps nobody waiting meanwhile: where nothing else is pending there is none.
 */
export function lockTimeoutFor(
  { pending, concurrent = [] }: Pick<MigrationResult, 'pending' | 'concurrent'>,
  { lockTimeout }: Pick<MigrationPolicy, 'lockTimeout'>,
): string {
  return pending.length > 0 && pending.every((name) => concurrent.includes(name)) ? '0' : lockTimeout;
}

/** What npm and Prisma must not do in a task that has one job: fetch a Prisma of their own choice, or call home. */
const QUIET = { CHECKPOINT_DISABLE: '1', NPM_CONFIG_YES: 'false', NPM_CONFIG_UPDATE_NOTIFIER: 'false' };

interface Container {
  readonly name?: string | undefined;
  readonly [field: string]: unknown;
}

/** A revision of the family `<family>-migrate`: it never counts as a revision of the service. */
export function migrationRevision<T extends TaskDefinitionLike>(
  current: T,
  image: string,
  settings: Settings,
  lockTimeout: string,
) {
  const variables = { ...settings.variables, ...QUIET };
  const next = nextRevision(current, image, { ...settings, variables });
  const containers = (next.containerDefinitions ?? []) as readonly Container[];
  return {
    ...next,
    family: `${current.family}-migrate`,
    containerDefinitions: containers.map((container) => {
      if (container.name !== settings.container) {
        // What stands beside it may help (a proxy, a log router), but its end must not end the migration.
        return { ...container, essential: false };
      }
      const { healthCheck: _, ...rest } = container;
      return {
        ...rest,
        essential: true,
        // In place of whatever the image starts with, an entry point that would start the service included.
        entryPoint: ['sh', '-c'],
        command: [migrationScript(lockTimeout)],
      };
    }),
  };
}
