import { seconds } from '../../core/migrations.ts';
import { rule } from './rule.ts';

const units: Record<string, number> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

export default rule({
  id: 'missing-lock-timeout',
  finds: 'lock_timeout is switched off, or so long that a waiting migration stops the application.',
  why: 'A statement that waits for its lock makes everyone queue behind it. Lockstep sets lock_timeout on the migration’s connection and tries again; a file that sets it to 0 undoes that.',
  instead:
    'Leave it to the connection (`"migrations": {"lockTimeout": "5s"}`). Never in a file with CONCURRENTLY: before Prisma 7.4 a SET before it makes it fail.',
  on: ['set'],
  judge: (action, context) => {
    if (action.name !== 'lock_timeout') return undefined;
    const match = /^(\d+)\s*(ms|s|min|h|d)?$/.exec(action.value ?? '0');
    if (!match) return undefined;
    const value = Number(match[1]) * (units[match[2] ?? 'ms'] ?? 1);
    const allowed = Math.max(seconds(context.policy.lockTimeout) * 1000, 10_000);
    if (value === 0) {
      // RESET gives back the connection's own, and at the end of a file nothing waits any more.
      if (action.reset || !context.later.some((placed) => placed.file === context.file)) return undefined;
      return {
        severity: 'needs-approval',
        why: 'Without lock_timeout one long transaction makes this migration, and everyone behind it, wait without end.',
        help: 'Remove the line: the connection has a lock_timeout.',
        consequences: ['downtime'],
      };
    }
    return value > allowed
      ? {
          severity: 'notice',
          why: `The migration may wait ${value / 1000} s for a lock, and everyone queues behind it.`,
        }
      : undefined;
  },
});
