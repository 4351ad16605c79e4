/** When a schedule runs next, and which of those runs would be refused. */
import { type Calendar, type Closed, closedAt } from './calendar.ts';
import { nextDue, parseExpression } from './expression.ts';

export interface Upcoming {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Why that run would be refused; null where it would not. */
  readonly closed: Closed | null;
}

/** The next times after an instant; fewer than asked for where the expression has no more. */
export function upcoming(
  schedule: { readonly expression: string; readonly timeZone: string },
  calendar: Calendar,
  after: number,
  count: number,
): Upcoming[] {
  const expression = parseExpression(schedule.expression, 'any');
  const found: Upcoming[] = [];
  for (let at = after; expression && found.length < count; ) {
    const next = nextDue(expression, at, { zone: schedule.timeZone, anchor: after });
    if (next === undefined) break;
    found.push({ at: next, closed: closedAt(calendar, next) ?? null });
    at = next;
  }
  return found;
}
