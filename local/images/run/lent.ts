/** Variables that every RUN line gets beside its own: npm's configuration, and quiet for tools that phone home. */
import type { Npm } from '../npm.ts';

export function lentVariables(npm: Npm): Record<string, string> {
  return {
    ...npm.variables,
    HOME: '/root',
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    // Prisma asks its maker for news after every command, and waits for the answer.
    CHECKPOINT_DISABLE: '1',
  };
}
