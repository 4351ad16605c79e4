/**
 * The embedded AWS as a process: makes the synthesized stacks of the named environments, says in one JSON line that it
 * is ready, and runs until it is told to end. What it could not do it says in one JSON line as well, with a name of
 * the error table where a user can mend it.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FolderInUse, takeFolder } from './owner.ts';
import { readAssembly } from './provision/assembly.ts';
import { provision } from './provision/provision.ts';
import type { Principal } from './service.ts';
import { StateUnreadable } from './store.ts';
import { ACCOUNT, createWorld, type OpenWorld, type RuntimeName } from './world.ts';

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

const ADMIN: Principal = { arn: `arn:aws:iam::${ACCOUNT}:root` };

/** How long ending may take before the process ends regardless. */
const END_WITHIN_MS = 60_000;

// Nothing in this process or below it may ever find a way to a real account.
for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
// Functions run in this process, and Lambda's time zone is UTC.
process.env['TZ'] = 'UTC';

let ending: Promise<void> | undefined;
let end: () => Promise<void> = async () => {};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void finish(0));
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => void refuse(error));
}

try {
  await main(required('folder'), required('cloud-assembly'), required('environments').split(','));
} catch (error) {
  await refuse(error);
}

async function main(folder: string, cloudAssembly: string, environments: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const giveBack = takeFolder(folder);
  const statement = join(folder, 'running.json');
  end = async () => {
    rmSync(statement, { force: true });
    giveBack();
  };
  const world = await createWorld({
    folder,
    region: values.region,
    port: portFor(folder),
    runtime: values.runtime as RuntimeName,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  end = async () => {
    try {
      await world.close();
    } finally {
      rmSync(statement, { force: true });
      giveBack();
    }
  };
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

/** Ends once, however often it is asked; a second Ctrl-C is not needed, but does no harm. */
function finish(code: number): Promise<void> {
  ending ??= (async () => {
    setTimeout(() => process.exit(1), END_WITHIN_MS).unref();
    try {
      await end();
      process.exit(code);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    }
  })();
  return ending;
}

async function refuse(error: unknown): Promise<void> {
  process.stderr.write(`${JSON.stringify(refusalOf(error))}\n`);
  await finish(1);
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

/** Where each load balancer is reached, by its name. */
async function frontDoors(world: OpenWorld): Promise<Record<string, string>> {
  const call = (operation: string, input: Record<string, unknown>) =>
    world.ports.dispatch.call('elasticloadbalancing', operation, input, ADMIN);
  const { LoadBalancers = [] } = (await call('DescribeLoadBalancers', {})) as {
    LoadBalancers?: { LoadBalancerArn: string; LoadBalancerName: string; DNSName: string }[];
  };
  const doors: Record<string, string> = {};
  for (const { LoadBalancerArn, LoadBalancerName, DNSName } of LoadBalancers) {
    const { Listeners = [] } = (await call('DescribeListeners', { LoadBalancerArn })) as {
      Listeners?: { Port: number }[];
    };
    const port = Listeners[0]?.Port;
    if (port) doors[LoadBalancerName] = `http://${DNSName}:${port}`;
  }
  return doors;
}

/** The name of an entry of the error table, and its data. */
function refusalOf(caught: unknown): { error: string; data: Record<string, string> } {
  const folder = values.folder ?? '';
  if (caught instanceof FolderInUse) {
    const running = readJson<{ endpoint: string }>(join(folder, 'running.json'));
    const port = running ? new URL(running.endpoint).port : 'not open yet';
    return { error: 'LocalStateLocked', data: { pid: String(caught.pid), path: folder, port } };
  }
  if (caught instanceof StateUnreadable) {
    return { error: 'LocalStateBroken', data: { path: caught.path, detail: caught.detail } };
  }
  // What a resource could not be made of is told with its place, around what really happened.
  const { cause } = caught as Error;
  if (cause instanceof Error) {
    const inner = refusalOf(cause);
    if (inner.error !== 'Internal') return inner;
  }
  const { code, port, path, message, stack } = caught as NodeJS.ErrnoException & { port?: number };
  // A program that we started (initdb, say) says it only in words.
  if (/No space left on device/.test(message ?? '')) return { error: 'DiskFull', data: { path: folder } };
  switch (code) {
    case 'EADDRINUSE':
      return { error: 'LocalPortInUse', data: { port: String(port ?? values.port), owner: '' } };
    case 'ENOSPC':
      return { error: 'DiskFull', data: { path: path ?? folder } };
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EISDIR':
      return { error: 'LocalStateBroken', data: { path: path ?? folder, detail: message } };
  }
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
