/** Builds wait for a place, run, and end: by themselves, by StopBuild, by a time-out, or with the embedded AWS. */
import { availableParallelism } from 'node:os';
import type { Timer } from '../../clock.ts';
import type { Build, Builds, Status } from './model.ts';
import { Progress } from './progress.ts';
import { prepare } from './run/prepare.ts';
import { BuildFailed, type BuildRuntime } from './run/runtime.ts';

/** As many builds at a time as there are cores: more would only slow each other down. */
const PLACES = availableParallelism();

interface Running {
  readonly progress: Progress;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

interface Stop {
  readonly status: Status;
  readonly context?: { statusCode: string; message: string };
}

export class Queue {
  private readonly builds: Builds;
  private readonly runtime: BuildRuntime;
  private readonly waiting: { readonly progress: Progress; readonly timer: Timer }[] = [];
  private readonly running = new Map<string, Running>();
  private closed = false;

  constructor(builds: Builds, runtime: BuildRuntime) {
    this.builds = builds;
    this.runtime = runtime;
  }

  add(build: Build): void {
    const { clock } = this.builds.world;
    const progress = new Progress(this.builds, build);
    progress.stateEvent();
    progress.enter('QUEUED');
    const timer = clock.after(build.queuedTimeoutInMinutes * 60_000, () => {
      if (this.leaveQueue(build)) this.end(progress, TIMED_OUT);
    });
    this.waiting.push({ progress, timer });
    // After the caller has its answer, as on AWS.
    clock.after(0, () => this.next());
  }

  /** StopBuild. A build that is over stays as it is. */
  stop(build: Build): void {
    const waiting = this.leaveQueue(build);
    if (waiting) this.end(waiting, { status: 'STOPPED' });
    const running = this.running.get(build.id);
    if (!running) return;
    running.progress.build.status = 'STOPPED';
    running.stop.abort({ status: 'STOPPED' } satisfies Stop);
  }

  /** Builds that an earlier process left unfinished: nobody knows how far they came. */
  recover(): void {
    for (const build of this.builds.builds.values()) {
      if (!this.builds.isOver(build)) this.end(new Progress(this.builds, build), FAULT);
    }
  }

  /** Ends every build, as a fault. Resolves when no process is left. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { progress, timer } of this.waiting.splice(0)) {
      timer.cancel();
      this.end(progress, FAULT);
    }
    for (const { stop } of this.running.values()) stop.abort(FAULT);
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  private leaveQueue(build: Build): Progress | undefined {
    const at = this.waiting.findIndex(({ progress }) => progress.build.id === build.id);
    return at < 0 ? undefined : this.take(at);
  }

  private take(at: number): Progress | undefined {
    const [taken] = this.waiting.splice(at, 1);
    taken?.timer.cancel();
    return taken?.progress;
  }

  private next(): void {
    while (!this.closed && this.running.size < PLACES) {
      const progress = this.take(0);
      if (!progress) return;
      const stop = new AbortController();
      const done = this.run(progress, stop).finally(() => {
        this.running.delete(progress.build.id);
        this.next();
      });
      this.running.set(progress.build.id, { progress, stop, done });
    }
  }

  private async run(progress: Progress, stop: AbortController): Promise<void> {
    const { build } = progress;
    const { clock } = this.builds.world;
    const timer = clock.after(build.timeoutInMinutes * 60_000, () => stop.abort(TIMED_OUT));
    let outcome: Stop;
    try {
      progress.leave('SUCCEEDED');
      progress.enter('PROVISIONING');
      const prepared = await prepare(this.builds, progress);
      progress.leave('SUCCEEDED');
      outcome = { status: await this.runtime.run(prepared, stop.signal) };
    } catch (error) {
      outcome = outcomeOf(error);
      if (outcome.status === 'FAULT')
        this.builds.world.say(`codebuild: ${build.id}: ${(error as Error).stack}`);
    }
    timer.cancel();
    // Who stopped it decides, whatever the processes said while they ended.
    this.end(progress, stop.signal.aborted ? (stop.signal.reason as Stop) : outcome);
  }

  private end(progress: Progress, { status, context }: Stop): void {
    progress.build.status = status;
    progress.leave(status, context);
    progress.complete();
  }
}

const TIMED_OUT: Stop = {
  status: 'TIMED_OUT',
  context: { statusCode: 'BUILD_TIMED_OUT', message: 'Build has timed out. ' },
};

const FAULT: Stop = {
  status: 'FAULT',
  context: {
    statusCode: 'INTERNAL_SERVICE_ERROR',
    message: 'The embedded AWS ended while the build ran. Start the build again.',
  },
};

function outcomeOf(error: unknown): Stop {
  if (error instanceof BuildFailed) return { status: 'FAILED', context: error.context };
  const { message } = error as Error;
  return { status: 'FAULT', context: { statusCode: 'INTERNAL_SERVICE_ERROR', message } };
}
