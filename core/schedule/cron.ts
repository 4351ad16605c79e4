/**
 * AWS's cron expressions: `minutes hours day-of-month month day-of-week year`, with `? L W #`.
 * Daylight saving time as EventBridge Scheduler documents it: a time that is skipped in spring does not run, a time
 * that comes twice in autumn runs once, at the first.
 */
import { instantOf, type LocalTime, localTime } from './zone.ts';

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  /** Whether the expression names that day. Months count from 1. */
  isDay(year: number, month: number, day: number): boolean;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const LAST_YEAR = 2199;

/** Reads what stands between the parentheses of `cron(…)`; undefined where it is no expression of AWS's. */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) return undefined;
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  // Exactly one of the two days says which; the other must be `?`.
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) return undefined;
  const minutes = numbers(minute, 0, 59);
  const hours = numbers(hour, 0, 23);
  const months = numbers(month, 1, 12, MONTHS);
  const years = numbers(year, 1970, LAST_YEAR);
  const isDay = dayOfMonth === '?' ? weekDays(dayOfWeek) : monthDays(dayOfMonth);
  if (!minutes || !hours || !months || !years || !isDay) return undefined;
  return { minutes, hours, months: new Set(months), years: new Set(years), isDay };
}

/** The first time after an instant (milliseconds since the epoch, itself excluded); undefined where there is none. */
export function nextOfCron(cron: Cron, zone: string, after: number): number | undefined {
  const start = localTime(zone, after);
  for (
    const date = new Date(Date.UTC(start.year, start.month - 1, start.day));
    ;
    date.setUTCDate(date.getUTCDate() + 1)
  ) {
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    if (year > LAST_YEAR) return undefined;
    if (!cron.years.has(year)) {
      date.setUTCMonth(11, 31);
      continue;
    }
    if (!cron.months.has(month)) {
      date.setUTCMonth(month, 0);
      continue;
    }
    if (!cron.isDay(year, month, day)) continue;
    const found = firstOfDay(cron, zone, { year, month, day }, after, start);
    if (found !== undefined) return found;
  }
}

/** The first instants of two times of a day are in the order of those times, whatever the clocks do in between. */
function firstOfDay(
  cron: Cron,
  zone: string,
  day: { year: number; month: number; day: number },
  after: number,
  start: LocalTime,
): number | undefined {
  const today = day.year === start.year && day.month === start.month && day.day === start.day;
  for (const hour of cron.hours) {
    if (today && hour < start.hour) continue;
    for (const minute of cron.minutes) {
      if (today && hour === start.hour && minute < start.minute) continue;
      const instant = instantOf(zone, { ...day, hour, minute, second: 0 });
      if (instant !== undefined && instant > after) return instant;
    }
  }
  return undefined;
}

type Day = (year: number, month: number, day: number) => boolean;

function monthDays(field: string): Day | undefined {
  if (field === 'L') return (year, month, day) => day === daysIn(year, month);
  if (field === 'LW') return (year, month, day) => day === nearestWeekday(year, month, daysIn(year, month));
  const before = /^L-(\d{1,2})$/.exec(field);
  if (before) return (year, month, day) => day === daysIn(year, month) - Number(before[1]);
  const nearest = /^(\d{1,2})W$/.exec(field);
  if (nearest) {
    const wanted = Number(nearest[1]);
    if (wanted < 1 || wanted > 31) return undefined;
    return (year, month, day) => wanted <= daysIn(year, month) && day === nearestWeekday(year, month, wanted);
  }
  const days = numbers(field, 1, 31);
  if (!days) return undefined;
  const set = new Set(days);
  return (_year, _month, day) => set.has(day);
}

function weekDays(field: string): Day | undefined {
  if (field === 'L') return (year, month, day) => weekday(year, month, day) === 7;
  const last = /^(\d|[A-Z]{3})L$/i.exec(field);
  const nth = /^(\d|[A-Z]{3})#([1-5])$/i.exec(field);
  if (last || nth) {
    const wanted = value((last ?? nth)?.[1] ?? '', 1, 7, DAYS);
    if (wanted === undefined) return undefined;
    if (last) {
      return (year, month, day) => weekday(year, month, day) === wanted && day + 7 > daysIn(year, month);
    }
    return (year, month, day) =>
      weekday(year, month, day) === wanted && Math.ceil(day / 7) === Number(nth?.[2]);
  }
  const days = numbers(field, 1, 7, DAYS);
  if (!days) return undefined;
  const set = new Set(days);
  return (year, month, day) => set.has(weekday(year, month, day));
}

/** Sunday is 1. */
function weekday(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Monday to Friday, within the month. */
function nearestWeekday(year: number, month: number, day: number): number {
  const on = weekday(year, month, day);
  if (on === 7) return day > 1 ? day - 1 : day + 2;
  if (on === 1) return day < daysIn(year, month) ? day + 1 : day - 2;
  return day;
}

/** `*`, values, ranges (which may go over the end: `20-2`), and steps of either, joined by commas. */
function numbers(
  field: string,
  least: number,
  most: number,
  names: readonly string[] = [],
): number[] | undefined {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step, ...rest] = part.split('/');
    if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return undefined;
    const [from = '', to, ...more] = range.split('-');
    if (more.length > 0) return undefined;
    const first = from === '*' && to === undefined ? least : value(from, least, most, names);
    const alone = from === '*' || step !== undefined;
    const last = to === undefined ? (alone ? most : first) : value(to, least, most, names);
    if (first === undefined || last === undefined) return undefined;
    const size = most - least + 1;
    const length = ((last - first + size) % size) + 1;
    for (let offset = 0; offset < length; offset += Number(step ?? 1)) {
      found.add(least + ((first - least + offset) % size));
    }
  }
  return [...found].sort((a, b) => a - b);
}

function value(text: string, least: number, most: number, names: readonly string[]): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  const number = named >= 0 ? named + least : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}
