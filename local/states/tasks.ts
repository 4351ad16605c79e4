/** What the interpreter asks of whoever runs its tasks. */
import type { Json } from './json.ts';
import type { Resource } from './resource.ts';

export interface TaskCall {
  readonly executionArn: string;
  readonly stateName: string;
  readonly roleArn: string;
  readonly resource: Resource;
  readonly arguments: Json;
  /** Of `.waitForTaskToken`. */
  readonly token?: string;
  /** The same for a call that is made again after a restart, different for every attempt. */
  readonly attemptId: string;
  /** Aborted when the state timed out or the run was ended. */
  readonly signal: AbortSignal;
  /** For integrations with `.sync`: the job has been started, with this answer; the call itself goes on. */
  submitted(output: Json): void;
}

/**
 * How a call ended. For `.waitForTaskToken` an output only says that the request was taken.
 */
export type TaskAnswer = { readonly output: Json } | { readonly error: string; readonly cause?: string };

export interface Tasks {
  call(call: TaskCall): TaskAnswer | Promise<TaskAnswer>;
}
