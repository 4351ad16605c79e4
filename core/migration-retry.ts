/** Whether a migration that did not get its lock is tried once more. */
import type { MigrationResult } from './migration-result.ts';

/** Seconds before the second, the third and the fourth try: a lock that is held for longer is not held by accident. */
const PAUSES = [10, 30, 60];

export type MigrationState = 'applied' | 'failed' | 'not run';

/**
 * The pause, and the migration that has to be marked as rolled back first: Prisma runs nothing while one stands failed.
 * Undefined where another try is not safe: the failed file may have left something behind, or it was tried often enough.
 */
export function retryAfterLock(
  attempt: number,
  states: readonly { readonly name: string; readonly state: MigrationState }[],
  { atomic = [] }: Pick<MigrationResult, 'atomic'>,
): { readonly seconds: number; readonly rollBack: string } | undefined {
  const seconds = PAUSES[attempt];
  const failed = states.filter(({ state }) => state === 'failed').map(({ name }) => name);
  const [name] = failed;
  if (seconds === undefined || name === undefined || failed.length > 1) return undefined;
  // The name goes into a shell's line.
  return atomic.includes(name) && /^[\w.-]+$/.test(name) ? { seconds, rollBack: name } : undefined;
}
