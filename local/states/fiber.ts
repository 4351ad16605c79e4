/** A thread that is running in this process: its record, and what of it cannot be kept on disk. */
import type { Clock, Timer } from '../clock.ts';
import type { Problem } from './failure.ts';
import type { EventDetails, EventType } from './history.ts';
import type { Json } from './json.ts';
import type { Program, State } from './machine.ts';
import type { RunRecord, RunStatus, StepRecord, ThreadRecord } from './record.ts';
import type { Scope } from './scope.ts';
import type { Tasks } from './tasks.ts';

export interface Fiber {
  readonly thread: ThreadRecord;
  readonly program: Program;
  readonly parent?: Fiber;
  /** The branch's or the iteration's place. */
  readonly index: number;
  /** The item of the innermost iteration around the states of this thread. */
  readonly item?: { readonly index: number; readonly value: Json };
  readonly timers: Set<Timer>;
  /** Of the call that is out; another one, or none, once its answer no longer counts. */
  call?: AbortController | undefined;
  children: Fiber[];
}

export interface Seen {
  readonly result?: Json;
  readonly errorOutput?: Json;
  readonly item?: { readonly index: number; readonly value: Json };
}

/** What the behaviours of the state types use of the run that they are part of. */
export interface Engine {
  readonly record: RunRecord;
  readonly clock: Clock;
  readonly tasks: Tasks;
  /** Adds an event that follows the thread's last one and becomes its last. */
  emit(fiber: Fiber, type: EventType, details?: EventDetails): number;
  /** Adds an event that follows the given one and leaves every thread as it is. */
  append(type: EventType, details: EventDetails | undefined, previousEventId: number): number;
  scope(fiber: Fiber, seen?: Seen): Scope;
  /** Goes on with a thread after everything that is already waiting to go on. */
  enqueue(fiber: Fiber): void;
  /** Does something to a thread in its turn, if it is still running then. */
  post(fiber: Fiber, job: () => void): void;
  /** Ends the run with an event. */
  end(status: RunStatus, type: EventType, details: EventDetails | undefined, previousEventId: number): void;
  /** Calls `fire` at a time, unless the thread's state has been left by then. */
  at(fiber: Fiber, time: number, fire: () => void): void;
  newToken(): string;
  /** Between 0 and 1. */
  random(): number;
  /** Something was changed that no event tells of. */
  touched(): void;
}

export function stepOf(fiber: Fiber): StepRecord {
  const { step } = fiber.thread;
  if (!step) throw new Error('The thread has ended; it is in no state.');
  return step;
}

export function stateOf(fiber: Fiber): State {
  const { name } = stepOf(fiber);
  const state = fiber.program.states.get(name);
  if (!state) throw new Error(`There is no state ${name}; validation finds missing targets.`);
  return state;
}

export function makeFiber(
  thread: ThreadRecord,
  program: Program,
  place?: { parent: Fiber; index: number; item?: Fiber['item'] },
): Fiber {
  const item = place?.item ?? place?.parent.item;
  return {
    thread,
    program,
    index: place?.index ?? 0,
    timers: new Set(),
    children: [],
    ...(place ? { parent: place.parent } : {}),
    ...(item ? { item } : {}),
  };
}

/** Ends every timer and call below; the records stay as they are. */
export function halt(fiber: Fiber, reason?: unknown): void {
  clearTimers(fiber);
  fiber.call?.abort(reason);
  fiber.call = undefined;
  for (const child of fiber.children) halt(child, reason);
}

/** Ends every timer below. */
export function park(fiber: Fiber): void {
  clearTimers(fiber);
  for (const child of fiber.children) park(child);
}

export function clearTimers(fiber: Fiber): void {
  for (const timer of fiber.timers) timer.cancel();
  fiber.timers.clear();
}

/** Marks the current state as failed; the engine then asks its retriers and catchers. */
export function fail(fiber: Fiber, problem: Problem): void {
  const step = stepOf(fiber);
  step.problem = problem;
  step.phase = 'failed';
}

/** What the thread can read: its own variables before those of the threads around it. */
export function variablesOf(fiber: Fiber): { readonly [name: string]: Json } {
  const { parent, thread } = fiber;
  return parent ? { ...variablesOf(parent), ...thread.variables } : thread.variables;
}

/** The thread here or below whose task waits for this token. */
export function waitingFor(token: string, fiber: Fiber): Fiber | undefined {
  const { step, status } = fiber.thread;
  if (status !== 'running') return undefined;
  if (step?.token === token && step.phase === 'called') return fiber;
  for (const child of fiber.children) {
    const found = waitingFor(token, child);
    if (found) return found;
  }
  return undefined;
}
