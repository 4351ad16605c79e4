/**
 * A run as it is kept on disk. Everything that a run needs in order to go on is here and is plain JSON: after a kill the
 * interpreter takes the record up again. The records are changed in place; the values inside of them never are.
 */
import type { Problem } from './failure.ts';
import type { Event } from './history.ts';
import type { Json } from './json.ts';

export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Times are milliseconds since the epoch. */
export interface RunRecord {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  readonly region: string;
  readonly input: Json;
  readonly startedAt: number;
  status: RunStatus;
  stoppedAt?: number;
  output?: Json;
  error?: string;
  cause?: string;
  redriveCount: number;
  redrivenAt?: number;
  /** When the machine's own `TimeoutSeconds` ends the run. */
  deadline?: number;
  readonly events: Event[];
  readonly main: ThreadRecord;
}

/** One line of states after each other: the machine's own, a branch, an iteration. */
export interface ThreadRecord {
  /** Its own variables; those around it are read through its parents. */
  variables: { readonly [name: string]: Json };
  /** The event that the next event of this thread follows. */
  last: number;
  status: 'running' | 'ended' | 'failed' | 'aborted';
  step?: StepRecord;
  output?: Json;
}

/**
 * - `enter`: the state is to be entered;  `begin`: its work is to be started (again, after a back-off)
 * - `waiting`, `backoff`: until `until`;  `scheduled`: the task is to be called;  `called`: the task is out
 * - `children`: branches or iterations are under way
 * - `result`: the work is done, the state is to be left;  `failed`: the work failed, retry and catch are to be asked
 */
export type Phase =
  | 'enter'
  | 'begin'
  | 'waiting'
  | 'backoff'
  | 'scheduled'
  | 'called'
  | 'children'
  | 'result'
  | 'failed';

export interface StepRecord {
  readonly name: string;
  readonly input: Json;
  phase: Phase;
  /** The id of the event that says that the state was entered, and of the event that this one follows. */
  entered: number;
  enteredAfter: number;
  enteredAt: number;
  /** Attempts used of each retrier, by its index. */
  tries: number[];
  retryCount: number;
  until?: number;
  result?: Json;
  problem?: Problem;
  task?: TaskRecord;
  children?: ThreadRecord[];
  map?: MapRecord;
  /** Work went on after the state was entered; evaluation failures then follow the last event. */
  late?: boolean;
  /** Of a task with `.waitForTaskToken`: made anew for each attempt, before its arguments are evaluated. */
  token?: string;
  /** Of a Choice: the rule that matched; -1 is the default. */
  rule?: number;
}

export interface TaskRecord {
  /** What the task is called with. */
  readonly arguments: Json;
  readonly timeoutAt?: number;
  readonly heartbeatSeconds?: number;
  heartbeatAt?: number;
  /** The call has been answered; what is still out is the token's answer, or the end of a started job. */
  submitted?: boolean;
}

export interface MapRecord {
  readonly items: readonly Json[];
  /** Child `n` is the iteration of item `n`; it is made when the iteration starts. */
  readonly maxConcurrency: number;
  /** How many iterations may fail. */
  readonly tolerated: number;
  failed: number;
}

export function newThread(startAt: string, input: Json, last: number): ThreadRecord {
  return { variables: {}, last, status: 'running', step: newStep(startAt, input) };
}

export function newStep(name: string, input: Json): StepRecord {
  return { name, input, phase: 'enter', entered: 0, enteredAfter: 0, enteredAt: 0, tries: [], retryCount: 0 };
}
