/** Times, durations and figures for people. Times are shown where the reader is. */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const two = (value: number) => String(value).padStart(2, '0');

/** `14:05:08`. */
export function clock(at: string | number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `14:05`. */
export const hour = (at: string | number): string => clock(at).slice(0, 5);

/** `24 Nov`. */
export function day(at: string | number): string {
  const date = new Date(at);
  return `${date.getDate()} ${MONTHS[date.getMonth()]}`;
}

/** `Tue 24 Nov`. */
export const weekday = (at: string | number): string => `${DAYS[new Date(at).getDay()]} ${day(at)}`;

/** `CET`; whatever the reader's machine calls it. */
export function zone(): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts();
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** `14:07` of today, else `19 Nov 10:02`. */
export function when(at: string | number, now: number): string {
  return sameDay(at, now) ? hour(at) : `${day(at)} ${hour(at)}`;
}

export function sameDay(one: string | number, other: string | number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** A duration of seconds: `0.1 s`, `48 s`, `1m 48s`, `1 h 41 m`, `3 d 0 h`. */
export function took(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'any time';
  if (seconds < 0.01 && seconds > 0) return '< 10 ms';
  if (seconds < 20) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return lasted(whole);
}

/** The same to the minute: `23 m`, `1 h 41 m`, `3 d 0 h`. */
export function lasted(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${two(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const secondsBetween = (from: string, to: string | number): number =>
  (new Date(to).getTime() - Date.parse(from)) / 1000;

/** `41,200,000`. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-GB');

/** `0.02`, `4.3`, `100`: two digits that tell something. */
export function percent(value: number): string {
  if (value >= 99.95) return '100';
  return value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

/** `One`, `Two`: a figure that begins or stands in a sentence. */
export function inWords(value: number): string {
  return (
    ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'][value] ??
    count(value)
  );
}

export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The first digits of a digest: `sha256:77ab3e`. */
export const shortDigest = (digest: string | null): string => (digest ? digest.slice(0, 13) : '');
