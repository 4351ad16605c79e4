/** What every text rendering needs to know of the terminal, and the few ways in which we colour and cut. */
import type { Screen } from './text.ts';

export const PAINT = { bad: '31', good: '32', wait: '33', back: '35', dim: '2' } as const;

export function painter(screen: Pick<Screen, 'colour'>) {
  return (text: string, code: string): string => (screen.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
}

/** Fewer columns than these beside a label hold no sentence: it goes below. */
const LEAST_ROOM = 18;
const BELOW = '    ';

/**
 * Breaks words to a width, each line after the first indented: `label` comes first and stays alone in its column. On a terminal
 * too narrow for both, the text stands below its label.
 */
export function wrapped(label: string, text: string, columns: number): string[] {
  const room = columns - label.length;
  if (room < LEAST_ROOM && label.length > BELOW.length)
    return [...(label.trim() ? [label.trimEnd()] : []), ...wrapped(BELOW, text, columns)];
  const width = Math.max(LEAST_ROOM, room);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  lines.push(line);
  const indent = ' '.repeat(label.length);
  return lines.map((one, index) => `${index === 0 ? label : indent}${one}`.trimEnd());
}

/** `3 days`, `5 h`, `2 min`: how long ago, in one figure. */
export function age(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(milliseconds / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}
