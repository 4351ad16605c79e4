/** A task: containers that share an address, and what they use together. */
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecOptions, Execution, RunningTask, TaskObserver, TaskSpec, Usage } from '../runtime.ts';
import { freePort, type TaskAddress } from './addresses.ts';
import type { Place } from './command.ts';
import { Container, type Household } from './container.ts';
import { MARK, type Sample } from './processes.ts';
import { lentFolders, writeStandIns } from './stand-ins.ts';
import { openView, type View } from './view.ts';

const MEBIBYTE = 1024 * 1024;

export interface TaskPlace {
  readonly address: TaskAddress;
  /** All tasks share one address: every port is moved. */
  readonly shared: boolean;
  readonly folder: string;
  readonly viewKind: View['kind'];
  /** Of the runtime; the task's own marks begin with it. */
  readonly mark: string;
}

export class ProcessTask implements RunningTask {
  readonly address: string;
  readonly spec: TaskSpec;
  readonly containers: readonly Container[];
  private readonly remap: ReadonlyMap<number, number>;
  private readonly views: readonly View[];
  private readonly gone: () => void;
  private stopping: Promise<void> | undefined;
  private measured: Usage = { cpuSeconds: 0, memoryBytes: 0 };

  private constructor(
    spec: TaskSpec,
    address: string,
    containers: readonly Container[],
    views: readonly View[],
    remap: ReadonlyMap<number, number>,
    gone: () => void,
  ) {
    this.spec = spec;
    this.address = address;
    this.containers = containers;
    this.views = views;
    this.remap = remap;
    this.gone = gone;
  }

  static async prepare(
    spec: TaskSpec,
    place: TaskPlace,
    household: Household,
    observer: TaskObserver,
    gone: () => void,
  ): Promise<ProcessTask> {
    const remap = new Map<number, number>();
    for (const port of spec.containers.flatMap((container) => container.ports)) {
      // A plain user may not listen below 1024.
      if (place.shared || port < 1024) remap.set(port, await freePort());
    }
    const network = join(place.folder, 'network');
    mkdirSync(join(network, 'ports'), { recursive: true });
    const opened = await Promise.all(
      spec.containers.map(async (container) => {
        const mark = `${place.mark}.${spec.id}.${container.name}`;
        const own = join(place.folder, container.name, 'own');
        const files = join(place.folder, container.name, 'files');
        for (const folder of [join(own, 'home'), join(own, 'tmp'), files])
          mkdirSync(folder, { recursive: true });
        const view = await openView(place.viewKind, {
          image: container.unpacked,
          place: files,
          lent: lentFolders(own, network),
          // Not the container's own: its keeper ends with the view, not with the container.
          mark: { [MARK]: `${mark}/files` },
        });
        const standIns = writeStandIns(own, view, {
          ...place.address,
          markers: view.lent(join(network, 'ports')),
          curlrc: view.lent(join(network, '.curlrc')),
          remapAll: place.shared,
          remap: Object.fromEntries(remap),
        });
        const where: Place = {
          view,
          standIns,
          home: view.kind === 'overlay' ? '/root' : join(own, 'home'),
          temporary: join(own, 'tmp'),
          network,
          mark,
        };
        return { view, container: new Container(container, where, household, observer) };
      }),
    );
    return new ProcessTask(
      spec,
      place.address.address,
      opened.map(({ container }) => container),
      opened.map(({ view }) => view),
      remap,
      gone,
    );
  }

  reach(containerPort: number) {
    return { host: this.address, port: this.remap.get(containerPort) ?? containerPort };
  }

  async start(name: string): Promise<void> {
    if (this.stopping) return;
    await this.container(name).start(`${this.spec.id}-${randomInt(1_000_000_000, 9_999_999_999)}`);
    // Stopped while it started: nothing else will end it.
    if (this.stopping) this.container(name).kill('SIGKILL');
  }

  exec(name: string, command: readonly string[], options: ExecOptions): Execution {
    return this.container(name).exec(command, options);
  }

  stop(most = Number.POSITIVE_INFINITY): Promise<void> {
    this.stopping ??= this.end(most);
    return this.stopping;
  }

  usage(): Usage {
    return this.measured;
  }

  /** Takes in what a look at the machine's processes has found, and ends what uses more than it may. */
  measure(samples: ReadonlyMap<string, Sample>): void {
    const own = this.containers.map((container) => ({
      container,
      sample: samples.get(container.place.mark),
    }));
    const sum = (pick: (sample: Sample) => number) =>
      own.reduce((total, { sample }) => total + (sample ? pick(sample) : 0), 0);
    this.measured = { cpuSeconds: sum((one) => one.cpuSeconds), memoryBytes: sum((one) => one.memoryBytes) };
    for (const { container, sample } of own) {
      const limit = container.spec.memory;
      if (sample && limit && sample.memoryBytes > limit * MEBIBYTE) container.killForMemory();
    }
    if (!this.spec.memory || this.measured.memoryBytes <= this.spec.memory * MEBIBYTE) return;
    const largest = own.reduce((most, one) =>
      (one.sample?.memoryBytes ?? 0) > (most.sample?.memoryBytes ?? 0) ? one : most,
    );
    largest.container.killForMemory();
  }

  /** How much of its memory it uses, from 0 to 1. */
  fullness(): number {
    return this.spec.memory ? this.measured.memoryBytes / (this.spec.memory * MEBIBYTE) : 0;
  }

  private async end(most: number): Promise<void> {
    await Promise.all(
      this.containers.map((container) => container.stop(Math.min(most, container.spec.stopTimeout * 1000))),
    );
    for (const container of this.containers) container.kill('SIGKILL');
    await Promise.all(this.views.map((view) => view.close()));
    this.gone();
  }

  private container(name: string): Container {
    const found = this.containers.find((one) => one.spec.name === name);
    if (!found) throw new Error(`task ${this.spec.id} has no container ${name}`);
    return found;
  }
}
