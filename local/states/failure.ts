/**
 * Why a state failed, and whom that concerns. AWS treats failures of four kinds differently: what a task reports,
 * an expression that cannot be evaluated (it has an event of its own), a result that is too large, and an error of
 * the run itself, which nothing can catch.
 */
import type { Json, JsonObject } from './json.ts';

export interface Problem {
  /** For example `States.Timeout`; undefined where a Fail state names none. */
  readonly error?: string;
  readonly cause?: string;
  /** `heartbeat` is reported as `States.Timeout` and answers to `States.HeartbeatTimeout` too. */
  readonly kind?: 'evaluation' | 'runtime' | 'size' | 'heartbeat';
  /** The field of the state whose expression failed, for example `Output/items[0]`. */
  readonly location?: string;
}

export class Failure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.cause ?? problem.error ?? 'The state failed.');
    this.name = 'Failure';
    this.problem = problem;
  }
}

/** An expression that failed. The sentence about the state is put before the cause where the state is known. */
export function evaluationFailure(cause: string, location?: string): Failure {
  return new Failure({
    error: 'States.QueryEvaluationError',
    cause,
    kind: 'evaluation',
    ...(location === undefined ? {} : { location }),
  });
}

export function runtimeFailure(cause: string): Failure {
  return new Failure({ error: 'States.Runtime', cause, kind: 'runtime' });
}

/** `name` is the function's ARN, the service of an integration, or the state. */
export function sizeProblem(name: string): Problem {
  return {
    error: 'States.DataLimitExceeded',
    cause: `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  };
}

/** What `$states.errorOutput` is, and the output of a caught state whose catcher has none. */
export function errorOutput(problem: Problem): JsonObject {
  return { Error: problem.error ?? '', Cause: problem.cause ?? '' };
}

/** The members of a failed event: a key that has no value is left out, as AWS leaves it out. */
export function errorDetails(problem: Problem): Record<string, Json> {
  return {
    ...(problem.cause === undefined ? {} : { cause: problem.cause }),
    ...(problem.error === undefined ? {} : { error: problem.error }),
  };
}

/**
 * Whether one of `ErrorEquals` names the problem.
 *
 * `States.ALL` does not match what ends the run (`States.Runtime`) or a state's own output that is too large. Recorded
 * runs of the real service did catch a *task's* result that was too large by `States.ALL`, against the documentation:
 * such a problem comes without the kind `size`.
 */
export function matches(errorEquals: readonly string[], problem: Problem): boolean {
  if (problem.kind === 'runtime') return false;
  return errorEquals.some((name) => {
    if (name === problem.error) return true;
    if (name === 'States.ALL') return problem.kind !== 'size';
    if (name === 'States.TaskFailed') return problem.kind !== 'size' && problem.error !== 'States.Timeout';
    return name === 'States.HeartbeatTimeout' && problem.kind === 'heartbeat';
  });
}
