/**
 * A client that asks the front door at a steady rate while a deployment runs, and counts what fails: the claim "no
 * request was lost" is measured, and printed with every deployment of `lockstep start`.
 */
import { Agent, get } from 'node:http';
import type { TrafficEvent } from '../core/events.ts';

const REQUESTS_PER_SECOND = 20;
/** A person has given up by then; an answer that takes longer counts as failed. */
const PATIENCE_MS = 10_000;
const FAILURES_KEPT = 5;

export class Traffic {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32 });
  private readonly url: string;
  private timer: NodeJS.Timeout | undefined;
  private readonly pending = new Set<Promise<void>>();
  private requests = 0;
  private failed = 0;
  private readonly failures: string[] = [];
  private readonly started = Date.now();

  constructor(url: string) {
    this.url = url;
  }

  start(): void {
    this.timer = setInterval(() => this.send(), 1000 / REQUESTS_PER_SECOND);
  }

  /** Waits for the answers that are still out, so that none is left uncounted. */
  async stop(): Promise<TrafficEvent> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    this.agent.destroy();
    return { type: 'traffic', requests: this.requests, failed: this.failed, failures: this.failures };
  }

  private send(): void {
    const one = ask(this.url, this.agent).then((problem) => {
      this.requests++;
      if (problem === undefined) return;
      this.failed++;
      if (this.failures.length < FAILURES_KEPT) {
        this.failures.push(
          `${((Date.now() - this.started) / 1000).toFixed(1)}s  GET ${this.url} → ${problem}`,
        );
      }
    });
    this.pending.add(one);
    void one.finally(() => this.pending.delete(one));
  }
}

/** Resolves with what went wrong, or undefined for an answer below 400. */
export function ask(url: string, agent?: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { ...(agent && { agent }), timeout: PATIENCE_MS }, (answer) => {
      answer.resume();
      answer.once('end', () =>
        resolve((answer.statusCode ?? 0) < 400 ? undefined : String(answer.statusCode)),
      );
      answer.once('error', (error) => resolve(error.message));
    });
    request.once('timeout', () => request.destroy(new Error(`no answer in ${PATIENCE_MS / 1000} s`)));
    request.once('error', (error) => resolve(error.message));
  });
}
