/** How a thread goes from state to state: enter, work, leave; and when the work fails: retry, catch, or fail. */
import { adoptChildren, childEnded, childFailed, resumeChildren } from './children.ts';
import { errorDetails, errorOutput, Failure, matches, type Problem } from './failure.ts';
import { clearTimers, type Engine, type Fiber, fail, stateOf, stepOf } from './fiber.ts';
import type { Left, State } from './machine.ts';
import { newStep } from './record.ts';
import { nextTry } from './retry.ts';
import { type Sooner, then } from './sooner.ts';
import { callTask, startTask } from './task.ts';
import { begin, checkSizes, entered, leave, nextOf, worksWithResult } from './work.ts';

/** Goes on until the thread waits for something, or has ended. */
export async function advance(engine: Engine, fiber: Fiber): Promise<void> {
  while (fiber.thread.status === 'running' && engine.record.status === 'RUNNING') {
    const more = advanceOnce(engine, fiber);
    if (!(typeof more === 'boolean' ? more : await more)) return;
  }
}

/** False when the thread now waits: for a timer, for an answer, for its turn, for its children. */
function advanceOnce(engine: Engine, fiber: Fiber): Sooner<boolean> {
  const step = stepOf(fiber);
  const state = stateOf(fiber);
  switch (step.phase) {
    case 'enter':
      step.enteredAfter = fiber.thread.last;
      step.enteredAt = engine.clock.now();
      step.entered = engine.emit(fiber, `${state.type}StateEntered`, { input: step.input, name: state.name });
      step.phase = 'begin';
      return true;
    case 'begin':
      return then(
        orFail(engine, fiber, () => begin(engine, fiber, state)),
        () => {
          if (stepOf(fiber).phase !== 'scheduled') return true;
          // A task starts in its turn: recorded, parallel tasks are all scheduled before the first one is started.
          engine.enqueue(fiber);
          return false;
        },
      );
    case 'scheduled':
      if (state.type === 'Task') startTask(engine, fiber, state);
      return false;
    case 'called':
      // Only after a restart: otherwise the answer and the time-outs are being waited for already.
      if (state.type === 'Task' && !fiber.call && fiber.timers.size === 0) callTask(engine, fiber, state);
      return false;
    case 'waiting':
    case 'backoff':
      engine.at(fiber, step.until ?? 0, () => {
        const waited = step.phase === 'waiting';
        if (waited) step.result = step.input;
        step.phase = waited ? 'result' : 'begin';
        engine.enqueue(fiber);
      });
      return false;
    case 'children':
      if (fiber.children.length > 0) return false;
      adoptChildren(engine, fiber);
      return then(
        orFail(engine, fiber, () => resumeChildren(engine, fiber)),
        () => false,
      );
    case 'result':
      return then(
        orFail(engine, fiber, () =>
          then(leave(engine, fiber, state), (left) => {
            // The success of branches and iterations follows the same event as the exit that comes after it.
            if (state.type === 'Parallel' || state.type === 'Map') {
              engine.append(`${state.type}StateSucceeded`, undefined, fiber.thread.last);
            }
            return exit(engine, fiber, state, left, nextOf(state, step.rule));
          }),
        ),
        () => true,
      );
    case 'failed':
      return recover(engine, fiber, state).then(() => true);
  }
}

function orFail(engine: Engine, fiber: Fiber, work: () => Sooner<void>): Sooner<void> {
  const failed = (error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    report(engine, fiber, error.problem);
  };
  try {
    const working = work();
    return working instanceof Promise ? working.catch(failed) : working;
  } catch (error) {
    return failed(error);
  }
}

/** Gives the problem its event, where it has one of its own, and marks the state as failed. */
function report(engine: Engine, fiber: Fiber, problem: Problem): void {
  const step = stepOf(fiber);
  if (problem.kind === undefined || problem.kind === 'heartbeat') {
    fail(fiber, problem);
    return;
  }
  const cause = problem.kind === 'size' ? (problem.cause ?? '') : entered(fiber) + problem.cause;
  if (problem.kind === 'runtime') {
    // Nothing catches it, wherever it happens.
    engine.end('FAILED', 'ExecutionFailed', errorDetails({ ...problem, cause }), fiber.thread.last);
    return;
  }
  if (problem.kind === 'evaluation') {
    const after = step.late ? fiber.thread.last : step.enteredAfter;
    const { error = '', location } = problem;
    const where = location === undefined ? {} : { location };
    fiber.thread.last = engine.append(
      'EvaluationFailed',
      { cause, error, ...where, state: step.name },
      after,
    );
  }
  fail(fiber, { ...problem, cause });
}

async function recover(engine: Engine, fiber: Fiber, state: State): Promise<void> {
  const step = stepOf(fiber);
  const problem = step.problem ?? {};
  if (worksWithResult(state)) {
    const delay = nextTry(state.retry, step, problem, () => engine.random());
    if (delay !== undefined) {
      step.until = engine.clock.now() + delay;
      step.phase = 'backoff';
      for (const member of ['task', 'children', 'map', 'result'] as const) delete step[member];
      fiber.children = [];
      return;
    }
    if (state.type !== 'Task') engine.emit(fiber, `${state.type}StateFailed`);
    const catcher = state.catch.find(({ errorEquals }) => matches(errorEquals, problem));
    if (catcher) {
      try {
        const error = errorOutput(problem);
        const left = await catcher.exit.leave(engine.scope(fiber, { errorOutput: error }), error);
        checkSizes(left, state.name, step.input);
        return await exit(engine, fiber, state, left, catcher.next);
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        report(engine, fiber, failure.problem);
      }
    }
  }
  fiber.thread.status = 'failed';
  const last = step.problem ?? problem;
  if (fiber.parent) return childFailed(engine, fiber, last, fiber.thread.last);
  engine.end('FAILED', 'ExecutionFailed', errorDetails(last), fiber.thread.last);
}

function exit(
  engine: Engine,
  fiber: Fiber,
  state: State,
  { output, assigned }: Left,
  next: string | undefined,
): Sooner<void> {
  const { thread } = fiber;
  if (fiber.timers.size > 0) clearTimers(fiber);
  if (fiber.children.length > 0) fiber.children = [];
  const assigns = assigned !== undefined && Object.keys(assigned).length > 0;
  engine.emit(
    fiber,
    `${state.type}StateExited`,
    assigns ? { assignedVariables: assigned, name: state.name, output } : { name: state.name, output },
  );
  if (assigned) thread.variables = { ...thread.variables, ...assigned };
  if (next !== undefined) {
    thread.step = newStep(next, output);
    return;
  }
  delete thread.step;
  thread.output = output;
  thread.status = 'ended';
  if (fiber.parent) return childEnded(engine, fiber);
  engine.end('SUCCEEDED', 'ExecutionSucceeded', { output }, thread.last);
}
