/**
 * One run of a state machine. A run is an actor: whatever happens to it (a task answers, a timer fires, somebody stops
 * it) waits in a queue and is dealt with alone, until every thread is waiting again. At those moments its record is
 * complete, and from it alone the run can be taken up again, by another process too.
 */
import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../clock.ts';
import { contextObject } from './context.ts';
import { errorDetails, type Problem } from './failure.ts';
import {
  type Engine,
  type Fiber,
  halt,
  makeFiber,
  park,
  type Seen,
  stateOf,
  stepOf,
  variablesOf,
  waitingFor,
} from './fiber.ts';
import type { Event, EventDetails, EventType } from './history.ts';
import type { Machine } from './machine.ts';
import type { RunRecord, RunStatus } from './record.ts';
import { prepareRedrive } from './redrive.ts';
import type { Scope } from './scope.ts';
import { completeTask, heartbeat } from './task.ts';
import type { TaskAnswer, Tasks } from './tasks.ts';
import { advance } from './thread.ts';
import { Turns } from './turns.ts';
import { worksWithResult } from './work.ts';

export interface Host {
  readonly clock: Clock;
  readonly tasks: Tasks;
  /** Between 0 and 1, for jitter. */
  random?(): number;
  /** The record has changed: an event was added, or a heartbeat came. */
  changed?(record: RunRecord, event?: Event): void;
  /** The run has started, ended or been redriven. */
  statusChanged?(record: RunRecord): void;
}

/** AWS ends a run whose 25,000th event would be anything but its success. */
export const MOST_EVENTS = 25_000;

/** Unwinds whatever is going on when the run has come to its end. */
const OVER = new Error('The run is over.');

export class Run implements Engine {
  readonly record: RunRecord;
  readonly clock: Clock;
  readonly tasks: Tasks;
  private readonly machine: Machine;
  private readonly host: Host;
  private main: Fiber;
  private deadline: Timer | undefined;
  private readonly turns = new Turns((error) => {
    if (error !== OVER) this.breakDown(error);
  });

  constructor(machine: Machine, record: RunRecord, host: Host) {
    this.machine = machine;
    this.record = record;
    this.host = host;
    this.clock = host.clock;
    this.tasks = host.tasks;
    this.main = makeFiber(record.main, machine.program);
  }

  start(): void {
    const { input, roleArn } = this.record;
    this.append('ExecutionStarted', { input, roleArn }, 0);
    this.begin();
  }

  /** Takes up the record of a run that another process left. */
  resume(): void {
    if (this.record.status !== 'RUNNING') return;
    this.watchDeadline();
    this.enqueue(this.main);
  }

  /** Goes on where the run failed; the machine's time starts anew. */
  redrive(): void {
    const { record } = this;
    record.status = 'RUNNING';
    record.redriveCount++;
    record.redrivenAt = this.clock.now();
    for (const member of ['stoppedAt', 'output', 'error', 'cause', 'deadline'] as const)
      delete record[member];
    this.main = makeFiber(record.main, this.machine.program);
    const last = record.events.at(-1)?.id ?? 0;
    const redriven = this.append('ExecutionRedriven', { redriveCount: record.redriveCount }, last);
    prepareRedrive(record.main, this.machine.program, redriven);
    this.begin();
  }

  private begin(): void {
    this.host.statusChanged?.(this.record);
    const { timeoutSeconds } = this.machine;
    if (timeoutSeconds !== undefined) this.record.deadline = this.clock.now() + timeoutSeconds * 1000;
    this.resume();
  }

  private watchDeadline(): void {
    const { deadline } = this.record;
    if (deadline === undefined) return;
    // Recorded: the end of a run that is ended from outside follows no event, and a time-out has no error.
    this.deadline = this.clock.after(Math.max(0, deadline - this.clock.now()), () =>
      this.end('TIMED_OUT', 'ExecutionTimedOut', undefined, 0),
    );
  }

  /** StopExecution. */
  abort(problem: Problem): void {
    this.end('ABORTED', 'ExecutionAborted', errorDetails(problem), 0);
  }

