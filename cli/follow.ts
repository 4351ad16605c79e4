/**
 * Follows an execution to its end by reading its history. It holds nothing: the wait may end at any moment (Ctrl-C,
 * `--timeout`, a CI job that dies) and anybody may follow again from anywhere.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorName, LockstepError } from '../core/errors.ts';
import type { DetachedEvent, NoteEvent, VerdictEvent } from '../core/events.ts';
import { verdictEvent } from '../core/events.ts';
import type { Failure, JournalEntry } from '../core/journal.ts';
import { type HistoryEvent, Progress } from '../core/progress.ts';
import { VERDICT_NAMES, type Verdict } from '../core/verdict.ts';
import type { Renderer } from './render/text.ts';

/** What following needs of AWS. */
export interface Execution {
  readonly deploymentId: string;
  readonly executionArn: string;
  /** The next events; the token is given back to read on. */
  history(token: string | undefined): Promise<{ events: HistoryEvent[]; token: string | undefined }>;
  describe(): Promise<{
    status: string;
    startedAt: Date;
    stoppedAt: Date | undefined;
    error: string | undefined;
    cause: string | undefined;
  }>;
  entry(): Promise<JournalEntry | undefined>;
}

export interface FollowOptions {
  readonly renderer: Renderer;
  readonly signal: AbortSignal;
  /** Milliseconds after which the wait ends. */
  readonly timeout?: number;
  /** Milliseconds between two looks; GetExecutionHistory and DescribeExecution are throttled an account. */
  readonly interval: number;
}

const REDRAW_MS = 100;

/** The key is refused: it has run out, or its session is no longer known. */
export const SESSION_OVER: readonly ErrorName[] = [
  'CredentialsExpired',
  'CredentialsMissing',
  'CredentialsRefused',
];
/** What passes by itself, and says nothing about the deployment. */
export const PASSING: readonly ErrorName[] = ['Throttled', 'AwsUnavailable'];
/** How long AWS may fail to answer before the wait ends; the SDK has tried four times within each call. */
export const PATIENCE_MS = 120_000;

export async function follow(
  execution: Execution,
  options: FollowOptions,
): Promise<VerdictEvent | DetachedEvent> {
  const { renderer } = options;
  const progress = new Progress();
  const began = Date.now();
  const redraw = setInterval(() => {
    const step = progress.current(Date.now());
    if (step) renderer.tick(step);
  }, REDRAW_MS);
  try {
    let token: string | undefined;
    let failing: number | undefined;
    for (;;) {
      try {
        const page = await execution.history(token);
        failing = undefined;
        for (const step of progress.take(page.events)) {
          renderer.show(step);
          if (step.step === 'AwaitApproval' && step.status === 'waiting') renderer.show(answers(execution));
        }
        if (page.events.some(({ type }) => isEnd(type))) return await verdictOf(execution);
        token = page.token;
      } catch (error) {
        const { message } = error as Error;
        const passes = isOne(error, PASSING) && Date.now() - (failing ?? Date.now()) < PATIENCE_MS;
        if (!passes && !isOne(error, [...SESSION_OVER, ...PASSING])) throw error;
        if (!passes || failing === undefined)
          renderer.show({ type: 'note', text: passes ? `${message} Looking again …` : message });
        if (!passes) return detached(execution, 'lost');
        failing ??= Date.now();
      }
      const why = await pause(options, began);
      if (why) return detached(execution, why);
    }
  } finally {
    clearInterval(redraw);
  }
}

function detached({ deploymentId, executionArn }: Execution, why: DetachedEvent['why']): DetachedEvent {
  return { type: 'detached', deploymentId, executionArn, why };
}

export function isOne(error: unknown, names: readonly ErrorName[]): error is LockstepError {
  return error instanceof LockstepError && names.includes(error.error);
}

/** What a person who is waited for types. */
function answers({ deploymentId }: Execution): NoteEvent {
  return {
    type: 'note',
    text: `\`lockstep show ${deploymentId}\` says why; \`lockstep approve ${deploymentId}\` lets it go on, \`lockstep reject ${deploymentId}\` ends it`,
  };
}

/** Waits until the next look; says why there will be none. */
async function pause(
  { signal, timeout, interval }: FollowOptions,
  began: number,
): Promise<DetachedEvent['why'] | undefined> {
  if (timeout !== undefined && Date.now() - began >= timeout) return 'timeout';
  try {
    await sleep(interval, undefined, { signal });
    return undefined;
  } catch {
    return 'interrupt';
  }
}

const ENDS = new Set(['ExecutionSucceeded', 'ExecutionFailed', 'ExecutionAborted', 'ExecutionTimedOut']);
const isEnd = (type: string | undefined): boolean => type !== undefined && ENDS.has(type);

/** The journal has the whole truth; where it has none, the execution's error and cause are what there is. */
export async function verdictOf(execution: Execution): Promise<VerdictEvent> {
  const described = await execution.describe();
  const seconds = ((described.stoppedAt ?? new Date()).getTime() - described.startedAt.getTime()) / 1000;
  const entry = await execution.entry();
  if (entry?.outcome) return verdictEvent({ ...execution, seconds }, entry.outcome, failureOf(entry));
  const verdict =
    VERDICT_NAMES.find((name): name is Verdict => name === described.error) ?? 'needs-attention';
  const sentence =
    described.cause ??
    `The execution ended (${described.status}) without a verdict. The recovery settles it within five minutes: lockstep show ${execution.deploymentId}`;
  return verdictEvent(
    { ...execution, seconds },
    { verdict, sentence, running: null, reason: described.error ?? described.status, remedy: null },
    null,
  );
}

/** The failure that decided; where the way back failed as well, both are in the entry and the first one explains. */
export function failureOf(entry: JournalEntry): Failure | null {
  if (!entry.outcome || entry.outcome.reason === null) return null;
  const failures = Object.values(entry.steps).flatMap((step) => step?.failure ?? []);
  return failures.find((failure) => failure.sentence === entry.outcome?.reason) ?? failures[0] ?? null;
}
