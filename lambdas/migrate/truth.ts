/** What is true in the database after a migration that did not end well: which migrations it has, and which stands failed. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { historyAnswerSchema } from '../../core/inspection.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import type { MigrationState } from '../../core/migration-retry.ts';
import { inspect } from '../inspection.ts';

export interface Truth {
  readonly database: MigrationResult['database'];
  readonly states: readonly { readonly name: string; readonly state: MigrationState }[];
  /** One line a migration, for people. */
  readonly lines: readonly string[];
}

/** Where the database cannot be asked, a task that ran may have done anything: that counts as failed. */
export async function databaseTruth(
  service: string,
  pending: readonly string[],
  deps: { readonly lambda: LambdaClient },
): Promise<Truth> {
  const history = await inspect(deps.lambda, service, { want: 'history' }, historyAnswerSchema);
  if (!history.reachable) {
    return { database: 'failed', states: [], lines: [`in the database now: not known, ${history.reason}`] };
  }
  const rows = new Map(
    (history.applied ?? []).filter((row) => !row.rolledBackAt).map((row) => [row.migrationName, row]),
  );
  const states = pending.map((name): Truth['states'][number] => {
    const row = rows.get(name);
    return { name, state: row ? (row.finishedAt ? 'applied' : 'failed') : 'not run' };
  });
  const lines = states.map(({ name, state }) => `in the database now: ${name} ${state}`);
  if (states.every(({ state }) => state === 'not run')) return { database: 'unchanged', states, lines };
  const all = states.every(({ state }) => state === 'applied');
  return { database: all ? 'migrated' : 'failed', states, lines };
}
