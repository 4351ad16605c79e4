// Behind whom a statement would wait for its lock, from the sessions that the database showed.
import type { DatabaseFacts, Effect } from '../../core/migrations.ts';
import { lockStrength } from '../schema/locks.ts';

/** PostgreSQL's conflict table: by the strength of one mode, the modes that cannot be held beside it. */
const conflicts: Record<number, number[]> = {
  1: [8],
  2: [7, 8],
  3: [5, 6, 7, 8],
  4: [4, 5, 6, 7, 8],
  5: [3, 4, 6, 7, 8],
  6: [3, 4, 5, 6, 7, 8],
  7: [2, 3, 4, 5, 6, 7, 8],
  8: [1, 2, 3, 4, 5, 6, 7, 8],
};

/** pg_locks spells AccessExclusiveLock. */
const spelt = (mode: string): string =>
  mode
    .replace(/Lock$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();

/**
 * A sentence that names the sessions: pid, age, first words of the query, never its values. Those younger than
 * `leastSeconds` are left out: they are gone before anybody has read of them.
 */
export function waitsBehind(
  facts: DatabaseFacts | undefined,
  effects: readonly Effect[],
  leastSeconds = 0,
): string | undefined {
  if (!facts) return undefined;
  const named = new Set<number>();
  const parts: string[] = [];
  for (const session of facts.sessions) {
    if (session.transactionSeconds < leastSeconds) continue;
    for (const lock of session.locks) {
      if (!lock.granted || named.has(session.pid)) continue;
      const wanted = effects.find((effect) => effect.table === lock.table);
      if (
        !wanted ||
        !conflicts[lockStrength(wanted.lock)]?.includes(lockStrength(spelt(lock.mode) as Effect['lock']))
      )
        continue;
      named.add(session.pid);
      const age = session.transactionSeconds;
      const shown = age >= 60 ? `${Math.round(age / 60)} min` : `${age.toFixed(1)} s`;
      parts.push(
        `pid ${session.pid} (${session.application || session.user || 'unknown'}, ${session.state}, ${shown}: ${session.query}) holds ${spelt(lock.mode)} on ${lock.table}`,
      );
    }
  }
  return parts.length > 0 ? `It would wait behind ${parts.join('; ')}.` : undefined;
}