  /**
   * Ends every timer and hears no more answers, but ends nothing: the process is going down, and another one will take
   * up the record.
   */
  suspend(): void {
    this.turns.close();
    this.deadline?.cancel();
    park(this.main);
  }

  /** False where nothing waits for this token (any more). */
  complete(token: string, answer: TaskAnswer): boolean {
    const fiber = this.waitingFor(token);
    if (fiber) completeTask(this, fiber, answer);
    return fiber !== undefined;
  }

  heartbeat(token: string): boolean {
    const fiber = this.waitingFor(token);
    if (fiber) heartbeat(this, fiber);
    return fiber !== undefined;
  }

  private waitingFor(token: string): Fiber | undefined {
    return this.record.status === 'RUNNING' ? waitingFor(token, this.main) : undefined;
  }

  emit(fiber: Fiber, type: EventType, details?: EventDetails): number {
    const id = this.append(type, details, fiber.thread.last);
    fiber.thread.last = id;
    return id;
  }

  append(type: EventType, details: EventDetails | undefined, previousEventId: number): number {
    if (this.record.status !== 'RUNNING') throw OVER;
    if (this.record.events.length >= MOST_EVENTS - 1) {
      const cause = `The execution reached the maximum number of history events (${MOST_EVENTS}).`;
      this.end('FAILED', 'ExecutionFailed', { cause, error: 'States.Runtime' }, previousEventId);
      throw OVER;
    }
    return this.add(type, details, previousEventId);
  }

  private add(type: EventType, details: EventDetails | undefined, previousEventId: number): number {
    const { events } = this.record;
    const id = events.length + 1;
    const timestamp = this.clock.now();
    const event: Event = details
      ? { id, previousEventId, timestamp, type, details }
      : { id, previousEventId, timestamp, type };
    events.push(event);
    this.host.changed?.(this.record, event);
    return id;
  }

  end(status: RunStatus, type: EventType, details: EventDetails | undefined, previousEventId: number): void {
    const { record } = this;
    if (record.status !== 'RUNNING') return;
    this.add(type, details, previousEventId);
    record.status = status;
    record.stoppedAt = this.clock.now();
    const { output, error, cause } = details ?? {};
    if (output !== undefined) record.output = output;
    if (typeof error === 'string') record.error = error;
    if (typeof cause === 'string') record.cause = cause;
    this.turns.clear();
    this.deadline?.cancel();
    halt(this.main, new Error(`The run has ended: ${status}.`));
    this.host.statusChanged?.(record);
  }

  scope(fiber: Fiber, seen: Seen = {}): Scope {
    const step = stepOf(fiber);
    const item = seen.item ?? fiber.item;
    return {
      input: step.input,
      variables: variablesOf(fiber),
      now: this.clock.now(),
      context: () => {
        const retries = worksWithResult(stateOf(fiber));
        return contextObject({ run: this.record, step, retries, ...(item ? { item } : {}) });
      },
      ...seen,
    };
  }

  enqueue(fiber: Fiber): void {
    this.turns.push(() => advance(this, fiber));
  }

  post(fiber: Fiber, job: () => void): void {
    const { step } = fiber.thread;
    this.turns.push(() => {
      const { thread } = fiber;
      if (this.record.status === 'RUNNING' && thread.status === 'running' && thread.step === step) job();
    });
  }

  /** A fault of the interpreter itself: it must not leave a run that hangs for ever. */
  private breakDown(error: unknown): void {
    const cause = `The interpreter failed: ${error instanceof Error ? error.stack : String(error)}`;
    this.end('FAILED', 'ExecutionFailed', { cause, error: 'States.Runtime' }, this.record.main.last);
  }

  at(fiber: Fiber, time: number, fire: () => void): void {
    const timer = this.clock.after(Math.max(0, time - this.clock.now()), () => {
      fiber.timers.delete(timer);
      this.post(fiber, fire);
    });
    fiber.timers.add(timer);
  }

  newToken(): string {
    return Buffer.from(`${randomUUID()}${randomUUID()}${this.record.arn}`).toString('base64');
  }

  random(): number {
    return this.host.random?.() ?? Math.random();
  }

  touched(): void {
    this.host.changed?.(this.record);
  }
}
