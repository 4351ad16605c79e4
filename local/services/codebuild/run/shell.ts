/**
 * The shell of a build. As CodeBuild does, each command runs in a shell of its own that takes over the folder and the
 * exported variables of the one before.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** After SIGTERM, so long until SIGKILL. */
const GRACE_MS = 2000;

/** How long the last lines are waited for, where a process outside the group holds the output open. */
const LAST_LINES_MS = 500;

export class Shell {
  private readonly program: string;
  private readonly state: string;
  private readonly environment: Record<string, string>;
  private readonly mark: string;
  private commands = 0;

  /** `id` marks every process that comes of it, through CODEBUILD_BUILD_ID. */
  constructor(
    program: 'sh' | 'bash',
    folder: string,
    start: string,
    environment: Record<string, string>,
    id: string,
  ) {
    this.program = program;
    this.state = join(folder, 'shell');
    this.environment = environment;
    this.mark = `CODEBUILD_BUILD_ID=${id}`;
    mkdirSync(this.state);
    writeFileSync(join(this.state, 'folder'), start);
    writeFileSync(join(this.state, 'variables'), '');
  }

  /** For the commands that follow. */
  set(name: string, value: string): void {
    this.environment[name] = value;
    writeFileSync(join(this.state, 'set'), `export ${name}='${value.replaceAll("'", "'\\''")}'\n`);
  }

  /** Resolves to the exit code when the command and all that it left in its process group have ended. */
  async run(command: string, onLine: (line: string) => void, signal: AbortSignal): Promise<number> {
    const script = join(this.state, `command-${++this.commands}`);
    writeFileSync(script, this.script(command));
    const child = spawn(this.program, [script], {
      env: this.environment,
      // A group of its own, to be ended as one.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const watcher = endWithUs(child);
    const stop = () => void this.end(child);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    try {
      return await exitOf(child);
    } finally {
      signal.removeEventListener('abort', stop);
      watcher?.kill('SIGKILL');
      kill(child, 'SIGKILL');
      await Promise.race([closed, pause(LAST_LINES_MS)]);
    }
  }

  /** Values of exported variables after the last command. */
  async values(names: readonly string[]): Promise<{ name: string; value: string }[]> {
    if (names.length === 0) return [];
    const lines: string[] = [];
    const quoted = names.map((name) => `printf '%s' "\${${name}-}" | tr '\\n' ' '; echo`);
    await this.run(quoted.join('\n'), (line) => void lines.push(line), new AbortController().signal);
    return names.map((name, index) => ({ name, value: lines[index] ?? '' }));
  }

  /** Ends what a command left running outside its group. */
  async close(): Promise<void> {
    for (const pid of markedProcesses(this.mark)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }

  private script(command: string): string {
    const at = (name: string) => `'${join(this.state, name)}'`;
    return [
      `. ${at('variables')}`,
      `[ ! -f ${at('set')} ] || . ${at('set')}`,
      `cd "$(cat ${at('folder')})"`,
      command,
      'lockstep_exit=$?',
      `export -p > ${at('variables')}`,
      `pwd > ${at('folder')}`,
      'exit $lockstep_exit',
      '',
    ].join('\n');
  }

  private async end(child: ChildProcess): Promise<void> {
    kill(child, 'SIGTERM');
    await Promise.race([exitOf(child), pause(GRACE_MS)]);
    kill(child, 'SIGKILL');
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The whole group is gone.
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const code = () => child.exitCode ?? 128 + (child.signalCode ? constants.signals[child.signalCode] : 0);
    if (child.exitCode !== null || child.signalCode !== null) return resolve(code());
    child.once('error', reject);
    // `close` would wait for a background process that holds the output open.
    child.once('exit', () => resolve(code()));
  });
}

/** A shell that waits for the end of a pipe that we hold, and then ends the group: also after `kill -9`. */
function endWithUs(child: ChildProcess): ChildProcess | undefined {
  if (child.pid === undefined) return undefined;
  const watcher = spawn('/bin/sh', ['-c', `read -r _; kill -s KILL -- -${child.pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  watcher.unref();
  return watcher;
}

/** Processes that inherited the mark, whatever session or group they made for themselves. Linux only. */
function markedProcesses(mark: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      } catch {
        return false;
      }
    });
}
