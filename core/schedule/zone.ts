/** Local times of a time zone and the instants they name, by the machine's own table of zones (Intl). */

/** A day and a time of day as a clock on the wall of a zone shows them. Months count from 1. */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const DAY_MS = 86_400_000;

export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of the zone show at an instant (milliseconds since the epoch). */
export function localTime(zone: string, instant: number): LocalTime {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) parts[type] = Number(value);
  return {
    year: parts['year'] ?? 0,
    month: parts['month'] ?? 0,
    day: parts['day'] ?? 0,
    hour: parts['hour'] ?? 0,
    minute: parts['minute'] ?? 0,
    second: parts['second'] ?? 0,
  };
}

/**
 * The first instant at which the clocks of the zone show that time; undefined for a time that they skip when they are
 * put forward.
 */
export function instantOf(zone: string, local: LocalTime): number | undefined {
  const asUtc = utc(local);
  // Offsets a day before and a day after are the two between which a change at about this time happens.
  const offsets = [offsetAt(zone, asUtc - DAY_MS), offsetAt(zone, asUtc + DAY_MS)];
  const instants = offsets
    .map((offset) => asUtc - offset)
    .filter((instant) => utc(localTime(zone, instant)) === asUtc);
  return instants.length > 0 ? Math.min(...instants) : undefined;
}

/** How far the zone is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === 'UTC') return 0;
  return utc(localTime(zone, instant)) - Math.floor(instant / 1000) * 1000;
}

function utc(local: LocalTime): number {
  return Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}
