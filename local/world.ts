/** Puts a world together: the endpoint, the state on disk, the services, and the ports between them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, RealClock } from './clock.ts';
import { dispatchPort } from './endpoint/dispatch.ts';
import { type Endpoint, openEndpoint } from './endpoint/server.ts';
import type { Ports } from './ports.ts';
import type { Runtime } from './runtimes/runtime.ts';
import type { Route, Service, World } from './service.ts';
import { serviceModules } from './services.ts';
import { FileStores, memoryStore, type Store } from './store.ts';

export interface WorldOptions {
  /** Everything that the world keeps is below it. */
  readonly folder: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly region?: string;
  /** Keeps the state in memory only. */
  readonly volatile?: boolean;
  /** What runs the tasks of ECS: one of those in runtimes/ by its name, or what makes one; `process` where left out. */
  readonly runtime?: RuntimeName | ((world: World) => Runtime);
  /** Signing names of the services to make; all, where it is left out. Ports of the others are errors that say so. */
  readonly services?: readonly string[];
  /** Further paths of the endpoint. */
  readonly routes?: readonly Route[];
  readonly say?: (line: string) => void;
}

export interface OpenWorld extends World {
  readonly services: ReadonlyMap<string, Service>;
  /** Takes up what the state says was under way. Call it after provisioning. */
  start(): Promise<void>;
  /** Ends timers, children and connections, and writes the state. The world may be created again afterwards. */
  close(): Promise<void>;
}

export type RuntimeName = Runtime['name'];

export const ACCOUNT = '000000000000';
export const DEFAULT_REGION = 'us-east-1';

export async function createWorld(options: WorldOptions): Promise<OpenWorld> {
  mkdirSync(options.folder, { recursive: true });
  const endpoint = await openEndpoint(options.port ?? 0);
  try {
    return await compose(options, endpoint);
  } catch (error) {
    await endpoint.close();
    throw error;
  }
}

async function compose(options: WorldOptions, endpoint: Endpoint): Promise<OpenWorld> {
  const stores = options.volatile ? new MemoryStores() : new FileStores(join(options.folder, 'state'));
  const services = new Map<string, Service>();
  const ports: Partial<Ports> = {};
  const world: World = {
    account: ACCOUNT,
    region: options.region ?? DEFAULT_REGION,
    clock: options.clock ?? new RealClock(),
    folder: options.folder,
    volatile: options.volatile ?? false,
    endpoint: endpoint.url,
    store: (service) => stores.store(service),
    ports: portsOf(ports),
    runtime: await runtimeOf(options.runtime),
    say: options.say ?? (() => {}),
  };
  ports.dispatch = dispatchPort(world, services);
  for (const module of await serviceModules(options.services)) {
    const { service, ports: own } = module.create(world);
    services.set(service.signingName, service);
    Object.assign(ports, own);
  }
  endpoint.serve(world, services, options.routes);
  return {
    ...world,
    services,
    async start() {
      for (const service of services.values()) await service.start?.();
    },
    async close() {
      // Every service is ended even if one fails to end: what it holds must not outlive the process.
      const ends = await Promise.allSettled([...services.values()].map(async (service) => service.stop?.()));
      await endpoint.close();
      stores.flush();
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}

/** By name only when it is wanted: each brings dependencies of its own. */
async function runtimeOf(wanted: WorldOptions['runtime']): Promise<World['runtime']> {
  if (wanted === undefined || typeof wanted === 'function') return wanted;
  switch (wanted) {
    case 'process':
      return (await import('./runtimes/process/runtime.ts')).processRuntime;
    case 'docker':
      return (await import('./runtimes/docker/runtime.ts')).dockerRuntime;
    case 'simulated':
      return (await import('./runtimes/simulated/runtime.ts')).simulated(() => ({}));
    default:
      throw new Error(`There is no runtime ${wanted}; there are process, docker and simulated.`);
  }
}

/** What stands for files in a world that is thrown away. */
class MemoryStores {
  private readonly open = new Map<string, Store>();

  store(service: string): Store {
    const found = this.open.get(service) ?? memoryStore();
    this.open.set(service, found);
    return found;
  }

  flush(): void {}
}

/** A port that no service of this world fills is an error when it is used, not an undefined. */
function portsOf(filled: Partial<Ports>): Ports {
  return new Proxy(filled as Ports, {
    get(target, name: keyof Ports) {
      const port = target[name];
      if (!port) throw new Error(`This world has no service for the port ${String(name)}.`);
      return port;
    },
  });
}
