/** Tasks that are scripts: nothing runs, and everything happens at the time that the script gives, on the world's clock. */
import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../../clock.ts';
import type { World } from '../../service.ts';
import { watchHealth } from '../health.ts';
import {
  type Answer,
  CannotStart,
  type ContainerSpec,
  type ExecOptions,
  type Execution,
  type RunningTask,
  type Runtime,
  type TaskObserver,
  type TaskSpec,
  type Usage,
} from '../runtime.ts';
import type { Behaviour, Script } from './behaviour.ts';

export { type Behaviour, byImage, byVariable, type Script } from './behaviour.ts';

const STOP_TAKES_MS = 100;
const MEMORY_BYTES = 64 * 1024 * 1024;

export function simulated(script: Script): (world: World) => Runtime {
  return (world) => new SimulatedRuntime(world.clock, script);
}

class SimulatedRuntime implements Runtime {
  readonly name = 'simulated';
  private readonly clock: Clock;
  private readonly script: Script;
  private readonly tasks = new Set<SimulatedTask>();
  private made = 0;

  constructor(clock: Clock, script: Script) {
    this.clock = clock;
    this.script = script;
  }

  async open(): Promise<void> {}

  async prepare(spec: TaskSpec, observer: TaskObserver): Promise<RunningTask> {
    const behaviours = new Map(spec.containers.map((one) => [one.name, this.script(one, spec)] as const));
    await this.clock.sleep(Math.max(0, ...[...behaviours.values()].map((one) => one.provisioning ?? 0)));
    this.made++;
    const address = `10.0.${Math.floor(this.made / 250) % 250}.${2 + (this.made % 250)}`;
    const task = new SimulatedTask(spec, observer, behaviours, address, this.clock, () =>
      this.tasks.delete(task),
    );
    this.tasks.add(task);
    return task;
  }

  async close(): Promise<void> {
    for (const task of [...this.tasks]) task.vanish();
  }
}

interface Container {
  readonly spec: ContainerSpec;
  readonly behaviour: Behaviour;
  startedAt: number;
  over: boolean;
  readonly timers: Timer[];
  ended: PromiseWithResolvers<void>;
}

class SimulatedTask implements RunningTask {
  readonly address: string;
  private readonly spec: TaskSpec;
  private readonly observer: TaskObserver;
  private readonly behaviours: ReadonlyMap<string, Behaviour>;
  private readonly clock: Clock;
  private readonly gone: () => void;
  private readonly containers = new Map<string, Container>();
  private readonly preparedAt: number;
  private stopping = false;

  constructor(
    spec: TaskSpec,
    observer: TaskObserver,
    behaviours: ReadonlyMap<string, Behaviour>,
    address: string,
    clock: Clock,
    gone: () => void,
  ) {
    this.spec = spec;
    this.observer = observer;
    this.behaviours = behaviours;
    this.address = address;
    this.clock = clock;
    this.gone = gone;
    this.preparedAt = clock.now();
  }

  reach(port: number) {
    return { host: this.address, port };
  }

  async start(name: string): Promise<void> {
    const spec = this.spec.containers.find((one) => one.name === name);
    const behaviour = this.behaviours.get(name);
    if (!spec || !behaviour || this.stopping) return;
    if (behaviour.cannotStart) throw new CannotStart(behaviour.cannotStart);
    const container: Container = {
      spec,
      behaviour,
      startedAt: this.clock.now(),
      over: false,
      timers: [],
      ended: Promise.withResolvers<void>(),
    };
    this.containers.set(name, container);
    const at = (time: number, act: () => void) => container.timers.push(this.clock.after(time, act));
    for (const { at: time, message } of behaviour.log ?? []) {
      at(time, () => spec.log([{ timestamp: this.clock.now(), message }]));
    }
    if (behaviour.exit) {
      const { after, code, reason } = behaviour.exit;
      at(after, () => this.end(container, { code, reason }));
    }
    if (spec.healthCheck) {
      const watch = watchHealth(
        this.clock,
        spec.healthCheck,
        () => this.probe(container),
        (status) => this.observer.health(name, status),
      );
      container.timers.push({ cancel: () => watch.stop() });
    }
    this.observer.started(name, `${this.spec.id}-${randomBytes(5).readUIntBE(0, 5) % 10_000_000_000}`);
  }

  exec(name: string, command: readonly string[], options: ExecOptions): Execution {
    const container = this.containers.get(name);
    if (!container || container.over) throw new Error(`container ${name} does not run`);
    options.output(Buffer.from(`${command.join(' ')}\n`), 'stdout');
    return { write() {}, end() {}, signal() {}, done: Promise.resolve(0) };
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const running = [...this.containers.values()].filter((container) => !container.over);
    for (const container of running) {
      const { stopTakes = STOP_TAKES_MS } = container.behaviour;
      const timeout = container.spec.stopTimeout * 1000;
      const graceful = stopTakes <= timeout;
      this.clock.after(Math.min(stopTakes, timeout), () =>
        this.end(container, graceful ? { code: 0 } : { code: 137 }),
      );
    }
    await Promise.all(running.map((container) => container.ended.promise));
    this.gone();
  }

  /** Gone without a trace: the embedded AWS ends. */
  vanish(): void {
    this.stopping = true;
    for (const container of this.containers.values()) {
      container.over = true;
      for (const timer of container.timers) timer.cancel();
      container.ended.resolve();
    }
    this.gone();
  }

  usage(): Usage {
    const all = [...this.containers.values()].filter((container) => !container.over);
    const seconds = (this.clock.now() - this.preparedAt) / 1000;
    return {
      cpuSeconds: all.reduce((sum, { behaviour }) => sum + (behaviour.cpu ?? 0) * seconds, 0),
      memoryBytes: all.reduce((sum, { behaviour }) => sum + (behaviour.memoryBytes ?? MEMORY_BYTES), 0),
    };
  }

  answer = async (port: number, path: string): Promise<Answer> => {
    const container = [...this.containers.values()].find(({ spec }) => spec.ports.includes(port));
    return container ? this.request(container, path) : 'refused';
  };

  private async request(container: Container, path: string): Promise<Answer> {
    const at = this.clock.now() - container.startedAt;
    if (container.over || at < (container.behaviour.boot ?? 0)) return 'refused';
    return (await container.behaviour.answer?.(path, at)) ?? { status: 200 };
  }

  private async probe(container: Container): Promise<boolean> {
    const at = this.clock.now() - container.startedAt;
    if (container.behaviour.healthy) return container.behaviour.healthy(at);
    const answer = await this.request(container, '/');
    return typeof answer === 'object' && answer.status === 200;
  }

  private end(container: Container, exit: { code: number; reason?: string | undefined }): void {
    if (container.over) return;
    container.over = true;
    for (const timer of container.timers) timer.cancel();
    container.ended.resolve();
    this.observer.exited(container.spec.name, exit);
  }
}
