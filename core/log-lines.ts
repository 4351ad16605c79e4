/**
 * Log lines from several readings of the same log, each line shown exactly once. Live tail is quick and may sample;
 * reading a stretch again is slow and complete. Neither names its lines the same way, so lines are told apart by what
 * they say: a line is one of `n` equal ones (stream, time and text), and as many are shown as any one source has had.
 */
export interface LogLine {
  /** Log stream. */
  readonly stream: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly message: string;
}

interface Count {
  readonly at: number;
  shown: number;
  live: number;
}

const keyOf = ({ stream, at, message }: LogLine): string => `${stream}\u0000${at}\u0000${message}`;

export class LineCounter {
  private readonly counts = new Map<string, Count>();

  /** Lines as live tail delivers them: each once, if at all. Gives back those that were not shown yet. */
  live(lines: readonly LogLine[]): LogLine[] {
    return lines.filter((line) => {
      const count = this.of(line);
      count.live++;
      if (count.live <= count.shown) return false;
      count.shown = count.live;
      return true;
    });
  }

  /** All lines of a stretch of time. Gives back those that were not shown yet. */
  stretch(lines: readonly LogLine[]): LogLine[] {
    const had = new Map<string, number>();
    return lines.filter((line) => {
      const key = keyOf(line);
      const number = (had.get(key) ?? 0) + 1;
      had.set(key, number);
      const count = this.of(line);
      if (number <= count.shown) return false;
      count.shown = number;
      return true;
    });
  }

  /** Forgets lines older than this: no stretch will be read again that begins before. */
  forget(before: number): void {
    for (const [key, { at }] of this.counts) if (at < before) this.counts.delete(key);
  }

  private of(line: LogLine): Count {
    const key = keyOf(line);
    const known = this.counts.get(key);
    if (known) return known;
    const made = { at: line.at, shown: 0, live: 0 };
    this.counts.set(key, made);
    return made;
  }
}

/** `backend/backend/4b1f9c…` → `4b1f9c…`: the `awslogs` driver ends a stream's name with the task. */
export function taskOfStream(stream: string): string {
  return stream.slice(stream.lastIndexOf('/') + 1);
}

/** Fields that say the level and the text, in the names that Node's loggers use. */
const LEVELS = ['level', 'severity', 'lvl'];
const TEXTS = ['message', 'msg', 'event'];
const TIMES = ['time', 'timestamp', 'ts', '@timestamp'];
/** pino's levels. */
const NUMBERS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

export interface ReadLine {
  /** Lower case; null where the line does not say. */
  readonly level: string | null;
  readonly text: string;
}

/** A JSON line as a person reads it: level, text, the other fields as `name=value`; any other line as it is. */
export function readLine(message: string): ReadLine {
  const plain = { level: null, text: message.trimEnd() };
  if (!message.trimStart().startsWith('{')) return plain;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(message) as Record<string, unknown>;
  } catch {
    return plain;
  }
  const levelName = LEVELS.find((name) => fields[name] !== undefined);
  const textName = TEXTS.find((name) => typeof fields[name] === 'string');
  const level = levelName === undefined ? null : fields[levelName];
  const rest = Object.entries(fields)
    .filter(([name]) => name !== levelName && name !== textName && name !== '_aws' && !TIMES.includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = textName === undefined ? [] : [String(fields[textName])];
  return {
    level:
      level === null
        ? null
        : String(typeof level === 'number' ? (NUMBERS[level] ?? level) : level).toLowerCase(),
    text: [...text, ...rest].join('  '),
  };
}
