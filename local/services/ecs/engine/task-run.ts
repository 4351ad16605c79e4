/**
 * One task on its way from PROVISIONING to STOPPED: its resources are gathered, its containers started in the order
 * that they ask for, its targets registered and drained, and everything that happens to it is written down.
 */
import type { Timer } from '../../../clock.ts';
import {
  CannotStart,
  type Exit,
  type RunningTask,
  type Runtime,
  type TaskObserver,
} from '../../../runtimes/runtime.ts';
import type { Agent } from '../agent.ts';
import type { Task, TaskContainer, TaskDefinition, TaskStatus } from '../model.ts';
import type { State } from '../state.ts';
import { taskChanged } from './events.ts';
import { TaskFailure } from './failure.ts';
import { gather } from './resources.ts';

/**
 * The agent reports a task as RUNNING with a delay; a container that has gone by then was never seen to run. That
 * is what makes a crash at boot a failure to start, which the circuit breaker counts, and a later crash none.
 */
const SEEN_RUNNING_AFTER_MS = 1000;

export interface Surroundings {
  readonly state: State;
  readonly runtime: Runtime;
  readonly agent: Agent;
  /** All containers run: the task's targets can be registered. */
  activate(task: Task, running: RunningTask): void;
  /** The task's targets have begun to drain. */
  draining(task: Task): void;
  /** The embedded AWS ends: what ends with it is no news. */
  isClosing(): boolean;
  /** Called after every change, and a last time when the task has stopped. */
  changed(task: Task): void;
}

export class TaskRun implements TaskObserver {
  readonly task: Task;
  running: RunningTask | undefined;
  private readonly around: Surroundings;
  private readonly definition: TaskDefinition;
  /** Containers that have not been told to start. */
  private readonly waiting: Set<string>;
  private seenRunning: Timer | undefined;
  private ending = false;
  private readonly over = Promise.withResolvers<void>();

  constructor(task: Task, definition: TaskDefinition, around: Surroundings) {
    this.task = task;
    this.definition = definition;
    this.around = around;
    this.waiting = new Set(task.containers.map((container) => container.name));
  }

  /** Resolves when the task is STOPPED. Never rejects: whatever goes wrong is the task's stopped reason. */
  async run(): Promise<void> {
    const { state, runtime, agent } = this.around;
    const { task } = this;
    const { clock } = state.world;
    try {
      // A turn of the clock later: whoever asked for the task sees it PROVISIONING first, as with the real service.
      await clock.sleep(0);
      if (this.ending) return await this.over.promise;
      this.become('PENDING');
      const { spec, digests } = await gather({
        world: state.world,
        task,
        definition: this.definition,
        revision: task.revision ? state.revision(task.revision) : undefined,
        agentEnvironment: (container) => agent.environment(task, container),
        pulling: () => {
          task.pullStartedAt = clock.now();
        },
      });
      task.pullStoppedAt = clock.now();
      for (const container of task.containers) container.imageDigest = digests.get(container.name);
      if (this.ending) return await this.over.promise;
      const running = await runtime.prepare(spec, this);
      this.running = running;
      task.address = running.address;
      if (this.ending) {
        await running.stop();
        return await this.over.promise;
      }
      this.changed();
      await this.startWhatIsReady();
    } catch (error) {
      this.failed(error);
    }
    await this.over.promise;
  }

  started(name: string, runtimeId: string): void {
    const container = this.container(name);
    container.runtimeId = runtimeId;
    container.lastStatus = 'RUNNING';
    this.changed();
    void this.startWhatIsReady().catch((error) => this.failed(error));
  }

  health(name: string, status: 'HEALTHY' | 'UNHEALTHY'): void {
    this.container(name).healthStatus = status;
    this.changed();
    void this.startWhatIsReady().catch((error) => this.failed(error));
  }

  exited(name: string, exit: Exit): void {
    if (this.around.isClosing()) return;
    const container = this.container(name);
    container.lastStatus = 'STOPPED';
    container.exitCode = exit.code;
    container.reason = exit.reason;
    this.waiting.delete(name);
    if (container.essential && !this.ending) {
      this.task.stopCode = 'EssentialContainerExited';
      this.task.stoppedReason = 'Essential container in task exited';
      void this.end(false);
      return;
    }
    this.changed();
    void this.startWhatIsReady().catch((error) => this.failed(error));
  }

