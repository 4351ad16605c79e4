/**
 * When deployments are allowed: freezes and weekly windows. Pure: the time comes in, and all of it is read as the clocks on
 * the wall of the environment's zone show it, so that the two days a year on which they jump need no rule of their own.
 */
import { earliestInstant, type LocalTime, latestInstant, localTime } from './zone.ts';

/** What the environment file says about it. */
export interface Calendar {
  readonly timeZone: string;
  readonly freeze: readonly { readonly from: string; readonly to: string; readonly reason: string }[];
  /** Empty where every hour is allowed. */
  readonly windows: readonly string[];
}

/** Why nothing is deployed at a moment. */
export interface Closed {
  /** The first moment at which it is allowed again, in milliseconds since the epoch; null where there is none. */
  readonly until: number | null;
  /** `end of year`, or which windows there are. */
  readonly reason: string;
}

export interface Freeze {
  /** Milliseconds since the epoch: the first moment in it, and the first after it. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** Weekdays from Monday = 0; minutes of the day, the end excluded and at most 24 hours after the beginning of its day. */
export interface Window {
  readonly days: ReadonlySet<number>;
  readonly from: number;
  readonly to: number;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MINUTES = 1440;
const DAY_MS = 86_400_000;

/**
 * Undefined where a deployment may begin. A freeze that begins in a window, or ends outside of one, is gone through: the
 * moment that is told is one at which it is really allowed.
 */
export function closedAt(calendar: Calendar, now: number): Closed | undefined {
  const { timeZone } = calendar;
  const freezes = freezesOf(calendar);
  const windows = calendar.windows.flatMap((text) => parseWindow(text) ?? []);
  const frozen = freezes.find(({ from, to }) => from <= now && now < to);
  if (!frozen && isOpen(windows, timeZone, now)) return undefined;
  const reason = frozen?.reason ?? `outside of the weekly windows (${calendar.windows.join(', ')})`;
  return { until: nextOpening(freezes, windows, timeZone, now), reason };
}

function nextOpening(
  freezes: readonly Freeze[],
  windows: readonly Window[],
  zone: string,
  now: number,
): number | null {
  let at = now;
  // Each turn leaves a freeze for good or comes to a window's beginning.
  for (let turn = 0; turn < 2 * (freezes.length + 1); turn++) {
    const frozen = freezes.find(({ from, to }) => from <= at && at < to);
    if (frozen) {
      at = frozen.to;
      continue;
    }
    if (isOpen(windows, zone, at)) return at;
    const opens = nextWindow(windows, zone, at);
    if (opens === undefined) return null;
    at = opens;
  }
  return null;
}

function isOpen(windows: readonly Window[], zone: string, at: number): boolean {
  if (windows.length === 0) return true;
  const local = localTime(zone, at);
  const minute = local.hour * 60 + local.minute;
  const day = weekday(local);
  return windows.some(
    ({ days, from, to }) =>
      (days.has(day) && minute >= from && minute < to) ||
      // A window that goes over midnight belongs to the day on which it begins.
      (days.has((day + 6) % 7) && minute + DAY_MINUTES < to),
  );
}

/** A window whose hour the clocks skip in spring does not open on that day. */
function nextWindow(windows: readonly Window[], zone: string, after: number): number | undefined {
  const start = localTime(zone, after);
  const midnight = Date.UTC(start.year, start.month - 1, start.day);
  let best: number | undefined;
  // A window may fall into the skipped hour once a year: the week after has it again.
  for (let days = 0; days <= 14; days++) {
    const date = new Date(midnight + days * DAY_MS);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    for (const window of windows) {
      if (!window.days.has(weekday({ year, month, day }))) continue;
      const [hour, minute] = [Math.floor(window.from / 60), window.from % 60];
      const at = earliestInstant(zone, { year, month, day, hour, minute, second: 0 });
      if (at > after && isOpen([window], zone, at) && (best === undefined || at < best)) best = at;
    }
    if (best !== undefined) return best;
  }
  return best;
}

function weekday({ year, month, day }: Pick<LocalTime, 'year' | 'month' | 'day'>): number {
  return (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
}

/**
 * `2026-12-18` or `2026-12-18T17:00` on the clocks of the zone, or a time with an offset. A day alone is meant whole: as `to`
 * it ends with that day. Undefined for what is no time.
 */
export function freezeTime(text: string, zone: string, end: 'from' | 'to'): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (!match) return undefined;
  const [, ...parts] = match;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return undefined;
  if (parts[6] !== undefined) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : at;
  }
  if (parts[3] === undefined && end === 'to') date.setUTCDate(date.getUTCDate() + 1);
  const local = {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour,
    minute,
    second,
  };
  // Of an hour that comes twice a freeze has both.
  return end === 'from' ? earliestInstant(zone, local) : latestInstant(zone, local);
}

/** The freezes of a calendar as moments, in the order of the file. */
export function freezesOf({ freeze, timeZone }: Pick<Calendar, 'freeze' | 'timeZone'>): Freeze[] {
  return freeze.flatMap((one) => freezeOf(one, timeZone) ?? []);
}

function freezeOf(given: Calendar['freeze'][number], zone: string): Freeze | undefined {
  const from = freezeTime(given.from, zone, 'from');
  const to = freezeTime(given.to, zone, 'to');
  return from === undefined || to === undefined ? undefined : { from, to, reason: given.reason };
}

/** `Mon-Thu 09:00-16:00`, `Tue,Sat 22:00-02:00`; undefined for what is no window. */
export function parseWindow(text: string): Window | undefined {
  const match = /^(\S+) (\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text);
  if (!match) return undefined;
  const [, days = '', ...times] = match;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = times.map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  if (fromHour > 23 || fromMinute > 59 || toMinute > 59 || to > DAY_MINUTES || from === to) return undefined;
  const set = new Set<number>();
  for (const part of days.split(',')) {
    const [first = -1, last = first, ...more] = part.split('-').map((name) => DAYS.indexOf(name));
    if (first < 0 || last < 0 || more.length > 0) return undefined;
    for (let day = first; ; day = (day + 1) % 7) {
      set.add(day);
      if (day === last) break;
    }
  }
  return { days: set, from, to: to > from ? to : to + DAY_MINUTES };
}

/** `Tue 1 Dec 2026 03:00`, as the clocks of the zone show it. */
export function wallTime(zone: string, at: number): string {
  const local = localTime(zone, at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${DAYS[weekday(local)]} ${local.day} ${MONTHS[local.month - 1]} ${local.year} ${two(local.hour)}:${two(local.minute)}`;
}
