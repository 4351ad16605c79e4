/**
 * Reads the progress of a deployment from its execution's history: one line a step, polls folded into their step,
 * the health check after a rollback folded into the rollback. Pure: events of GetExecutionHistory in, steps out.
 */
import type { StepEvent } from './events.ts';
import { type Step, stepOfState } from './steps.ts';

/** The part of an SDK HistoryEvent that is read. */
export interface HistoryEvent {
  readonly id?: number | undefined;
  readonly type?: string | undefined;
  readonly timestamp?: Date | undefined;
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
  readonly stateExitedEventDetails?:
    | { readonly name?: string | undefined; readonly output?: string | undefined }
    | undefined;
  readonly taskFailedEventDetails?:
    | { readonly error?: string | undefined; readonly cause?: string | undefined }
    | undefined;
  readonly taskTimedOutEventDetails?: { readonly error?: string | undefined } | undefined;
}

interface Open {
  readonly step: Step;
  readonly since: number;
  summary: string;
  failed: string | undefined;
}

export class Progress {
  private seen = 0;
  private open: Open | undefined;
  private goingBack = false;

  /** Takes events in order; those that were taken before are skipped, so that pages may overlap. */
  take(events: readonly HistoryEvent[]): StepEvent[] {
    const news: StepEvent[] = [];
    for (const event of events) {
      const id = event.id ?? 0;
      if (id <= this.seen) continue;
      this.seen = id;
      const step = this.read(event);
      if (step) news.push(step);
    }
    return news;
  }

  /** The line that is open now, with its time up to `now`: for a terminal that redraws it. */
  current(now: number): StepEvent | undefined {
    if (!this.open) return undefined;
    return this.line(this.open, this.open.summary ? 'waiting' : 'running', now);
  }

  private read(event: HistoryEvent): StepEvent | undefined {
    const at = event.timestamp?.getTime() ?? 0;
    const entered = stepOfState(event.stateEnteredEventDetails?.name);
    if (entered) return this.enter(entered, at);
    // Its function has ended, and only now can somebody answer; nothing more comes until somebody does.
    if (event.type === 'TaskSubmitted' && this.open?.step === 'AwaitApproval') {
      this.open.summary = 'waits for a person';
      return this.line(this.open, 'waiting', at);
    }
    if (event.type === 'TaskFailed' || event.type === 'TaskTimedOut') {
      const { open } = this;
      if (open) open.failed = failureText(event);
      return undefined;
    }
    const exited = stepOfState(event.stateExitedEventDetails?.name);
    return exited ? this.exit(event.stateExitedEventDetails?.output, at) : undefined;
  }

  private enter(step: Step, at: number): StepEvent | undefined {
    if (step === 'Rollback') this.goingBack = true;
    const shown = this.goingBack && step === 'VerifyHealth' ? 'Rollback' : step;
    if (this.open?.step === shown) {
      this.open.failed = undefined;
      return undefined;
    }
    this.open = { step: shown, since: at, summary: '', failed: undefined };
    return this.line(this.open, 'running', at);
  }

  private exit(output: string | undefined, at: number): StepEvent | undefined {
    const { open } = this;
    if (!open) return undefined;
    if (open.failed !== undefined) return this.close(open, 'failed', open.failed, at);
    const { status, summary, approvedBy } = resultOf(output);
    // A person has answered; the state that follows says whether it is enough.
    if (approvedBy) return undefined;
    const text = summary ?? open.summary;
    if (status === 'waiting' || (open.step === 'Rollback' && status === 'done')) {
      const changed = text !== open.summary;
      open.summary = text;
      return changed ? this.line(open, 'waiting', at) : undefined;
    }
    const ended = status === 'failed' ? 'failed' : status === 'skipped' ? 'skipped' : 'ok';
    return this.close(open, ended, text, at);
  }

  private close(open: Open, status: StepEvent['status'], summary: string, at: number): StepEvent {
    open.summary = summary;
    this.open = undefined;
    return this.line(open, status, at);
  }

  private line(open: Open, status: StepEvent['status'], at: number): StepEvent {
    return {
      type: 'step',
      step: open.step,
      status,
      seconds: Math.max(0, at - open.since) / 1000,
      summary: open.summary,
    };
  }
}

interface Result {
  readonly status?: string;
  readonly summary?: string;
  /** Of an approval, which is no step's result but a person's. */
  readonly approvedBy?: string;
}

/** A step's result: its status and its line. What is not JSON, or not of that shape, says nothing. */
function resultOf(output: string | undefined): Result {
  try {
    const parsed: unknown = JSON.parse(output ?? '{}');
    if (typeof parsed !== 'object' || parsed === null) return {};
    const texts = Object.entries(parsed).filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(texts) as Result;
  } catch {
    return {};
  }
}

function failureText(event: HistoryEvent): string {
  const error = event.taskFailedEventDetails?.error ?? event.taskTimedOutEventDetails?.error ?? 'failed';
  const cause = event.taskFailedEventDetails?.cause;
  if (!cause) return error;
  try {
    const message = (JSON.parse(cause) as { errorMessage?: unknown }).errorMessage;
    // The remedy stands on the lines after the first; the end of the run shows it.
    return typeof message === 'string' ? (message.split('\n')[0] ?? error) : error;
  } catch {
    return cause;
  }
}
