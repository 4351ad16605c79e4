/**
 * The embedded AWS as a process of its own: started, found again and ended from here, by path. The command knows
 * nothing else of it; everything it does there goes over the same HTTP as to AWS.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../core/errors.ts';

/** This package's own folder, from wherever this code runs: its source, or the bundle in dist/. */
export const PACKAGE = packageFolder(import.meta.dirname);

/** The bundle of the action stands alone: where no package is around it, its own folder is all that there is. */
function packageFolder(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'cdk.json'))) return folder;
    if (folder === dirname(folder)) return start;
  }
}

/** What the embedded AWS writes into its folder while it runs, and prints when it is ready. */
export interface Running {
  readonly pid: number;
  readonly endpoint: string;
  readonly region: string;
  /** Base URL of the front door of each load balancer, by name. */
  readonly frontDoors: Readonly<Record<string, string>>;
}

export interface EmbeddedOptions {
  readonly folder: string;
  readonly port?: string | undefined;
  readonly environments: readonly string[];
  readonly runtime?: string | undefined;
  readonly say: (line: string) => void;
}

/** Credentials of the embedded account's administrator. They open nothing anywhere else. */
export function embeddedVariables(running: Running): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: running.endpoint,
    AWS_REGION: running.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    // The CLI and the SDK must not ask the instance metadata of whatever machine this is.
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

const fileOf = (folder: string): string => join(folder, 'running.json');

/** The embedded AWS that runs in this folder, if one does. */
export function findRunning(folder: string): Running | undefined {
  try {
    const running = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Running;
    process.kill(running.pid, 0);
    return isNoZombie(running.pid) ? running : undefined;
  } catch {
    return undefined;
  }
}

/** False for a process that is dead and only waits to be reaped, which in a container nobody may ever do. */
function isNoZombie(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

/** Writes the stacks of every environment into cdk.out; quick when nothing changed. */
async function synthesize(): Promise<void> {
  const child = spawn(process.execPath, [join(PACKAGE, 'scripts/synth.ts')], {
    cwd: PACKAGE,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => said.push(line));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`cdk synth failed:\n${said.join('\n')}`);
}

const programme = (options: EmbeddedOptions): string[] => [
  join(PACKAGE, 'local/main.ts'),
  ...[
    '--folder',
    options.folder,
    '--cloud-assembly',
    join(PACKAGE, 'cdk.out'),
    '--environments',
    options.environments.join(','),
  ],
  ...(options.port ? ['--port', options.port] : []),
  ...(options.runtime ? ['--runtime', options.runtime] : []),
];

/** Starts it as a child that ends with this process; resolves when it is ready. */
export async function startEmbedded(
  options: EmbeddedOptions,
): Promise<{ running: Running; child: ChildProcess }> {
  await synthesize();
  const child = spawn(process.execPath, programme(options), {
    cwd: PACKAGE,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line);
    // Why it could not start is said once, in the words of the table.
    if (!line.startsWith('{"error":')) options.say(line);
  });
  const running = await new Promise<Running>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const ready = readyLine(line);
      if (ready) resolve(ready);
      else options.say(line);
    });
    child.once('close', () => reject(ended(errors)));
    child.once('error', reject);
  });
  return { running, child };
}

/** Starts it so that it outlives this process; resolves when it is ready. */
export async function detachEmbedded(options: EmbeddedOptions): Promise<Running> {
  await synthesize();
  mkdirSync(options.folder, { recursive: true });
  const log = join(options.folder, 'log');
  const output = openSync(log, 'a');
  const from = statSync(log).size;
  const child = spawn(process.execPath, programme(options), {
    cwd: PACKAGE,
    stdio: ['ignore', output, output],
    detached: true,
  });
  child.unref();
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  for (;;) {
    const running = findRunning(options.folder);
    if (running && running.pid === child.pid) return running;
    if (exited) throw ended(readFileSync(log, 'utf8').slice(from).trim().split('\n'));
    await sleep(50);
  }
}

/** Asks it to end, and waits until it has. */
export async function stopEmbedded(running: Running, folder: string): Promise<void> {
  try {
    process.kill(running.pid, 'SIGTERM');
  } catch {
    return;
  }
  while (findRunning(folder)) await sleep(50);
}

/** Forgets everything that the embedded AWS of this folder holds. */
export function forgetEmbedded(folder: string): boolean {
  const existed = existsSync(folder);
  rmSync(folder, { recursive: true, force: true });
  return existed;
}

function readyLine(line: string): Running | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  return JSON.parse(line) as Running;
}

/** The embedded AWS says in one line why it could not start; the table has the remedy for what a user can mend. */
function ended(lines: readonly string[]): Error {
  const said = lines.findLast((line) => line.startsWith('{"error":'));
  if (said) {
    const { error, data } = JSON.parse(said) as { error: 'LocalPortInUse'; data: Record<string, string> };
    return new LockstepError(error, data);
  }
  return new Error(`The embedded AWS ended before it was ready:\n${lines.slice(-20).join('\n')}`);
}
