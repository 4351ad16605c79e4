/**
 * Time as every part of the embedded AWS sees it. The real clock is the machine's; the virtual clock stands
 * still while anything is under way and then jumps to the next timer, so that hours pass in milliseconds
 * and every run is the same.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once, `delay` milliseconds from now. */
  after(delay: number, fire: () => void): Timer;
  /** Resolves after `delay` milliseconds, or rejects with the signal's reason. */
  sleep(delay: number, signal?: AbortSignal): Promise<void>;
  /**
   * Says that real work is under way (a Lambda that runs, a request on a socket) while `work` is pending: a
   * virtual clock does not jump meanwhile. The real clock only passes the promise on.
   */
  during<T>(work: Promise<T>): Promise<T>;
}

export interface Timer {
  cancel(): void;
}

function sleepOn(clock: Pick<Clock, 'after'>, delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delay, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** setTimeout holds at most 2^31 - 1 ms; a longer delay would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export class RealClock implements Clock {
  now(): number {
    return Date.now();
  }

  after(delay: number, fire: () => void): Timer {
    const at = this.now() + delay;
    let handle: NodeJS.Timeout;
    const arm = () => {
      const left = at - this.now();
      handle =
        left > LONGEST_TIMEOUT ? setTimeout(arm, LONGEST_TIMEOUT) : setTimeout(fire, Math.max(0, left));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }

  sleep(delay: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delay, signal);
  }

  during<T>(work: Promise<T>): Promise<T> {
    return work;
  }
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

export class VirtualClock implements Clock {
  private time: number;
  private order = 0;
  private busy = 0;
  private scheduled = false;
  private readonly due = new Set<Due>();
  /** Told whenever time jumps; workers that shim `Date` listen here. */
  onJump: (now: number) => void = () => {};

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  after(delay: number, fire: () => void): Timer {
    const entry: Due = { at: this.time + Math.max(0, delay), order: this.order++, fire };
    this.due.add(entry);
    this.consider();
    return { cancel: () => void this.due.delete(entry) };
  }

  sleep(delay: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delay, signal);
  }

  async during<T>(work: Promise<T>): Promise<T> {
    this.busy++;
    try {
      return await work;
    } finally {
      this.busy--;
      this.consider();
    }
  }

  /** A macrotask later, so that every promise that is already settled has been acted on before time moves. */
  private consider(): void {
    if (this.scheduled || this.busy > 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.busy > 0) return;
      this.jump();
      if (this.due.size > 0) this.consider();
    });
  }

  private jump(): void {
    let next: Due | undefined;
    for (const entry of this.due) {
      if (!next || entry.at < next.at || (entry.at === next.at && entry.order < next.order)) next = entry;
    }
    if (!next) return;
    this.due.delete(next);
    if (next.at > this.time) {
      this.time = next.at;
      this.onJump(this.time);
    }
    next.fire();
  }
}
