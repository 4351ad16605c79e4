/** Log lines as a person reads them: time, a short coloured task, level, text. */
import { type LogLine, readLine, taskOfStream } from '../../core/log-lines.ts';
import { PAINT, painter } from './screen.ts';
import type { Screen } from './text.ts';

/** Told apart on dark and on light ground; red is for errors. */
const TASK_COLOURS = ['36', '35', '34', '32', '33', '96', '95', '94'];

export class LogPrinter {
  private readonly colours = new Map<string, string>();
  private readonly screen: Screen;
  private readonly form: 'text' | 'raw' | 'json';

  constructor(screen: Screen, form: 'text' | 'raw' | 'json') {
    this.screen = screen;
    this.form = form;
  }

  print(lines: readonly LogLine[]): void {
    this.screen.write(lines.map((line) => `${this.textOf(line)}\n`).join(''));
  }

  private textOf(line: LogLine): string {
    const task = taskOfStream(line.stream);
    if (this.form === 'raw') return line.message.trimEnd();
    if (this.form === 'json') {
      const { at, stream, message } = line;
      return JSON.stringify({ type: 'log', at: new Date(at).toISOString(), task, stream, message });
    }
    const paint = painter(this.screen);
    const { level, text } = readLine(line.message);
    const time = new Date(line.at).toISOString().slice(11, 23);
    const bad = level === 'error' || level === 'fatal' || (level === null && /\b(ERROR|FATAL)\b/.test(text));
    const word = level === null ? '' : `${level.padEnd(5)} `;
    // A stack belongs to its line: what follows the first is set in.
    const body = `${word}${text}`.trimEnd().replace(/\n+/g, '\n    ');
    return `${paint(time, PAINT.dim)} ${paint(task.slice(0, 4), this.colourOf(task))}  ${bad ? paint(body, PAINT.bad) : body}`;
  }

  private colourOf(task: string): string {
    const known = this.colours.get(task);
    if (known) return known;
    const colour = TASK_COLOURS[this.colours.size % TASK_COLOURS.length] ?? '36';
    this.colours.set(task, colour);
    return colour;
  }
}
