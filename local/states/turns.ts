/** One job after the other: the next begins when the promise of the last has settled. */
export type Job = () => void | Promise<void>;

export class Turns {
  private readonly jobs: Job[] = [];
  private readonly failed: (error: unknown) => void;
  private busy = false;
  private closed = false;

  /** `failed` gets what a job throws; the jobs after it have their turns all the same. */
  constructor(failed: (error: unknown) => void) {
    this.failed = failed;
  }

  /** Never runs the job at once: who pushes is often in the middle of another one. */
  push(job: Job): void {
    if (this.closed) return;
    this.jobs.push(job);
    if (this.busy) return;
    this.busy = true;
    queueMicrotask(() => void this.work());
  }

  /** Forgets the jobs that wait; the one that has its turn ends. */
  clear(): void {
    this.jobs.length = 0;
  }

  close(): void {
    this.closed = true;
    this.clear();
  }

  private async work(): Promise<void> {
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) {
      try {
        await job();
      } catch (error) {
        this.failed(error);
      }
    }
    this.busy = false;
  }
}
