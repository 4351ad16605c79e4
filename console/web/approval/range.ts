/** An estimate in words. */
import type { Estimate } from '../../model/approval.ts';
import { took } from '../base/format.ts';

/** Less than this is told as less than this. */
export const LEAST_S = 0.01;

export function tooLong({ high }: Estimate, limit: number): boolean {
  return high === null || high > limit;
}

/** `< 10 ms`, `25–60 s`, `3–6 min`, `25 s or more`. */
export function range(estimate: Estimate | null): string {
  if (!estimate) return 'unknown';
  const { low, high } = estimate;
  if (high === null) return `${took(low)} or more`;
  return between(low, high);
}

export function between(low: number, high: number): string {
  if (high <= LEAST_S) return '< 10 ms';
  const [divisor, unit] = high >= 120 ? [60, 'min'] : high >= 1 ? [1, 's'] : [0.001, 'ms'];
  const figure = (seconds: number) => {
    const value = seconds / divisor;
    return value < 10 && value % 1 !== 0 ? Number(value.toFixed(1)) : Math.round(value);
  };
  const [from, to] = [figure(low), figure(high)];
  return from === to || to === 0 ? `${to} ${unit}` : `${from}–${to} ${unit}`;
}