  /** Ends the task: its targets drain first, then SIGTERM, then SIGKILL. A second call changes nothing. */
  stop(stopCode: NonNullable<Task['stopCode']>, reason: string): Promise<void> {
    if (!this.ending) {
      this.task.stopCode = stopCode;
      this.task.stoppedReason = reason;
      void this.end(true);
    }
    return this.over.promise;
  }

  private async startWhatIsReady(): Promise<void> {
    const { running } = this;
    if (!running || this.ending) return;
    for (const name of [...this.waiting]) {
      if (!this.mayStart(name)) continue;
      this.waiting.delete(name);
      try {
        await running.start(name);
      } catch (error) {
        if (error instanceof CannotStart) throw new TaskFailure(error.reason, name);
        throw error;
      }
    }
    if (this.waiting.size > 0 || this.seenRunning || this.ending) return;
    this.become('ACTIVATING');
    this.seenRunning = this.around.state.world.clock.after(SEEN_RUNNING_AFTER_MS, () => this.isRunning());
  }

  private mayStart(name: string): boolean {
    const dependencies =
      this.definition.body.containerDefinitions.find((one) => one.name === name)?.dependsOn ?? [];
    return dependencies.every(({ containerName = '', condition }) => {
      const other = this.container(containerName);
      switch (condition) {
        case 'HEALTHY':
          return other.healthStatus === 'HEALTHY';
        case 'COMPLETE':
          return other.lastStatus === 'STOPPED';
        case 'SUCCESS':
          if (other.lastStatus === 'STOPPED' && other.exitCode !== 0) {
            throw new TaskFailure(
              `Container '${name}' waits for '${containerName}' to succeed, which it did not.`,
              name,
            );
          }
          return other.exitCode === 0;
        default:
          return other.lastStatus !== 'PENDING';
      }
    });
  }

  private isRunning(): void {
    const { task, running } = this;
    if (this.ending || !running) return;
    task.startedAt = this.around.state.world.clock.now();
    task.reachedRunning = true;
    this.around.activate(task, running);
    this.become('RUNNING');
  }

  private failed(error: unknown): void {
    if (this.ending) return;
    if (!(error instanceof TaskFailure)) {
      this.around.state.world.say(`task ${this.task.id}: ${(error as Error).stack}`);
    }
    const message = (error as Error).message;
    const failure = error instanceof TaskFailure ? error : new TaskFailure(`InternalError: ${message}`);
    this.task.stopCode = 'TaskFailedToStart';
    this.task.stoppedReason = failure.message;
    for (const container of this.task.containers) {
      if (container.name === failure.container) container.reason = failure.message;
    }
    void this.end(false);
  }

  private async end(draining: boolean): Promise<void> {
    const { task } = this;
    const { clock, ports } = this.around.state.world;
    this.ending = true;
    this.seenRunning?.cancel();
    task.desiredStatus = 'STOPPED';
    task.stoppingAt = clock.now();
    if (task.targets.length > 0) {
      this.become('DEACTIVATING');
      const left = Promise.all(
        task.targets.map(({ group, ...target }) => ports.targets.deregister(group, target)),
      );
      this.around.draining(task);
      // A task that has gone by itself has nothing left that could drain.
      if (draining) await left;
    }
    this.become('STOPPING');
    await this.running?.stop();
    task.executionStoppedAt = clock.now();
    this.become('DEPROVISIONING');
    for (const container of task.containers) container.lastStatus = 'STOPPED';
    task.stoppedAt = clock.now();
    this.become('STOPPED');
    this.over.resolve();
  }

  private container(name: string): TaskContainer {
    const found = this.task.containers.find((container) => container.name === name);
    if (!found) throw new Error(`task ${this.task.id} has no container ${name}`);
    return found;
  }

  private become(status: TaskStatus): void {
    this.task.lastStatus = status;
    this.changed();
  }

  private changed(): void {
    const { task } = this;
    task.version++;
    this.around.state.tasks.set(task.arn, task);
    taskChanged(this.around.state, task);
    this.around.changed(task);
  }
}
