/** `--since` and `--until`: so long ago, or a time. */
import { LockstepError } from '../../core/errors.ts';
import { type Invocation, text } from '../command.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Epoch milliseconds; undefined where the option was left out. */
export function momentOf(invocation: Invocation, option: 'since' | 'until', now: number): number | undefined {
  const given = text(invocation, option);
  if (given === undefined) return undefined;
  const ago = /^(\d+(?:\.\d+)?)([smhd])$/.exec(given);
  if (ago) return now - Number(ago[1]) * UNITS[ago[2] as keyof typeof UNITS];
  const time = /^\d{4}-\d{2}-\d{2}/.test(given) ? Date.parse(given) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new LockstepError('UsageError', {
    problem: `--${option} "${given}" is not a time.`,
    help: 'Write how long ago (30s, 10m, 2h, 3d), or a time like 2026-11-24T09:15:00Z.',
  });
}
