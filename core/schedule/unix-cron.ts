/**
 * The five fields of a UNIX cron (`minute hour day month weekday`), translated to what EventBridge Scheduler takes.
 *
 * The two differ where it hurts: UNIX counts weekdays from Sunday = 0 (and takes 7 for it too), AWS from Sunday = 1; AWS
 * wants `?` in the one of the two day fields that does not say which; and a UNIX cron that restricts both means either,
 * which no expression of AWS's can say. Steps are written out as values, because AWS documents `/` only after a number.
 */
import { nextOfCron, parseCron } from './cron.ts';

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const MINUTE: Field = { name: 'minute', least: 0, most: 59, names: [] };
const HOUR: Field = { name: 'hour', least: 0, most: 23, names: [] };
const DAY: Field = { name: 'day of the month', least: 1, most: 31, names: [] };
const MONTH: Field = { name: 'month', least: 1, most: 12, names: MONTHS };
const WEEKDAY: Field = { name: 'day of the week', least: 0, most: 7, names: DAYS };

/** EventBridge Scheduler's expression, or a sentence on what is wrong with the cron. */
export function translateCron(text: string): { readonly expression: string } | { readonly problem: string } {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) {
    return {
      problem: `must be five fields, minute hour day month weekday, for example "0 3 * * 2"; it has ${text.trim() === '' ? 'none' : fields.length}`,
    };
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const read = [
    valuesOf(minute, MINUTE),
    valuesOf(hour, HOUR),
    valuesOf(day, DAY),
    valuesOf(month, MONTH),
    valuesOf(weekday, WEEKDAY),
  ] as const;
  const wrong = read.find((one) => 'problem' in one);
  if (wrong && 'problem' in wrong) return wrong;
  const [minutes, hours, days, months, weekdays] = read.map((one) => ('values' in one ? one.values : [])) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  // Sunday has two numbers.
  const week = [...new Set(weekdays.map((value) => value % 7))].sort((a, b) => a - b);
  const everyDay = days.length === 31;
  const everyWeekday = week.length === 7;
  if (!everyDay && !everyWeekday) {
    return {
      problem:
        'names a day of the month and a day of the week; a UNIX cron runs on either, which EventBridge Scheduler cannot: name one of them and leave the other *',
    };
  }
  const inside = [
    minutes.length === 60 ? '*' : ranges(minutes, String),
    hours.length === 24 ? '*' : ranges(hours, String),
    everyWeekday ? (everyDay ? '*' : ranges(days, String)) : '?',
    months.length === 12 ? '*' : ranges(months, String),
    everyWeekday ? '?' : ranges(week, (value) => DAYS[value] ?? ''),
    '*',
  ].join(' ');
  return isEverDue(inside) ? { expression: `cron(${inside})` } : { problem: 'is a day that no month has' };
}

/** The five fields read as EventBridge reads their translation: 28 years have every weekday on every day. */
function isEverDue(inside: string): boolean {
  const cron = parseCron(inside);
  return cron !== undefined && nextOfCron(cron, 'UTC', Date.UTC(2026, 0, 1)) !== undefined;
}

function valuesOf(text: string, field: Field): { readonly values: number[] } | { readonly problem: string } {
  const found = new Set<number>();
  const problem = {
    problem: `has the ${field.name} "${text}"; it is ${field.least}-${field.most}${field.names.length > 0 ? ` or ${field.names[0]}-${field.names.at(-1)}` : ''}, *, a list (1,2), a range (1-5) or steps (*/5)`,
  };
  for (const part of text.split(',')) {
    const match = /^(\*|[a-z\d]+(?:-[a-z\d]+)?)(?:\/([1-9]\d?))?$/i.exec(part);
    if (!match) return problem;
    const [, range = '', step] = match;
    const [from = '', to] = range.split('-');
    const first = range === '*' ? field.least : numberOf(from, field);
    // UNIX reads `5/10` as `5-59/10`, where it reads it at all.
    const open = range === '*' || (to === undefined && step !== undefined);
    const most = field === WEEKDAY && range === '*' ? 6 : field.most;
    const last = open ? most : to === undefined ? first : numberOf(to, field);
    if (first === undefined || last === undefined || first > last) return problem;
    for (let value = first; value <= last; value += Number(step ?? 1)) found.add(value);
  }
  return { values: [...found].sort((a, b) => a - b) };
}

function numberOf(text: string, { least, most, names }: Field): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + least;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** `1,2,3,5` → `1-3,5`. */
function ranges(values: readonly number[], name: (value: number) => string): string {
  const parts: string[] = [];
  for (let at = 0; at < values.length; ) {
    let end = at;
    while (values[end + 1] === (values[end] ?? 0) + 1) end++;
    const [first, last] = [name(values[at] ?? 0), name(values[end] ?? 0)];
    if (end - at >= 2) parts.push(`${first}-${last}`);
    else parts.push(...values.slice(at, end + 1).map(name));
    at = end + 1;
  }
  return parts.join(',');
}
