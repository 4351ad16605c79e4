/**
 * The lines of a log that say what went wrong. A crashing program writes a screenful, and the line that matters is
 * rarely the last: errors come first, then the beginnings of their stacks, then how the log ends. Lines that differ
 * only in figures are told once.
 */

/** pino's and bunyan's numbers for error and fatal. */
const NUMERIC_ERROR = 50;
const ERROR_LEVELS = ['error', 'fatal', 'critical', 'alert', 'emerg'];
const ERROR_WORDS =
  /\b(error|fatal|exception|panic|unhandled|uncaught|refused|denied|timed? ?out|cannot|can't|could not|unable|failed|failure|missing|not found|invalid|out of memory|killed)\b|\bE[A-Z]{4,}\b|\bP[1-6]\d{3}\b/i;
const STACK_FRAME = /^\s+at /;
/** Frames beyond these are the runtime's. */
const FRAMES_KEPT = 3;
const LAST_KEPT = 2;
const ENDING_WEIGHT = 1;

interface Line {
  readonly at: number;
  readonly text: string;
  weight: number;
  count: number;
}

export function decisiveLines(log: readonly string[], limit = 10): string[] {
  return chosen(log, limit, 0).map((line) =>
    line.count > 1 ? `${line.text}  (${line.count} times)` : line.text,
  );
}

/** Where they are in the log, from 0, each at its first time. How a log ends does not count: it is marked where errors are. */
export function decisivePlaces(log: readonly string[], limit = 10): number[] {
  return chosen(log, limit, ENDING_WEIGHT).map(({ at }) => at);
}

function chosen(log: readonly string[], limit: number, above: number): Line[] {
  return weighed(log)
    .sort((a, b) => b.weight - a.weight || a.at - b.at)
    .slice(0, limit)
    .filter((line) => line.weight > above)
    .sort((a, b) => a.at - b.at);
}

function weighed(log: readonly string[]): Line[] {
  const byShape = new Map<string, Line>();
  let frames = FRAMES_KEPT;
  let afterError = false;
  log.forEach((text, at) => {
    if (text.trim() === '') return;
    const frame = STACK_FRAME.test(text);
    if (!frame) {
      afterError = isError(text);
      frames = 0;
    } else frames++;
    const ending = log.length - at <= LAST_KEPT ? ENDING_WEIGHT : 0;
    const weight = frame ? (afterError && frames <= FRAMES_KEPT ? 2 : 0) : afterError ? 3 : ending;
    const shape = text.replace(/[0-9a-f]{8,}|\d+/gi, '0');
    const known = byShape.get(shape);
    if (known) {
      known.count++;
      known.weight = Math.max(known.weight, weight);
    } else byShape.set(shape, { at, text, weight, count: 1 });
  });
  return [...byShape.values()];
}

function isError(text: string): boolean {
  const level = levelOf(text);
  if (level === undefined) return ERROR_WORDS.test(text);
  return typeof level === 'number' ? level >= NUMERIC_ERROR : ERROR_LEVELS.includes(level.toLowerCase());
}

/** A structured line says its level itself; then its words do not count, since every request may contain "error". */
function levelOf(text: string): string | number | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { level, severity } = JSON.parse(text) as { level?: unknown; severity?: unknown };
    const found = level ?? severity;
    return typeof found === 'string' || typeof found === 'number' ? found : undefined;
  } catch {
    return undefined;
  }
}
