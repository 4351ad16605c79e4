/** A state machine that has been read and found valid, in the form in which it runs. */
import type { Json } from './json.ts';
import type { Resource } from './resource.ts';
import type { Scope } from './scope.ts';
import type { Sooner } from './sooner.ts';

export interface Machine {
  readonly program: Program;
  /** Seconds that a run may take. */
  readonly timeoutSeconds?: number;
}

/** A machine's own states, those of a branch, or those of an iteration. */
export interface Program {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

/** The end of a state: what it hands on, and what it assigns. Both see the variables as they were before. */
export interface Exit {
  /** `value` is the result where the state has one, else its input; in a catcher, the error. */
  leave(scope: Scope, value: Json): Sooner<Left>;
}

export interface Left {
  readonly output: Json;
  readonly assigned?: { readonly [name: string]: Json };
}

export type Value<T> = (scope: Scope) => Sooner<T>;

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly jitter: boolean;
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string;
  readonly exit: Exit;
}

interface Common {
  readonly name: string;
  /** Undefined where the state ends its program (and for Choice, whose rules say where to go on). */
  readonly next: string | undefined;
  readonly exit: Exit;
}

/** States that do work which can fail. */
interface Working extends Common {
  /** What the task or the branches get. */
  readonly prepare: Value<Json>;
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

export interface PassState extends Common {
  readonly type: 'Pass';
  /** A JSONPath Pass state makes its result of `Result`, `InputPath` and `Parameters`; else it is the input. */
  readonly prepare: Value<Json> | undefined;
}

export interface SucceedState extends Common {
  readonly type: 'Succeed';
}

export interface FailState extends Common {
  readonly type: 'Fail';
  readonly error: Value<string> | undefined;
  readonly cause: Value<string> | undefined;
}

export interface WaitState extends Common {
  readonly type: 'Wait';
  /** One of the two. */
  readonly seconds: Value<number> | undefined;
  readonly timestamp: Value<string> | undefined;
}

export interface ChoiceState extends Common {
  readonly type: 'Choice';
  readonly rules: readonly {
    readonly condition: Value<boolean>;
    readonly next: string;
    readonly exit: Exit;
  }[];
  readonly default: string | undefined;
}

export interface TaskState extends Working {
  readonly type: 'Task';
  readonly resource: Resource;
  readonly timeoutSeconds: Value<number> | undefined;
  readonly heartbeatSeconds: Value<number> | undefined;
}

export interface ParallelState extends Working {
  readonly type: 'Parallel';
  readonly branches: readonly Program[];
}

export interface MapState extends Working {
  readonly type: 'Map';
  readonly items: Value<readonly Json[]>;
  /** What an iteration gets; the item itself where there is no `ItemSelector`. */
  readonly selector: Value<Json> | undefined;
  readonly maxConcurrency: Value<number> | undefined;
  readonly toleratedCount: Value<number> | undefined;
  readonly toleratedPercentage: Value<number> | undefined;
  readonly processor: Program;
}

export type State =
  | PassState
  | SucceedState
  | FailState
  | WaitState
  | ChoiceState
  | TaskState
  | ParallelState
  | MapState;

export type StateOf<T extends State['type']> = Extract<State, { type: T }>;
