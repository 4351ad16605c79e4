/**
 * Tasks as plain processes of this machine: what is in the image runs, each task at an address of its own, with an
 * environment made from nothing, watched for its memory, and ended with everything that it started.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { overlayWorks } from '../../images/run/overlay.ts';
import type { World } from '../../service.ts';
import type { RunningTask, Runtime, TaskObserver, TaskSpec } from '../runtime.ts';
import { Addresses } from './addresses.ts';
import type { Household } from './container.ts';
import { marked, Processes, type Sample } from './processes.ts';
import { ProcessTask } from './task.ts';
import type { View } from './view.ts';
import { Watcher } from './watcher.ts';

/** How often memory is looked at: often while a task has used more than half of what it may. */
const LOOK_EVERY_MS = 1000;
const LOOK_CLOSELY_EVERY_MS = 250;
/** What a task gets between SIGTERM and SIGKILL when the embedded AWS itself ends. */
const LAST_GRACE_MS = 2000;

export function processRuntime(world: World): Runtime {
  return new ProcessRuntime(world);
}

class ProcessRuntime implements Runtime {
  readonly name = 'process';
  private readonly world: World;
  private readonly folder: string;
  private readonly mark = `lockstep-${randomUUID()}`;
  private readonly addresses = new Addresses();
  private readonly processes = new Processes();
  private readonly tasks = new Set<ProcessTask>();
  private viewKind: View['kind'] = 'copy';
  private watcher: Watcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private opened = false;

  constructor(world: World) {
    this.world = world;
    this.folder = join(world.folder, 'tasks');
  }

  async open(): Promise<void> {
    this.endLeftovers();
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'mark'), this.mark);
    this.viewKind = (await overlayWorks(this.folder)) ? 'overlay' : 'copy';
    await this.addresses.open();
    this.opened = true;
  }

  async prepare(spec: TaskSpec, observer: TaskObserver): Promise<RunningTask> {
    if (!this.opened) throw new Error('the runtime is not open');
    // The first task brings the watcher: a world that runs none has no child process.
    this.watcher ??= new Watcher(this.mark);
    const address = this.addresses.take();
    const folder = join(this.folder, spec.id);
    const household: Household = {
      clock: this.world.clock,
      watcher: this.watcher,
      strays: (mark) => this.look().get(mark)?.pids ?? [],
    };
    const gone = () => {
      this.tasks.delete(task);
      for (const container of task.containers) this.processes.forget(container.place.mark);
      this.addresses.give(address.address);
      rmSync(folder, { recursive: true, force: true });
    };
    const place = {
      address,
      shared: this.addresses.shared,
      folder,
      viewKind: this.viewKind,
      mark: this.mark,
    };
    const task = await this.world.clock.during(ProcessTask.prepare(spec, place, household, observer, gone));
    this.tasks.add(task);
    this.watchMemory();
    return task;
  }

  async close(): Promise<void> {
    this.opened = false;
    clearTimeout(this.timer);
    await Promise.all([...this.tasks].map((task) => task.stop(LAST_GRACE_MS)));
    await this.watcher?.close();
    this.watcher = undefined;
    this.addresses.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private look(): Map<string, Sample> {
    const groups = new Map<number, string>();
    for (const task of this.tasks) {
      for (const container of task.containers) {
        if (container.leader !== undefined) groups.set(container.leader, container.place.mark);
      }
    }
    return this.processes.look(groups);
  }

  private watchMemory(): void {
    clearTimeout(this.timer);
    if (this.tasks.size === 0 || !this.opened) return;
    const close = [...this.tasks].some((task) => task.fullness() > 0.5);
    this.timer = setTimeout(
      () => {
        const samples = this.look();
        for (const task of this.tasks) task.measure(samples);
        this.watchMemory();
      },
      close ? LOOK_CLOSELY_EVERY_MS : LOOK_EVERY_MS,
    );
    this.timer.unref();
  }

  /** What a predecessor in this folder left, when it and its watcher were killed together. */
  private endLeftovers(): void {
    const file = join(this.folder, 'mark');
    if (existsSync(file)) {
      for (const pid of marked(readFileSync(file, 'utf8'))) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // Gone already.
        }
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
