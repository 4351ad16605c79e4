/**
 * Events as a person reads them: two-space gutters, one line a step, the reason for every wait, the last line always
 * what is running now. Colour only on the verdict word and on findings; all of it legible without.
 */
import type {
  DeployEvent,
  DetachedEvent,
  StartedEvent,
  StepEvent,
  TrafficEvent,
  VerdictEvent,
} from '../../core/events.ts';
import { duration } from '../../core/outcome.ts';
import { isGood, VERDICTS } from '../../core/verdict.ts';
import { wrapped } from './screen.ts';

export interface Renderer {
  show(event: DeployEvent): void;
  /** The line that is open now; only a terminal redraws it. */
  tick(step: StepEvent): void;
}

export interface Screen {
  write(text: string): unknown;
  readonly isTerminal: boolean;
  /** Columns; lines are cut to it on a terminal only. */
  readonly columns: number;
  readonly colour: boolean;
}

export function screenOf(stream: NodeJS.WriteStream, variables: NodeJS.ProcessEnv): Screen {
  const isTerminal = stream.isTTY === true && variables['TERM'] !== 'dumb';
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    columns: stream.columns ?? 80,
    colour: isTerminal && !variables['NO_COLOR'],
  };
}

const NAME_WIDTH = 15;
const STATUS_WIDTH = 8;
const TIME_WIDTH = 7;

const PAINT = { bad: '31', good: '32', wait: '33', back: '35' } as const;

export class TextRenderer implements Renderer {
  private drawn = false;
  private readonly screen: Screen;
  private lastStep = '';

  constructor(screen: Screen) {
    this.screen = screen;
  }

  show(event: DeployEvent): void {
    if (event.type === 'step') this.step(event);
    else this.lines(this.linesOf(event));
  }

  tick(step: StepEvent): void {
    if (!this.screen.isTerminal) return;
    this.erase();
    this.screen.write(this.fit(stepLine(step)));
    this.drawn = true;
  }

  private linesOf(event: Exclude<DeployEvent, StepEvent>): string[] {
    switch (event.type) {
      case 'started':
        return startedLines(event).flatMap((line) => this.broken('', line));
      case 'note':
        return this.broken('', event.text);
      case 'traffic':
        return trafficLines(event);
      case 'verdict':
        return this.verdictLines(event);
      case 'detached':
        return detachedLines(event).flatMap((line) => this.broken('', line));
      case 'error':
        return [`error: ${event.sentence}`, ...(event.remedy ? [event.remedy] : [])];
    }
  }

  private step(event: StepEvent): void {
    if (event.status === 'running' || (event.status === 'waiting' && this.screen.isTerminal)) {
      this.tick(event);
      return;
    }
    // Plain output has no line to redraw: a wait is told once, when its reason changes in more than its figures.
    const key = `${event.step} ${event.status} ${event.summary.replace(/\d+/g, '0')}`;
    if (event.status === 'waiting' && key === this.lastStep) return;
    this.lastStep = key;
    this.lines([this.fit(stepLine(event, (status) => this.paint(status, event)))]);
  }

  private verdictLines(event: VerdictEvent): string[] {
    const lines = [''];
    if (event.failure) {
      lines.push(...this.broken('Why     ', event.failure.sentence));
      for (const line of event.failure.evidence) lines.push(`        ${line}`);
      if (event.remedy) lines.push(...this.broken('Do      ', event.remedy));
      lines.push(`        lockstep explain ${event.failure.error}`);
    }
    const word = VERDICTS[event.verdict].sentence.split(/[ .]/)[0] ?? '';
    const colour = isGood(event.verdict)
      ? PAINT.good
      : event.verdict === 'rolled-back'
        ? PAINT.back
        : PAINT.bad;
    const sentence = event.sentence.startsWith(word)
      ? this.colour(word, colour) + event.sentence.slice(word.length)
      : event.sentence;
    return [...lines, ...this.broken('', sentence)];
  }

  /** A terminal would break it within a word; in a file a sentence is a line. */
  private broken(label: string, text: string): string[] {
    return this.screen.isTerminal ? wrapped(label, text, this.screen.columns) : [`${label}${text}`];
  }

  private paint(status: string, event: StepEvent): string {
    return event.status === 'failed' ? this.colour(status, PAINT.bad) : status;
  }

  private colour(text: string, code: string): string {
    return this.screen.colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  private lines(lines: readonly string[]): void {
    this.erase();
    this.screen.write(lines.map((line) => `${line}\n`).join(''));
  }

  private erase(): void {
    if (this.drawn) this.screen.write('\r\u001b[2K');
    this.drawn = false;
  }

  private fit(line: string): string {
    if (!this.screen.isTerminal || visibleLength(line) < this.screen.columns) return line;
    return `${line.slice(0, this.screen.columns - 2)}…`;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out.
const visibleLength = (text: string): number => text.replace(/\u001b\[\d+m/g, '').length;

function startedLines(event: StartedEvent): string[] {
  const commit = event.commit ? `   ${event.commit.slice(0, 7)}` : '';
  const subject = event.subject ? ` "${event.subject}"` : '';
  return [
    `${event.action} ${event.service} → ${event.environment}${commit}${subject}`,
    `execution ${event.executionName}   follow from anywhere: lockstep show ${event.deploymentId} --follow`,
    '',
  ];
}

export function stepLine(event: StepEvent, paint: (status: string) => string = (status) => status): string {
  const time = event.status === 'skipped' ? '' : seconds(event.seconds);
  const status = paint(event.status.padEnd(STATUS_WIDTH));
  return `  ${event.step.padEnd(NAME_WIDTH)}  ${status} ${time.padStart(TIME_WIDTH)}   ${event.summary.replace(/\s*\n\s*/g, ' ')}`.trimEnd();
}

/** Under a minute with a tenth: most steps take less than one second. */
function seconds(value: number): string {
  return value < 60 ? `${value.toFixed(1)}s` : duration(value);
}

function detachedLines(event: DetachedEvent): string[] {
  const why = {
    timeout: 'The wait is over',
    interrupt: 'Detached',
    lost: 'It can no longer be seen from here',
  }[event.why];
  return [
    '',
    `${why}; the deployment goes on.`,
    `follow it again: lockstep show ${event.deploymentId} --follow`,
  ];
}

function trafficLines(event: TrafficEvent): string[] {
  const count = event.requests.toLocaleString('en-US');
  return [`${event.failed} of ${count} requests failed.`, ...event.failures.map((line) => `  ${line}`)];
}
