/** `rate(5 minutes)`, `cron(0 3 ? * TUE *)` and `at(2026-11-24T03:00:00)`, and when each is due. */
import { type Cron, nextOfCron, parseCron } from './cron.ts';
import { instantOf, type LocalTime, offsetAt } from './zone.ts';

export type Expression =
  | { readonly kind: 'rate'; readonly every: number }
  | { readonly kind: 'cron'; readonly cron: Cron }
  | { readonly kind: 'at'; readonly local: LocalTime };

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Undefined for what is none of the three. `plurals` refuses `rate(1 minutes)` as EventBridge's rules do. */
export function parseExpression(text: string, plurals: 'strict' | 'any'): Expression | undefined {
  const found = /^(rate|cron|at)\((.*)\)$/s.exec(text);
  if (!found) return undefined;
  const [, kind, inside = ''] = found;
  if (kind === 'cron') {
    const cron = parseCron(inside);
    return cron && { kind, cron };
  }
  if (kind === 'at') {
    const parts = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/.exec(inside);
    if (!parts || Number.isNaN(Date.parse(`${inside}Z`))) return undefined;
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
    return { kind, local: { year, month, day, hour, minute, second } };
  }
  const rate = /^([1-9]\d*) +(minute|hour|day)(s?)$/.exec(inside.trim());
  if (!rate) return undefined;
  const [, count = '', unit = '', plural] = rate;
  if (plurals === 'strict' && (count === '1') !== (plural === '')) return undefined;
  return { kind: 'rate', every: Number(count) * (UNITS[unit] ?? 0) };
}

/** Milliseconds since the epoch everywhere. */
export interface Due {
  readonly zone: string;
  /** From when a rate counts: its first time. */
  readonly anchor: number;
}

/** The first time after an instant (itself excluded); undefined where there is none. */
export function nextDue(expression: Expression, after: number, due: Due): number | undefined {
  switch (expression.kind) {
    case 'cron':
      return nextOfCron(expression.cron, due.zone, after);
    case 'at': {
      const { local } = expression;
      // Clocks that are put forward skip some times; what was to happen once then happens an hour later, not never.
      const utc = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
      const at = instantOf(due.zone, local) ?? utc - offsetAt(due.zone, utc - 86_400_000);
      return at > after ? at : undefined;
    }
    case 'rate': {
      if (due.anchor > after) return due.anchor;
      const passed = Math.floor((after - due.anchor) / expression.every) + 1;
      return due.anchor + passed * expression.every;
    }
  }
}

/** The latest time at or before an instant and after another; undefined where there is none. */
export function latestDue(expression: Expression, from: number, to: number, due: Due): number | undefined {
  if (expression.kind === 'rate') {
    const passed = Math.floor((to - due.anchor) / expression.every);
    const at = due.anchor + passed * expression.every;
    return passed >= 0 && at > from ? at : undefined;
  }
  let latest: number | undefined;
  // Looks a day or less at a time: a schedule of every minute has many times in a long absence, and only one matters.
  for (let back = 3_600_000; latest === undefined; back *= 24) {
    const start = Math.max(from, to - back);
    for (
      let at = nextDue(expression, start, due);
      at !== undefined && at <= to;
      at = nextDue(expression, at, due)
    ) {
      latest = at;
    }
    if (start === from) break;
  }
  return latest;
}
