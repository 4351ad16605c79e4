/**
 * Follows a log without losing or doubling a line. Live tail shows lines at once, but may leave some out, end, or be
 * forbidden; so the last minute is read again every few seconds, completely, and what was not shown yet is shown then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { type LogQuestion, linesBetween, liveLines } from '../../aws/log-lines.ts';
import { LockstepError } from '../../core/errors.ts';
import { LineCounter, type LogLine } from '../../core/log-lines.ts';

/** How often the last stretch is read again: beside live tail, and instead of it. */
const REPAIR_MS = { live: 10_000, polling: 1_000 };
/** Lines arrive late: a stretch is read again until it is this old. */
const LATE_MS = 60_000;
/** Between two attempts to open live tail again. */
const REOPEN_MS = 30_000;

export interface Tail {
  readonly logs: CloudWatchLogsClient;
  readonly account: string;
  readonly question: LogQuestion;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly signal: AbortSignal;
  show(lines: readonly LogLine[]): void;
  /** Something that a person should know, once: live tail is not available, say. */
  note(text: string): void;
}

/** Ends when the signal does. */
export async function follow(tail: Tail): Promise<void> {
  const counter = new LineCounter();
  const state = { live: false };
  const ending = new AbortController();
  const signal = AbortSignal.any([tail.signal, ending.signal]);
  // Opened before the past is read, so that nothing falls between the two.
  const opened = Promise.withResolvers<void>();
  const tailing = stayLive({ ...tail, signal }, counter, state, opened.resolve);
  try {
    await opened.promise;
    let from = tail.from;
    while (!signal.aborted) {
      const now = Date.now();
      const newest = await repair(tail, counter, from, now + LATE_MS);
      // A line's own time decides where it stands, and a task's clock may be behind: a stretch stays open for a minute.
      from = Math.max(from, Math.min(now, newest ?? now) - LATE_MS);
      counter.forget(from - LATE_MS);
      await paused(state.live ? REPAIR_MS.live : REPAIR_MS.polling, signal);
    }
  } finally {
    ending.abort();
    await tailing;
  }
}

/** Reads the stretch, shows what is missing, and says how new its newest line is. */
async function repair(
  tail: Tail,
  counter: LineCounter,
  from: number,
  to: number,
): Promise<number | undefined> {
  const lines: LogLine[] = [];
  for await (const page of linesBetween(tail.logs, tail.question, from, to)) lines.push(...page);
  const missing = counter.stretch(lines);
  if (missing.length > 0) tail.show(missing.toSorted((a, b) => a.at - b.at));
  return lines.at(-1)?.at;
}

/** Keeps a live session open; while there is none, the stretches are read more often. */
async function stayLive(
  tail: Tail,
  counter: LineCounter,
  state: { live: boolean },
  opened: () => void,
): Promise<void> {
  let told = false;
  while (!tail.signal.aborted) {
    try {
      for await (const { lines } of liveLines(tail.logs, tail.account, tail.question, tail.signal)) {
        state.live = true;
        opened();
        const fresh = counter.live(lines);
        if (fresh.length > 0) tail.show(fresh);
      }
    } catch (error) {
      if (!tail.signal.aborted && !told && error instanceof LockstepError) {
        tail.note(`note: live tail is not available (${error.message}); reading every second instead`);
        told = true;
      }
    }
    state.live = false;
    // Whatever is wrong with the question is said by the stretches, which ask the same.
    opened();
    await paused(REOPEN_MS, tail.signal);
  }
}

async function paused(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
