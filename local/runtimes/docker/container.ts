/** One container of a task, as Docker runs it. */
import type { Clock } from '../../clock.ts';
import { type Watch, watchHealth } from '../health.ts';
import { Lines } from '../process/lines.ts';
import {
  CannotStart,
  type ContainerSpec,
  type ExecOptions,
  type Execution,
  type TaskObserver,
} from '../runtime.ts';
import { docker, run, start } from './cli.ts';

export interface Creation {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Arguments of `--network` and `--ip`, or of another container's network. */
  readonly network: readonly string[];
  readonly memory?: number | undefined;
  readonly cpu?: number | undefined;
  readonly publish: boolean;
}

/** Names that mean something to the `docker` command itself; their values are given in the open. */
const OF_THE_COMMAND = /^(PATH|HOME|DOCKER_|BUILDKIT_|COMPOSE_|HTTPS?_PROXY|NO_PROXY|TMPDIR|USER)/i;

export class Container {
  readonly spec: ContainerSpec;
  readonly id: string;
  private readonly clock: Clock;
  private readonly observer: TaskObserver;
  private readonly ended = Promise.withResolvers<void>();
  private health: Watch | undefined;
  private running = false;

  private constructor(spec: ContainerSpec, id: string, clock: Clock, observer: TaskObserver) {
    this.spec = spec;
    this.id = id;
    this.clock = clock;
    this.observer = observer;
  }

  static async create(
    spec: ContainerSpec,
    creation: Creation,
    clock: Clock,
    observer: TaskObserver,
  ): Promise<Container> {
    const args = [
      'create',
      '--name',
      creation.name,
      '--stop-timeout',
      String(spec.stopTimeout),
      ...creation.network,
    ];
    for (const [name, value] of Object.entries(creation.labels)) args.push('--label', `${name}=${value}`);
    const secrets: Record<string, string> = {};
    for (const [name, value] of Object.entries(creation.environment)) {
      if (OF_THE_COMMAND.test(name)) args.push('--env', `${name}=${value}`);
      else {
        args.push('--env', name);
        secrets[name] = value;
      }
    }
    if (spec.workingDirectory) args.push('--workdir', spec.workingDirectory);
    if (creation.memory) args.push('--memory', `${creation.memory}m`, '--memory-swap', `${creation.memory}m`);
    if (creation.cpu) args.push('--cpus', String(creation.cpu / 1024));
    if (creation.publish) for (const port of spec.ports) args.push('--publish', `127.0.0.1::${port}`);
    // ECS takes no notice of an image's own health check.
    args.push('--no-healthcheck');
    const [entry, ...more] = spec.entryPoint ?? [];
    if (entry) args.push('--entrypoint', entry);
    const id = await docker([...args, creation.image, ...more, ...(spec.command ?? [])], { secrets });
    return new Container(spec, id, clock, observer);
  }

  async start(): Promise<void> {
    const { code, error } = await run(['start', this.id]);
    if (code !== 0)
      throw new CannotStart(error.replace(/^Error response from daemon: /, '').split('\n')[0] ?? '');
    this.running = true;
    this.observer.started(this.spec.name, this.id);
    const written = this.follow();
    void this.awaitEnd(written);
    const { healthCheck } = this.spec;
    if (!healthCheck) return;
    this.health = watchHealth(
      this.clock,
      healthCheck,
      () => this.clock.during(this.probe(healthCheck.command, healthCheck.timeout)),
      (status) => this.observer.health(this.spec.name, status),
    );
  }

  exec(command: readonly string[], { output, terminal }: ExecOptions): Execution {
    const variables = terminal ? ['--env', 'TERM=xterm-256color'] : [];
    const child = start(['exec', '--interactive', ...variables, this.id, ...command]);
    child.stdin?.on('error', () => {});
    child.stdout?.on('data', (chunk: Uint8Array) => output(chunk, 'stdout'));
    child.stderr?.on('data', (chunk: Uint8Array) => output(chunk, 'stderr'));
    return {
      write: (data) => void child.stdin?.write(data),
      end: () => void child.stdin?.end(),
      signal: (signal) => void child.kill(signal),
      done: new Promise((resolve) => {
        child.once('error', () => resolve(127));
        child.once('close', (code) => resolve(code ?? 137));
      }),
    };
  }

  async stop(seconds: number): Promise<void> {
    this.health?.stop();
    if (this.running) {
      await run(['stop', '--time', String(Math.ceil(seconds)), this.id]);
      await this.ended.promise;
    }
    await run(['rm', '--force', '--volumes', this.id]);
  }

  /** Resolves when the last line has been handed on. */
  private follow(): Promise<void> {
    const child = start(['logs', '--follow', this.id]);
    child.stdin?.end();
    const cutters = [child.stdout, child.stderr].map((stream) => {
      const cutter = new Lines(() => this.clock.now(), this.spec.log);
      stream?.on('data', (chunk: Uint8Array) => cutter.write(chunk));
      return cutter;
    });
    return new Promise((resolve) => {
      child.once('close', () => {
        for (const cutter of cutters) cutter.end();
        resolve();
      });
    });
  }

  private async awaitEnd(written: Promise<void>): Promise<void> {
    const code = Number((await run(['wait', this.id])).output);
    await written;
    const { output } = await run(['inspect', '--format', '{{.State.OOMKilled}}', this.id]);
    this.running = false;
    this.health?.stop();
    this.ended.resolve();
    this.observer.exited(
      this.spec.name,
      output === 'true'
        ? { code: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }
        : { code: Number.isNaN(code) ? 137 : code },
    );
  }

  private async probe([kind, ...rest]: readonly string[], timeout: number): Promise<boolean> {
    if (!this.running) return false;
    const execution = this.exec(kind === 'CMD-SHELL' ? ['/bin/sh', '-c', rest.join(' ')] : rest, {
      output() {},
    });
    execution.end();
    const late = setTimeout(() => execution.signal('SIGKILL'), timeout * 1000);
    const code = await execution.done;
    clearTimeout(late);
    return code === 0;
  }
}
