/**
 * Addresses for tasks. On Linux all of 127.0.0.0/8 is this machine's: each runtime claims a block of 254, so that two
 * embedded AWS never give the same one to two tasks. Elsewhere there is only 127.0.0.1, and ports are moved instead.
 */
import net from 'node:net';

/** The port that stands for a claimed block: the one at which the ECS agent introspects itself. */
const CLAIM_PORT = 51_678;
const FIRST_BLOCK = 16;
const LAST_BLOCK = 250;

export interface TaskAddress {
  readonly address: string;
  /** For servers of the task that listen on localhost only. */
  readonly loopback: string;
}

export class Addresses {
  /** Whether every port has to be moved because all tasks share one address. */
  readonly shared = process.platform !== 'linux';
  private claim: net.Server | undefined;
  private block = FIRST_BLOCK;
  private last = 1;
  private readonly taken = new Set<string>();

  async open(): Promise<void> {
    if (this.shared) return;
    for (this.block = FIRST_BLOCK; this.block <= LAST_BLOCK; this.block++) {
      this.claim = await listen(`127.0.${this.block}.1`);
      if (this.claim) return;
    }
    throw new Error(`No block of 127.0.0.0/8 is free: port ${CLAIM_PORT} is taken in all of them.`);
  }

  close(): void {
    this.claim?.close();
    this.claim = undefined;
  }

  /** Round robin, so that an address rests before it is used again. */
  take(): TaskAddress {
    if (this.shared) return { address: '127.0.0.1', loopback: '127.0.0.1' };
    for (let tries = 0; tries < 253; tries++) {
      this.last = this.last >= 254 ? 2 : this.last + 1;
      const address = `127.0.${this.block}.${this.last}`;
      if (this.taken.has(address)) continue;
      this.taken.add(address);
      return { address, loopback: `127.128.${this.block}.${this.last}` };
    }
    throw new Error('All 253 addresses for tasks are in use.');
  }

  give(address: string): void {
    this.taken.delete(address);
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = await listen('127.0.0.1', 0);
  if (!server) throw new Error('no free port');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(host: string, port = CLAIM_PORT): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ host, port, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}
