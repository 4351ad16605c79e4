/**
 * The embedded AWS as a process: makes the synthesized stacks of the named environments, says in one JSON line that it
 * is ready, and runs until it is told to end. What it could not do it says in one JSON line as well, with a name of
 * the error table where a user can mend it.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RealClock } from './clock.ts';
import { readAssembly } from './provision/assembly.ts';
import { provision } from './provision/provision.ts';
import type { Principal } from './service.ts';
import { ACCOUNT, createWorld, type OpenWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    'cloud-assembly': { type: 'string' },
    environments: { type: 'string' },
    region: { type: 'string', default: 'eu-central-1' },
    port: { type: 'string' },
    runtime: { type: 'string', default: 'process' },
  },
});

/** Thrown for what a user can mend: the name of an entry of the error table, and its data. */
class Refusal extends Error {
  readonly error: string;
  readonly data: Readonly<Record<string, string>>;

  constructor(error: string, data: Readonly<Record<string, string>>) {
    super(error);
    this.error = error;
    this.data = data;
  }
}

try {
  await main(required('folder'), required('cloud-assembly'), required('environments').split(','));
} catch (caught) {
  const { error, data } = refusalOf(caught);
  process.stderr.write(`${JSON.stringify({ error, data })}\n`);
  process.exit(1);
}

async function main(folder: string, cloudAssembly: string, environments: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const statement = join(folder, 'running.json');
  refuseSecond(statement, folder);
  const world = await createWorld({
    folder,
    clock: new RealClock(),
    region: values.region,
    port: portFor(folder),
    runtime: values.runtime,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  endWith(world, statement);
  const stacks = environments.flatMap((name) => [`backend-${name}`, `lockstep-${name}`]);
  await provision({ world, assembly: readAssembly(cloudAssembly), stacks });
  await world.start();
  const ready = {
    ready: true,
    pid: process.pid,
    endpoint: world.endpoint,
    region: world.region,
    frontDoors: await frontDoors(world),
  };
  writeFileSync(join(folder, 'port'), new URL(world.endpoint).port);
  // Renamed into place: whoever reads it while it is written must not see half of it.
  writeFileSync(`${statement}.next`, JSON.stringify(ready));
  renameSync(`${statement}.next`, statement);
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

/** Two processes on one state would each undo what the other writes. */
function refuseSecond(statement: string, folder: string): void {
  const running = readJson<{ pid: number; endpoint: string }>(statement);
  if (!running) return;
  try {
    process.kill(running.pid, 0);
  } catch {
    // Its process is gone: it was killed, and this start takes over.
    return;
  }
  throw new Refusal('LocalStateLocked', {
    pid: String(running.pid),
    path: folder,
    port: new URL(running.endpoint).port,
  });
}

/** The port that was asked for; else the one of last time, which is in the images' names; else any. */
function portFor(folder: string): number {
  if (values.port !== undefined) return Number(values.port);
  try {
    return Number(readFileSync(join(folder, 'port'), 'utf8')) || 0;
  } catch {
    return 0;
  }
}

function endWith(world: OpenWorld, statement: string): void {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    await world.close();
    rmSync(statement, { force: true });
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
  process.on('exit', () => rmSync(statement, { force: true }));
}

const ADMIN: Principal = { arn: `arn:aws:iam::${ACCOUNT}:root` };

/** Where each load balancer is reached, by its name. */
async function frontDoors(world: OpenWorld): Promise<Record<string, string>> {
  const call = (operation: string, input: Record<string, unknown>) =>
    world.ports.dispatch.call('elasticloadbalancing', operation, input, ADMIN);
  const { LoadBalancers = [] } = (await call('DescribeLoadBalancers', {})) as {
    LoadBalancers?: { LoadBalancerArn: string; LoadBalancerName: string; DNSName: string }[];
  };
  const doors: Record<string, string> = {};
  for (const balancer of LoadBalancers) {
    const { Listeners = [] } = (await call('DescribeListeners', {
      LoadBalancerArn: balancer.LoadBalancerArn,
    })) as {
      Listeners?: { Port: number }[];
    };
    const port = Listeners[0]?.Port;
    if (port) doors[balancer.LoadBalancerName] = `http://${balancer.DNSName}:${port}`;
  }
  return doors;
}

function refusalOf(caught: unknown): { error: string; data: Record<string, string> } {
  if (caught instanceof Refusal) return { error: caught.error, data: { ...caught.data } };
  const { code, port, path, message, stack } = caught as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return { error: 'LocalPortInUse', data: { port: String(port ?? values.port) } };
  if (code === 'ENOSPC') return { error: 'DiskFull', data: { path: path ?? values.folder ?? '' } };
  if (/is not JSON/.test(message ?? ''))
    return { error: 'LocalStateBroken', data: { path: values.folder ?? '', detail: message } };
  return { error: 'Internal', data: { step: 'the embedded AWS', detail: stack ?? String(caught) } };
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

function required(name: 'folder' | 'cloud-assembly' | 'environments'): string {
  const value = values[name];
  if (!value) throw new Error(`--${name} is missing.`);
  return value;
}
