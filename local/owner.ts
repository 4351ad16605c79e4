/**
 * Who owns a folder of state. Two processes on one state would each undo what the other writes, so the first one
 * leaves a lock file that names it; one that a killed process left is taken over.
 */
import { openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

interface Owner {
  readonly pid: number;
  /** When the process began, as the kernel counts; a process id alone may have been given to another program. */
  readonly begun: string | undefined;
}

/** The folder belongs to a process that lives. */
export class FolderInUse extends Error {
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`another embedded AWS (process ${pid}) uses ${folder}`);
    this.pid = pid;
  }
}

/** Takes the folder, or throws `FolderInUse`. Returns what gives it back. */
export function takeFolder(folder: string): () => void {
  const file = join(folder, 'lock');
  // A second attempt, after a stale lock has been removed; whoever else removed it at the same time may win that one.
  for (const attempt of [1, 2]) {
    try {
      const handle = openSync(file, 'wx');
      writeSync(handle, JSON.stringify({ pid: process.pid, begun: begunOf(process.pid) } satisfies Owner));
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = readOwner(file);
      if (owner && isAlive(owner)) throw new FolderInUse(folder, owner.pid);
      if (attempt === 2) throw new FolderInUse(folder, owner?.pid ?? 0);
      rmSync(file, { force: true });
    }
  }
  throw new Error('unreachable');
}

/** A lock file that cannot be read was cut short by a kill, and names nobody. */
function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return owner.begun === undefined || begunOf(owner.pid) === owner.begun;
}

/**
 * Field 22 of Linux's `/proc/PID/stat`; undefined elsewhere, and for a process that is dead and only waits to be reaped
 * (in a container nobody may ever do so). The command's name, field 2, may hold spaces.
 */
function begunOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
