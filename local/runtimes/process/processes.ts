/**
 * Which processes of this machine belong to which container, and what they use. A process belongs to the container
 * whose group or session it is in, whose process started it, or whose mark its environment carries, so that one that
 * has left its group is found as well. What has been found once is remembered: a look costs about a millisecond.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts processor time in hundredths of a second, and memory in pages. */
const TICKS_PER_SECOND = 100;
const PAGE = 4096;

/** The variable that every process of a task carries: `RUNTIME.TASK.CONTAINER`. */
export const MARK = 'LOCKSTEP_TASK';

interface Known {
  readonly container: string | undefined;
  readonly begun: string;
  ticks: number;
}

export interface Sample {
  memoryBytes: number;
  cpuSeconds: number;
  pids: number[];
}

interface Stat {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly ticks: number;
  readonly begun: string;
}

export class Processes {
  private readonly known = new Map<number, Known>();
  /** Time of processes that have ended, by container. */
  private readonly spent = new Map<string, number>();

  /** `groups`: the leader's pid → the container's mark. */
  look(groups: ReadonlyMap<number, string>): Map<string, Sample> {
    return process.platform === 'linux' ? this.lookAtProc(groups) : this.lookWithPs(groups);
  }

  forget(container: string): void {
    this.spent.delete(container);
    for (const [pid, one] of this.known) if (one.container === container) this.known.delete(pid);
  }

  private lookAtProc(groups: ReadonlyMap<number, string>): Map<string, Sample> {
    const samples = new Map<string, Sample>();
    const shared = new Map<string, number>();
    const pids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      // Parents have smaller numbers than their children, nearly always: one pass finds whole families.
      .sort((a, b) => a - b);
    for (const pid of pids) {
      let one = this.known.get(pid);
      if (one && one.container === undefined && !groups.has(pid)) continue;
      const stat = statOf(pid);
      if (!stat) continue;
      if (!one || one.begun !== stat.begun || (one.container === undefined && groups.has(pid))) {
        if (one) this.bury(one);
        one = { container: this.containerOf(pid, stat, groups), begun: stat.begun, ticks: 0 };
        this.known.set(pid, one);
      }
      if (one.container === undefined) continue;
      one.ticks = stat.ticks;
      const memory = memoryOf(pid);
      const sample = sampleOf(samples, one.container);
      sample.pids.push(pid);
      sample.cpuSeconds += stat.ticks / TICKS_PER_SECOND;
      // Pages that come from files (the Node binary) are there once, however many processes show them.
      sample.memoryBytes += memory.own;
      shared.set(one.container, Math.max(shared.get(one.container) ?? 0, memory.shared));
    }
    const present = new Set(pids);
    for (const [pid, one] of this.known) {
      if (present.has(pid)) continue;
      this.bury(one);
      this.known.delete(pid);
    }
    for (const [container, ticks] of this.spent) {
      const sample = sampleOf(samples, container);
      sample.cpuSeconds += ticks / TICKS_PER_SECOND;
    }
    for (const [container, bytes] of shared) sampleOf(samples, container).memoryBytes += bytes;
    return samples;
  }

  private bury(one: Known): void {
    if (one.container === undefined) return;
    this.spent.set(one.container, (this.spent.get(one.container) ?? 0) + one.ticks);
  }

  private containerOf(pid: number, stat: Stat, groups: ReadonlyMap<number, string>): string | undefined {
    return (
      groups.get(pid) ??
      groups.get(stat.group) ??
      groups.get(stat.session) ??
      this.known.get(stat.parent)?.container ??
      markOf(pid)
    );
  }

  /** Without /proc: the members of the groups, by the system's own list. */
  private lookWithPs(groups: ReadonlyMap<number, string>): Map<string, Sample> {
    const samples = new Map<string, Sample>();
    const list = execFileSync('ps', ['-axo', 'pid=,pgid=,rss=,time='], { encoding: 'utf8' });
    for (const line of list.split('\n')) {
      const [pid, group, kilobytes, time = ''] = line.trim().split(/\s+/);
      const container = groups.get(Number(group));
      if (!container) continue;
      const sample = sampleOf(samples, container);
      sample.pids.push(Number(pid));
      sample.memoryBytes += Number(kilobytes) * 1024;
      sample.cpuSeconds += time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
    }
    return samples;
  }
}

/** Every process whose mark begins like this: what a runtime that was killed has left. */
export function marked(beginning: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && markOf(pid)?.startsWith(beginning));
}

function markOf(pid: number): string | undefined {
  const environment = read(`/proc/${pid}/environ`);
  if (!environment?.includes(MARK)) return undefined;
  const entry = environment.split('\0').find((one) => one.startsWith(`${MARK}=`));
  return entry?.slice(MARK.length + 1);
}

function statOf(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (!text) return undefined;
  // The name of the program, in parentheses, may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') return undefined;
  return {
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    ticks: Number(fields[11]) + Number(fields[12]),
    begun: fields[19] ?? '',
  };
}

function memoryOf(pid: number): { own: number; shared: number } {
  const [, resident = 0, shared = 0] = (read(`/proc/${pid}/statm`) ?? '').split(' ').map(Number);
  return { own: (resident - shared) * PAGE, shared: shared * PAGE };
}

function sampleOf(samples: Map<string, Sample>, container: string): Sample {
  let found = samples.get(container);
  if (!found) {
    found = { memoryBytes: 0, cpuSeconds: 0, pids: [] };
    samples.set(container, found);
  }
  return found;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
