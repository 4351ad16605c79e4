// PostgreSQL's table locks by strength, and several effects on one table as one.
import type { Effect, LockMode } from '../../core/migrations.ts';

export const strength: LockMode[] = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
];

export const lockStrength = (mode: LockMode): number => strength.indexOf(mode) + 1;

/** LOCK TABLE's mode as the tree has it: 1 is ACCESS SHARE. */
export const lockByNumber = (mode: number): LockMode => strength[mode - 1] ?? 'ACCESS EXCLUSIVE';

export function merge(effects: readonly Effect[]): Effect[] {
  const by = new Map<string, Effect>();
  for (const effect of effects) {
    const before = by.get(effect.table);
    by.set(
      effect.table,
      before
        ? {
            table: effect.table,
            lock: lockStrength(before.lock) >= lockStrength(effect.lock) ? before.lock : effect.lock,
            rewrites: before.rewrites || effect.rewrites,
            scans: before.scans || effect.scans,
          }
        : effect,
    );
  }
  return [...by.values()];
}
