/**
 * Tasks as real containers, by the `docker` command: images come from the embedded registry, each task has an address
 * of its own in a network of Docker's, and this machine's services are lent into it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Principal, World } from '../../service.ts';
import type {
  ExecOptions,
  Execution,
  RunningTask,
  Runtime,
  TaskObserver,
  TaskSpec,
  Usage,
} from '../runtime.ts';
import { docker, run } from './cli.ts';
import { Container } from './container.ts';
import { Network } from './network.ts';

const STATS_EVERY_MS = 10_000;
const LAST_GRACE_SECONDS = 2;
const LABEL = 'lockstep.world';

export function dockerRuntime(world: World): Runtime {
  return new DockerRuntime(world);
}

/** The engine's version; undefined where none answers. */
export async function dockerEngine(): Promise<string | undefined> {
  try {
    const { code, output } = await run(['version', '--format', '{{.Server.Version}}']);
    return code === 0 && output !== '' ? output : undefined;
  } catch {
    return undefined;
  }
}

class DockerRuntime implements Runtime {
  readonly name = 'docker';
  private readonly world: World;
  private readonly label: string;
  private readonly network = new Network();
  private readonly tasks = new Set<DockerTask>();
  /** Docker's own configuration, so that the user's log-ins are neither used nor changed. */
  private readonly config: string;
  private stats: NodeJS.Timeout | undefined;

  constructor(world: World) {
    this.world = world;
    this.label = createHash('sha256').update(world.folder).digest('hex').slice(0, 16);
    this.config = join(world.folder, 'docker');
  }

  async open(): Promise<void> {
    if (!(await dockerEngine())) {
      throw new Error(
        'The docker runtime needs a Docker engine, and none answers to `docker version`. Start Docker, or leave out --runtime docker: tasks then run as plain processes.',
      );
    }
    const left = await docker(['ps', '--all', '--quiet', '--filter', `label=${LABEL}=${this.label}`]);
    if (left !== '') await run(['rm', '--force', '--volumes', ...left.split('\n')]);
    mkdirSync(this.config, { recursive: true });
    await this.network.open();
  }

  async prepare(spec: TaskSpec, observer: TaskObserver): Promise<RunningTask> {
    const made = await this.world.clock.during(this.create(spec, observer));
    this.tasks.add(made);
    this.measure();
    return made;
  }

  async close(): Promise<void> {
    clearTimeout(this.stats);
    await Promise.all([...this.tasks].map((task) => task.stop(LAST_GRACE_SECONDS)));
    this.network.close();
    rmSync(this.config, { recursive: true, force: true });
  }

  private async create(spec: TaskSpec, observer: TaskObserver): Promise<DockerTask> {
    const address = await this.network.take();
    const containers: Container[] = [];
    for (const container of spec.containers) {
      const image = await this.pull(container.image, container.unpacked.digest);
      const [first] = containers;
      containers.push(
        await Container.create(
          container,
          {
            image,
            environment: await this.network.translateAll(container.environment),
            name: `lockstep-${spec.id.slice(0, 12)}-${container.name}-${randomUUID().slice(0, 4)}`,
            labels: { [LABEL]: this.label, 'lockstep.task': spec.id },
            // Containers of one task share its address: the first one's.
            network: first
              ? ['--network', `container:${first.id}`]
              : ['--network', this.network.name, '--ip', address],
            memory: container.memory ?? spec.memory,
            cpu: spec.cpu,
            publish: this.network.publishes && !first,
          },
          this.world.clock,
          observer,
        ),
      );
    }
    const task = new DockerTask(address, containers, this.network.publishes, () => {
      this.tasks.delete(task);
      this.network.give(address);
    });
    return task;
  }

