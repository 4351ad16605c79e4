// The worker as the main thread holds it: one order at a time, each with a time limit, all under a memory limit.
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { workerFile } from '../assets.ts';
import type { Answers, Order } from './protocol.ts';

export type Limits = {
  /** Milliseconds for one pending statement. */
  statement: number;
  /** Milliseconds for all pending statements together: the Lambda's own time-out would leave no judgement at all. */
  pending: number;
  /** Milliseconds for opening and for replaying the history. */
  base: number;
  /** MiB by which the process may grow over the statements of one rehearsal: WASM's memory and its files are outside the heap's limits. */
  memory: number;
};

export const defaultLimits: Limits = { statement: 4000, pending: 90_000, base: 60_000, memory: 600 };

/** MiB for the history and its rows: they are the user's own and ran once, so this only keeps the process alive. */
const baseMemory = 1200;
/** After these the database is as every rehearsal finds it; what the process takes by then is not counted. */
const settled = new Set<Order['do']>(['open', 'reset', 'seed']);

type Answered = { id: number; answer?: never; error?: string; broken?: boolean };

/** The order was ended from outside: the worker is gone. */
export class OutOfBounds extends Error {}

export class Thread {
  readonly #worker: Worker;
  limits: Limits;
  #before = process.memoryUsage.rss();
  #next = 0;
  #waiting: { id: number; resolve: (answer: never) => void; reject: (error: Error) => void } | undefined;
  dead = false;

  constructor(limits: Limits) {
    this.limits = limits;
    this.#worker = new Worker(fileURLToPath(workerFile(import.meta.url)), {
      stdout: true,
      stderr: true,
      execArgv: [],
    });
    this.#worker.on('message', ({ id, answer, error, broken }: Answered) => {
      if (this.#waiting?.id !== id) return;
      const { resolve, reject } = this.#waiting;
      this.#waiting = undefined;
      if (error === undefined) resolve(answer as never);
      else if (broken) void this.close().then(() => reject(new OutOfBounds(error)));
      else reject(new Error(error));
    });
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#end(new OutOfBounds('The rehearsal ended by itself.')));
    // An idle rehearsal keeps no process alive.
    this.#worker.unref();
  }

  #end(error: Error): void {
    this.dead = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error instanceof OutOfBounds ? error : new OutOfBounds(error.message));
  }

  async ask<D extends Order['do']>(order: Extract<Order, { do: D }>): Promise<Answers[D]> {
    if (this.dead) throw new OutOfBounds('The rehearsal has ended.');
    const id = this.#next++;
    const limit = order.do === 'rehearse' ? this.limits.statement : this.limits.base;
    const memory = order.do === 'rehearse' ? this.limits.memory : baseMemory;
    const started = Date.now();
    this.#worker.ref();
    try {
      return await new Promise<Answers[D]>((resolve, reject) => {
        this.#waiting = { id, resolve: resolve as (answer: never) => void, reject };
        const beat = setInterval(() => {
          const grown = (process.memoryUsage.rss() - this.#before) / 1024 / 1024;
          const late = Date.now() - started > limit;
          if (!late && (order.do === 'open' || grown <= memory)) return;
          clearInterval(beat);
          const reason = late ? `it ran longer than ${limit / 1000} s` : `it needed more than ${memory} MiB`;
          void this.close().then(() => reject(new OutOfBounds(reason)));
        }, 50);
        const settle = this.#waiting;
        this.#waiting = {
          id,
          resolve: (answer) => {
            clearInterval(beat);
            settle.resolve(answer);
          },
          reject: (error) => {
            clearInterval(beat);
            settle.reject(error);
          },
        };
        this.#worker.postMessage({ id, order });
      });
    } finally {
      if (settled.has(order.do)) this.#before = process.memoryUsage.rss();
      if (!this.dead) this.#worker.unref();
    }
  }

  async close(): Promise<void> {
    this.dead = true;
    this.#waiting = undefined;
    await this.#worker.terminate();
  }
}
