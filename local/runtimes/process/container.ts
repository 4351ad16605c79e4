/** One container: a process group, its output, its health check, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Clock } from '../../clock.ts';
import { type Watch, watchHealth } from '../health.ts';
import type { ContainerSpec, ExecOptions, Execution, Exit, TaskObserver } from '../runtime.ts';
import { commandLine, environmentOf, type Place, resolveCommand, workingDirectory } from './command.ts';
import { Lines } from './lines.ts';
import type { Watcher } from './watcher.ts';

/** How often it is looked whether the processes of a stopping container have ended. */
const LOOK_AGAIN_MS = 20;
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

export interface Household {
  readonly clock: Clock;
  readonly watcher: Watcher;
  /** Processes that belong to the container now, whatever group they are in. */
  strays(mark: string): number[];
}

export class Container {
  readonly spec: ContainerSpec;
  readonly place: Place;
  /** Undefined before the start and after the end. */
  leader: number | undefined;
  private readonly household: Household;
  private readonly observer: TaskObserver;
  private readonly environment: Record<string, string>;
  private readonly executions = new Set<ChildProcess>();
  private readonly ended = Promise.withResolvers<void>();
  private health: Watch | undefined;
  private outOfMemory = false;
  private stopping = false;
  /** The stop time-out was over before everything had ended. */
  private tooLate = false;
  private started = false;

  constructor(spec: ContainerSpec, place: Place, household: Household, observer: TaskObserver) {
    this.spec = spec;
    this.place = place;
    this.household = household;
    this.observer = observer;
    this.environment = environmentOf(spec, place);
  }

  async start(runtimeId: string): Promise<void> {
    const { spec, household } = this;
    const argv = resolveCommand(commandLine(spec), this.environment, this.place);
    const child = this.spawn(argv, ['ignore', 'pipe', 'pipe']);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    this.started = true;
    this.leader = child.pid;
    if (child.pid) household.watcher.add(child.pid);
    const lines = [child.stdout, child.stderr].map((stream) => {
      const cutter = new Lines(() => household.clock.now(), spec.log);
      stream?.on('data', (chunk: Uint8Array) => cutter.write(chunk));
      return cutter;
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.once('exit', async (code, signal) => {
      // A container's first process takes the others with it; one that is asked to stop lets them finish, since a
      // shell before the program ends at once.
      if (this.stopping) await this.othersGone();
      this.kill('SIGKILL');
      await closed;
      for (const cutter of lines) cutter.end();
      this.over({ code: this.tooLate ? 137 : (code ?? 128 + (signal ? constants.signals[signal] : 0)) });
    });
    this.observer.started(spec.name, runtimeId);
    const { healthCheck } = spec;
    if (healthCheck) {
      this.health = watchHealth(
        household.clock,
        healthCheck,
        () => household.clock.during(this.probe(healthCheck.command, healthCheck.timeout)),
        (status) => this.observer.health(spec.name, status),
      );
    }
  }

  exec(command: readonly string[], { output, terminal }: ExecOptions): Execution {
    if (this.leader === undefined) throw new Error(`container ${this.spec.name} does not run`);
    const resolved = resolveCommand(command, this.environment, this.place);
    const argv = terminal ? withTerminal(resolved) : resolved;
    const child = this.spawn(argv, ['pipe', 'pipe', 'pipe'], terminal ? { TERM: 'xterm-256color' } : {});
    child.stdin?.on('error', () => {});
    child.stdout?.on('data', (chunk: Uint8Array) => output(chunk, 'stdout'));
    child.stderr?.on('data', (chunk: Uint8Array) => output(chunk, 'stderr'));
    const done = new Promise<number>((resolve) => {
      child.once('error', () => resolve(127));
      child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
    return {
      write: (data) => void child.stdin?.write(data),
      end: () => void child.stdin?.end(),
      signal: (signal) => signalGroup(child.pid, signal),
      done,
    };
  }

  /** SIGTERM to the whole group: a shell before the program would keep it to itself. */
  async stop(timeoutMs: number): Promise<void> {
    if (!this.started || this.leader === undefined) return;
    this.health?.stop();
    this.stopping = true;
    signalGroup(this.leader, 'SIGTERM');
    const late = this.household.clock.after(timeoutMs, () => {
      this.tooLate = true;
      this.kill('SIGKILL');
    });
    await this.ended.promise;
    late.cancel();
  }

  killForMemory(): void {
    this.outOfMemory = true;
    this.kill('SIGKILL');
  }

  kill(signal: NodeJS.Signals): void {
    signalGroup(this.leader, signal);
    for (const child of this.executions) signalGroup(child.pid, signal);
    for (const pid of this.household.strays(this.place.mark)) signalProcess(pid, signal);
  }

  private async othersGone(): Promise<void> {
    while (!this.tooLate && this.household.strays(this.place.mark).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  private over(exit: Exit): void {
    this.health?.stop();
    if (this.leader) this.household.watcher.remove(this.leader);
    this.leader = undefined;
    this.ended.resolve();
    this.observer.exited(this.spec.name, this.outOfMemory ? { code: 137, reason: OUT_OF_MEMORY } : exit);
  }

  private spawn(
    argv: readonly string[],
    stdio: ['ignore' | 'pipe', 'pipe', 'pipe'],
    more: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    const { file, args } = this.place.view.wrap(argv, workingDirectory(this.spec));
    const child = spawn(file, args, {
      cwd: '/',
      env: { ...this.environment, ...more },
      detached: true,
      stdio,
    });
    if (this.started) {
      this.executions.add(child);
      child.once('exit', () => this.executions.delete(child));
    }
    return child;
  }

  /** Whether the health check's command succeeds in time. */
  private async probe(command: readonly string[], timeout: number): Promise<boolean> {
    if (this.leader === undefined) return false;
    const [kind, ...rest] = command;
    const argv = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', rest.join(' ')] : rest;
    let execution: Execution;
    try {
      execution = this.exec(argv, { output() {} });
    } catch {
      return false;
    }
    execution.end();
    const late = setTimeout(() => execution.signal('SIGKILL'), timeout * 1000);
    const code = await execution.done;
    clearTimeout(late);
    return code === 0;
  }
}

/** `script` gives a command a terminal, where the machine has it; else it talks through pipes. */
function withTerminal(argv: readonly string[]): string[] {
  const quoted = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const fallback =
    'if command -v script >/dev/null; then exec script -qefc "$1" /dev/null; else eval "exec $1"; fi';
  return process.platform === 'linux' ? ['/bin/sh', '-c', fallback, 'sh', quoted] : [...argv];
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid) signalProcess(-pid, signal);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
