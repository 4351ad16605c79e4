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

/** `europe/berlin` → `Europe/Berlin`; the name itself where Intl knows it as another name of a zone. */
export function spellingOf(zone: string): string {
  const { timeZone } = formatOf(zone).resolvedOptions();
  return timeZone.toLowerCase() === zone.toLowerCase() ? timeZone : zone;
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
  const instants = offsetsAround(zone, asUtc)
    .map((offset) => asUtc - offset)
    .filter((instant) => utc(localTime(zone, instant)) === asUtc);
  return instants.length > 0 ? Math.min(...instants) : undefined;
}

/** The first instant at which the clocks of the zone show that time, or, where they skip it, a later one. */
export function earliestInstant(zone: string, local: LocalTime): number {
  return instantOf(zone, local) ?? afterSkip(zone, local);
}

/** The last instant at which the clocks of the zone show that time, or, where they skip it, the first of a later one. */
export function latestInstant(zone: string, local: LocalTime): number {
  const asUtc = utc(local);
  const instants = offsetsAround(zone, asUtc)
    .map((offset) => asUtc - offset)
    .filter((instant) => utc(localTime(zone, instant)) === asUtc);
  return instants.length > 0 ? Math.max(...instants) : afterSkip(zone, local);
}

/** The instant at which the clocks are put forward over that time. */
function afterSkip(zone: string, local: LocalTime): number {
  const asUtc = utc(local);
  const [before = 0, after = 0] = offsetsAround(zone, asUtc);
  // One of the two readings lies before the change and the other behind it; the change is where the offset differs.
  let [early, late] = [asUtc - Math.max(before, after), asUtc - Math.min(before, after)];
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (offsetAt(zone, middle) === before) early = middle;
    else late = middle;
  }
  return late;
}

/** Those a day before and a day after: the two between which a change at about this time happens. */
function offsetsAround(zone: string, asUtc: number): number[] {
  return [offsetAt(zone, asUtc - DAY_MS), offsetAt(zone, asUtc + DAY_MS)];
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
