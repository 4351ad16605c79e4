/**
 * How long the calls of one piece of work may take. A Lambda step and a command that Ctrl-C may end set it once,
 * around all they do; every AWS call below gives up with it, and no function in between has to hand a signal on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const deadline = new AsyncLocalStorage<AbortSignal>();

export function within<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  return deadline.run(signal, work);
}

/** The signal of the work under way; undefined outside of `within`. */
export function currentDeadline(): AbortSignal | undefined {
  return deadline.getStore();
}