  /** The reference that Docker knows the image by after it has been fetched from the embedded registry. */
  private async pull(reference: string, digest: string): Promise<string> {
    const { host } = new URL(this.world.endpoint);
    const [registry = '', ...path] = reference.split('/');
    const ours = registry === host || /^(127\.0\.0\.1|localhost):\d+$|\.dkr\.ecr\./.test(registry);
    if (!ours) {
      if ((await run(['image', 'inspect', reference])).code !== 0)
        await docker(['pull', '--quiet', reference]);
      return reference;
    }
    const repository = path.join('/').replace(/[:@].*$/, '');
    const exact = `${host}/${repository}@${digest}`;
    if ((await run(['image', 'inspect', exact])).code === 0) return exact;
    const admin: Principal = { arn: `arn:aws:iam::${this.world.account}:root` };
    const { authorizationData } = (await this.world.ports.dispatch.call(
      'ecr',
      'GetAuthorizationToken',
      {},
      admin,
    )) as {
      authorizationData: { authorizationToken: string }[];
    };
    const [, password = ''] = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64')
      .toString()
      .split(':');
    await docker(['--config', this.config, 'login', '--username', 'AWS', '--password-stdin', host], {
      input: password,
    });
    await docker(['--config', this.config, 'pull', '--quiet', exact]);
    return exact;
  }

  private measure(): void {
    clearTimeout(this.stats);
    if (this.tasks.size === 0) return;
    this.stats = setTimeout(() => void this.look(), STATS_EVERY_MS);
    this.stats.unref();
  }

  private async look(): Promise<void> {
    const ids = [...this.tasks].flatMap((task) => task.containers.map(({ id }) => id));
    const format = '{{.ID}} {{.CPUPerc}} {{.MemUsage}}';
    const { output } = await run(['stats', '--no-stream', '--no-trunc', '--format', format, ...ids]);
    const found = new Map(output.split('\n').map((line) => [line.split(' ')[0] ?? '', line] as const));
    for (const task of this.tasks) task.measured(found, STATS_EVERY_MS / 1000);
    this.measure();
  }
}

class DockerTask implements RunningTask {
  readonly address: string;
  readonly containers: readonly Container[];
  private readonly publishes: boolean;
  private readonly published = new Map<number, number>();
  private readonly gone: () => void;
  private stopping: Promise<void> | undefined;
  private used: Usage = { cpuSeconds: 0, memoryBytes: 0 };

  constructor(address: string, containers: readonly Container[], publishes: boolean, gone: () => void) {
    this.address = address;
    this.containers = containers;
    this.publishes = publishes;
    this.gone = gone;
  }

  reach(containerPort: number) {
    if (!this.publishes) return { host: this.address, port: containerPort };
    return { host: '127.0.0.1', port: this.published.get(containerPort) ?? containerPort };
  }

  async start(name: string): Promise<void> {
    if (this.stopping) return;
    const container = this.container(name);
    await container.start();
    if (!this.publishes) return;
    for (const port of container.spec.ports) {
      const place = await docker(['port', container.id, `${port}/tcp`]);
      this.published.set(port, Number(place.split('\n')[0]?.split(':').at(-1)));
    }
  }

  exec(name: string, command: readonly string[], options: ExecOptions): Execution {
    return this.container(name).exec(command, options);
  }

  stop(most = Number.POSITIVE_INFINITY): Promise<void> {
    this.stopping ??= Promise.all(
      this.containers.map((container) => container.stop(Math.min(most, container.spec.stopTimeout))),
    ).then(this.gone);
    return this.stopping;
  }

  usage(): Usage {
    return this.used;
  }

  measured(lines: ReadonlyMap<string, string>, seconds: number): void {
    let { cpuSeconds } = this.used;
    let memoryBytes = 0;
    for (const { id } of this.containers) {
      const [, percent = '0', used = '0'] = (lines.get(id) ?? '').split(' ');
      cpuSeconds += (Number.parseFloat(percent) / 100 || 0) * seconds;
      memoryBytes += bytes(used);
    }
    this.used = { cpuSeconds, memoryBytes };
  }

  private container(name: string): Container {
    const found = this.containers.find((one) => one.spec.name === name);
    if (!found) throw new Error(`the task has no container ${name}`);
    return found;
  }
}

/** `12.5MiB` in bytes. */
function bytes(text: string): number {
  const [, number = '0', unit = 'B'] = /^([\d.]+)([A-Za-z]+)/.exec(text) ?? [];
  const factor = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, kB: 1e3, MB: 1e6, GB: 1e9 }[unit] ?? 1;
  return Number(number) * factor;
}
