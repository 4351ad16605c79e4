/** What each type of state does between being entered and being left. */
import { beginMap, beginParallel } from './children.ts';
import { passOn } from './exits.ts';
import { evaluationFailure, Failure, runtimeFailure, sizeProblem } from './failure.ts';
import { type Engine, type Fiber, stepOf } from './fiber.ts';
import { exceeds, type Json } from './json.ts';
import type { ChoiceState, Exit, FailState, Left, State, StateOf, WaitState } from './machine.ts';
import { type Sooner, then } from './sooner.ts';
import { beginTask } from './task.ts';

/** Starts the work of the state. Afterwards its phase says how to go on. Throws a `Failure`. */
export function begin(engine: Engine, fiber: Fiber, state: State): Sooner<void> {
  const step = stepOf(fiber);
  const done = (result: Json) => {
    step.result = result;
    step.phase = 'result';
  };
  switch (state.type) {
    case 'Pass':
      return then(state.prepare ? state.prepare(engine.scope(fiber)) : step.input, done);
    case 'Succeed':
      return done(step.input);
    case 'Choice':
      return choose(engine, fiber, state).then((rule) => {
        step.rule = rule;
        done(step.input);
      });
    case 'Fail':
      return failure(engine, fiber, state).then((problem) => {
        throw problem;
      });
    case 'Wait':
      return waitsUntil(engine, fiber, state).then((until) => {
        step.late = true;
        if (until <= engine.clock.now()) return done(step.input);
        step.until = until;
        step.phase = 'waiting';
      });
    case 'Task':
      return beginTask(engine, fiber, state);
    case 'Parallel':
      return beginParallel(engine, fiber, state);
    case 'Map':
      return beginMap(engine, fiber, state);
  }
}

async function choose(engine: Engine, fiber: Fiber, state: ChoiceState): Promise<number> {
  const scope = engine.scope(fiber);
  for (const [index, rule] of state.rules.entries()) if (await rule.condition(scope)) return index;
  if (state.default !== undefined) return -1;
  // Not States.NoChoiceMatched, as the documents have it: this is what the service really ends the execution with.
  throw runtimeFailure('Failed to transition out of the state. The state does not point to a next state.');
}

async function failure(engine: Engine, fiber: Fiber, state: FailState): Promise<Failure> {
  const scope = engine.scope(fiber);
  const error = await state.error?.(scope);
  const cause = await state.cause?.(scope);
  return new Failure({
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  });
}

async function waitsUntil(engine: Engine, fiber: Fiber, state: WaitState): Promise<number> {
  const scope = engine.scope(fiber);
  const seconds = await state.seconds?.(scope);
  if (seconds !== undefined) {
    if (Number.isInteger(seconds) && seconds >= 0 && seconds <= 99_999_999) {
      return engine.clock.now() + seconds * 1000;
    }
    throw evaluationFailure(
      `The Seconds field must be a non-negative integer, but was: ${seconds}`,
      'Seconds',
    );
  }
  const text = (await state.timestamp?.(scope)) ?? '';
  // Recorded: a time that cannot be read follows the event that says that the state was entered.
  stepOf(fiber).late = true;
  return parseTimestamp(text);
}

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-8]):[0-5]\d)$/;

/** Milliseconds since the epoch of an ISO 8601 date and time with an offset. */
export function parseTimestamp(text: string): number {
  const [, year, month, day] = TIMESTAMP.exec(text) ?? [];
  // Date rolls a 30th of February over into March; a real date comes back as it went in.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (!Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day)) return Date.parse(text);
  throw evaluationFailure(
    `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
    'Timestamp',
  );
}

/** AWS begins the causes of everything that goes wrong inside of a state with this. */
export function entered(fiber: Fiber): string {
  const step = stepOf(fiber);
  return `An error occurred while executing the state '${step.name}' (entered at the event id #${step.entered}). `;
}

export function worksWithResult(state: State): state is StateOf<'Task' | 'Parallel' | 'Map'> {
  return state.type === 'Task' || state.type === 'Parallel' || state.type === 'Map';
}

/** What the state hands on. */
export function leave(engine: Engine, fiber: Fiber, state: State): Sooner<Left> {
  const step = stepOf(fiber);
  const exit: Exit = (state.type === 'Choice' && state.rules[step.rule ?? -1]?.exit) || state.exit;
  const result = step.result ?? null;
  if (exit === passOn) return checkSizes({ output: result }, state.name, step.input);
  const left = exit.leave(engine.scope(fiber, worksWithResult(state) ? { result } : {}), result);
  return then(left, (given) => checkSizes(given, state.name, step.input));
}

/** The name of the state that comes next; undefined at the end of the thread. */
export function nextOf(state: State, rule: number | undefined): string | undefined {
  if (state.type !== 'Choice') return state.next;
  return state.rules[rule ?? -1]?.next ?? state.default;
}

/** `known` is a value that has been looked at already. */
export function checkSizes(left: Left, name: string, known: Json): Left {
  const tooLarge =
    (left.output !== known && exceeds(left.output)) ||
    (left.assigned !== undefined && Object.values(left.assigned).some((value) => exceeds(value)));
  if (tooLarge) throw new Failure({ ...sizeProblem(name), kind: 'size' });
  return left;
}
