/**
 * What runs the tasks of the embedded ECS. One interface, three implementations: `process` (each container is a
 * group of processes of this machine), `docker` (real containers) and `simulated` (scripted behaviour under a
 * virtual clock).
 *
 * A runtime knows containers, not services: it starts what it is told to, says what happens, and leaves nothing
 * behind. What that means for a task (stop codes, restarts, deployments) is decided by `services/ecs`.
 */
import type { LogLine, UnpackedImage } from '../ports.ts';

export interface ContainerSpec {
  readonly name: string;
  /** The reference as the task definition gives it. */
  readonly image: string;
  readonly unpacked: UnpackedImage;
  /** Replaces the image's `Cmd`. */
  readonly command?: readonly string[] | undefined;
  /** Replaces the image's `Entrypoint`, and drops its `Cmd`. */
  readonly entryPoint?: readonly string[] | undefined;
  /** Task definition, overrides, secrets and what the agent adds, in that order; the image's own `Env` is not in it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory?: string | undefined;
  /** Hard limit in MiB; the task's limit holds where it is left out. */
  readonly memory?: number | undefined;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeout: number;
  readonly ports: readonly number[];
  readonly healthCheck?: HealthCheck | undefined;
  /** Every line of stdout and stderr, in order, without its line end. */
  log(lines: readonly LogLine[]): void;
}

/** A container health check with ECS's defaults filled in. Times in seconds. */
export interface HealthCheck {
  /** `["CMD", …]` or `["CMD-SHELL", line]`. */
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
}

export interface TaskSpec {
  /** 32 hexadecimal digits, the last part of the task's ARN. */
  readonly id: string;
  readonly family: string;
  /** MiB for all containers together. */
  readonly memory?: number | undefined;
  /** 1,024 units are one core. Not enforced: it is what utilization is told against. */
  readonly cpu?: number | undefined;
  readonly containers: readonly ContainerSpec[];
}

export interface Exit {
  /** Undefined where the container never ran. 137 after SIGKILL, 143 after SIGTERM, as a shell counts. */
  readonly code?: number | undefined;
  /** ECS's words, for example `OutOfMemoryError: Container killed due to memory usage`. */
  readonly reason?: string | undefined;
}

/** What a runtime reports. Calls come in the order of events and never after `stop` has resolved. */
export interface TaskObserver {
  started(container: string, runtimeId: string): void;
  /** Only changes are reported. */
  health(container: string, status: 'HEALTHY' | 'UNHEALTHY'): void;
  exited(container: string, exit: Exit): void;
}

export interface Usage {
  /** Seconds of processor time since the task began. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** How a load balancer's check sees a task that has no socket: a status code, or why there is none. */
export type Answer = { readonly status: number } | 'refused' | 'timeout';

export interface RunningTask {
  /** The task's own address, as an elastic network interface would give it one. */
  readonly address: string;
  /** Where a port of a container is reached from this machine: the task's address, unless the runtime has to remap. */
  reach(containerPort: number): { readonly host: string; readonly port: number };
  /** Throws `CannotStart` where the container cannot even begin. */
  start(container: string): Promise<void>;
  /** Runs one more command inside a container that runs. Throws where it does not. */
  exec(container: string, command: readonly string[], options: ExecOptions): Execution;
  /** SIGTERM to every container, SIGKILL after its stop time-out; resolves when nothing of the task is left. */
  stop(): Promise<void>;
  usage(): Usage;
  /** Only where no socket listens (the simulated runtime): what an HTTP request would be answered. */
  readonly answer?: ((port: number, path: string) => Promise<Answer>) | undefined;
}

export interface ExecOptions {
  output(data: Uint8Array, stream: 'stdout' | 'stderr'): void;
  /** Wants a terminal, where the runtime can give one. */
  readonly terminal?: boolean;
}

export interface Execution {
  write(data: Uint8Array): void;
  /** No more input. */
  end(): void;
  signal(signal: NodeJS.Signals): void;
  /** The exit code. Never rejects: a command that cannot be found ends with 127. */
  readonly done: Promise<number>;
}

export interface Runtime {
  readonly name: 'process' | 'docker' | 'simulated';
  /** Finds out whether it can work here and ends what a killed predecessor left. Throws with the remedy. */
  open(): Promise<void>;
  /** Makes room for a task: an address, folders. No container runs yet. */
  prepare(spec: TaskSpec, observer: TaskObserver): Promise<RunningTask>;
  /** Ends every task, quickly, and everything that the runtime itself started. */
  close(): Promise<void>;
}

/** A container that could not begin, with the sentence that ECS shows as its reason. */
export class CannotStart extends Error {
  readonly reason: string;

  constructor(detail: string) {
    super(detail);
    this.name = 'CannotStart';
    this.reason = `CannotStartContainerError: ${detail}`;
  }
}
