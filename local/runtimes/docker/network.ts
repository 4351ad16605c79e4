/**
 * The network of the tasks. Its gateway has the address at which ECS serves credentials (169.254.170.2), which the AWS
 * SDKs accept for plain HTTP; what listens on this machine's 127.0.0.1 (the endpoint, the databases) is lent there by
 * relays, and addresses in a task's environment are rewritten to them.
 */
import net from 'node:net';
import { docker, run } from './cli.ts';

const NAME = 'lockstep-tasks';
const SUBNET = '169.254.170.0/24';
const GATEWAY = '169.254.170.2';
const FIRST_TO_LAST = 252;

export class Network {
  readonly name = NAME;
  private readonly relays = new Map<number, Promise<number>>();
  private readonly servers: net.Server[] = [];
  private readonly taken = new Set<string>();
  private last = 2 + Math.floor(Math.random() * FIRST_TO_LAST);
  /** Docker's own machine stands between this one and its containers (macOS, Windows). */
  private readonly remote = process.platform !== 'linux';

  async open(): Promise<void> {
    if ((await run(['network', 'inspect', NAME])).code === 0) return;
    await docker(['network', 'create', '--subnet', SUBNET, '--gateway', GATEWAY, NAME]);
  }

  close(): void {
    for (const server of this.servers) server.close();
  }

  /** An address that no container of the network has. */
  async take(): Promise<string> {
    const inUse = new Set(this.taken);
    const format = '{{range .Containers}}{{.IPv4Address}} {{end}}';
    for (const entry of (await docker(['network', 'inspect', '-f', format, NAME])).split(' ')) {
      inUse.add(entry.replace(/\/.*$/, ''));
    }
    for (let tries = 0; tries < FIRST_TO_LAST; tries++) {
      // Round robin: Docker lets go of the address of a container that has ended only after a while.
      this.last = this.last >= 254 ? 3 : this.last + 1;
      const address = `169.254.170.${this.last}`;
      if (inUse.has(address)) continue;
      this.taken.add(address);
      return address;
    }
    throw new Error(`All addresses of the network ${NAME} are in use.`);
  }

  give(address: string): void {
    this.taken.delete(address);
  }

  /** Where an app reaches a container's port from this machine: directly, or at the port that Docker has published. */
  get publishes(): boolean {
    return this.remote;
  }

  /** The same text with this machine's own addresses as a container reaches them. */
  async translate(text: string): Promise<string> {
    const places = [...text.matchAll(/(?<=[@/=]|^)(?:127\.0\.0\.1|localhost)(?::(\d+))?/g)];
    let translated = text;
    for (const [place, port] of places) {
      if (!port) continue;
      const relay = this.remote ? Number(port) : await this.relay(Number(port));
      translated = translated.replace(place, `${this.remote ? 'host.docker.internal' : GATEWAY}:${relay}`);
    }
    return translated;
  }

  /** For variables that name a host alone, and its port in another one (`DATABASE_HOST`, `DATABASE_PORT`). */
  async translateAll(environment: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const translated: Record<string, string> = {};
    for (const [name, value] of Object.entries(environment)) translated[name] = await this.translate(value);
    for (const [name, value] of Object.entries(environment)) {
      if (value !== '127.0.0.1' && value !== 'localhost') continue;
      const portName = name.replace(/HOST(NAME)?$/, 'PORT');
      const port = portName === name ? undefined : environment[portName];
      if (!port) continue;
      translated[name] = this.remote ? 'host.docker.internal' : GATEWAY;
      translated[portName] = String(this.remote ? port : await this.relay(Number(port)));
    }
    return translated;
  }

  private relay(port: number): Promise<number> {
    let found = this.relays.get(port);
    if (!found) {
      found = new Promise((resolve, reject) => {
        const server = net.createServer((inside) => {
          const outside = net.connect(port, '127.0.0.1');
          inside.pipe(outside).pipe(inside);
          inside.on('error', () => outside.destroy());
          outside.on('error', () => inside.destroy());
        });
        server.once('error', reject);
        server.listen(0, GATEWAY, () => {
          server.unref();
          resolve((server.address() as net.AddressInfo).port);
        });
        this.servers.push(server);
      });
      this.relays.set(port, found);
    }
    return found;
  }
}
