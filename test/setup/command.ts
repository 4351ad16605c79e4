/** Runs the command as a person or a CI job does: as a process, with its output and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { DeployEvent, StepEvent, VerdictEvent } from '../../core/events.ts';

export const PROJECT = join(import.meta.dirname, '../..');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly directory?: string;
  readonly variables?: NodeJS.ProcessEnv;
  /** Sees the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Sees every line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

export function lockstep(words: readonly string[], options: Options = {}): Promise<Ran> {
  const child = spawn(process.execPath, [join(PROJECT, 'cli/main.ts'), ...words], {
    cwd: options.directory ?? PROJECT,
    env: {
      ...process.env,
      // jest's own options must not reach a child that is not jest.
      NODE_OPTIONS: '',
      NO_COLOR: '1',
      // What one scenario has built, the next need not build again: layers, unpacked images, installed packages.
      LOCKSTEP_BUILD_CACHE: join(PROJECT, '.lockstep/build-cache'),
      ...options.variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  let stdout = '';
  let stderr = '';
  let open = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    open += text;
    const lines = open.split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) options.onLine?.(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

export function eventsOf(ran: Pick<Ran, 'stdout' | 'stderr'>): DeployEvent[] {
  const events = ran.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as DeployEvent);
  if (events.length === 0) throw new Error(`no event was printed; standard error has:\n${ran.stderr}`);
  return events;
}

/** The last line of `--json`: the verdict. Anything else is told with all that was printed. */
export function verdictOf(ran: Ran): VerdictEvent {
  const last = eventsOf(ran).at(-1);
  if (last?.type !== 'verdict')
    throw new Error(`the last event is no verdict:\n${ran.stdout}\n${ran.stderr}`);
  return last;
}

/** How each step ended, of the last deployment that was started. */
export function stepsOf(ran: Ran): Record<string, StepEvent> {
  const events = eventsOf(ran);
  const from = events.findLastIndex((event) => event.type === 'started');
  const ended = events
    .slice(from)
    .filter(
      (event): event is StepEvent => event.type === 'step' && !['running', 'waiting'].includes(event.status),
    );
  return Object.fromEntries(ended.map((event) => [event.step, event]));
}
