/** The life of a Task: scheduled, started, perhaps submitted, and one of succeeded, failed and timed out. */
import { errorDetails, evaluationFailure, Failure, type Problem, sizeProblem } from './failure.ts';
import { clearTimers, type Engine, type Fiber, fail, stateOf, stepOf } from './fiber.ts';
import type { EventDetails, EventType } from './history.ts';
import { exceeds, type Json } from './json.ts';
import type { StateOf, Value } from './machine.ts';
import type { StepRecord, TaskRecord } from './record.ts';
import type { Resource } from './resource.ts';
import type { TaskAnswer } from './tasks.ts';

type Stage = 'Started' | 'Submitted' | 'Succeeded' | 'Failed' | 'TimedOut';

/** Functions by ARN have events of their own, which do not repeat the resource. */
function eventOf(resource: Resource, stage: Stage, details: EventDetails): [EventType, EventDetails?] {
  if (resource.kind === 'function') {
    if (stage === 'Submitted') throw new Error('A function that is called by its ARN has no token.');
    return stage === 'Started' ? ['LambdaFunctionStarted'] : [`LambdaFunction${stage}`, details];
  }
  return [`Task${stage}`, { ...details, resource: resource.resource, resourceType: resource.resourceType }];
}

export async function beginTask(engine: Engine, fiber: Fiber, state: StateOf<'Task'>): Promise<void> {
  const step = stepOf(fiber);
  const { resource } = state;
  const scoped = () => engine.scope(fiber);
  delete step.token;
  if (resource.kind === 'integration' && resource.pattern === 'token') step.token = engine.newToken();
  const input = await state.prepare(scoped());
  const timeout = await seconds(state.timeoutSeconds, 'TimeoutSeconds', engine, fiber);
  const heartbeat = await seconds(state.heartbeatSeconds, 'HeartbeatSeconds', engine, fiber);
  if (exceeds(input)) throw new Failure({ ...sizeProblem(state.name), kind: 'size' });
  const now = engine.clock.now();
  const timeoutInSeconds = timeout === undefined ? {} : { timeoutInSeconds: timeout };
  if (resource.kind === 'function') {
    engine.emit(fiber, 'LambdaFunctionScheduled', { input, resource: resource.arn, ...timeoutInSeconds });
  } else {
    engine.emit(fiber, 'TaskScheduled', {
      ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
      parameters: input,
      region: engine.record.region,
      resource: resource.resource,
      resourceType: resource.resourceType,
      ...timeoutInSeconds,
    });
  }
  step.task = {
    arguments: input,
    ...(timeout === undefined ? {} : { timeoutAt: now + timeout * 1000 }),
    ...(heartbeat === undefined ? {} : { heartbeatSeconds: heartbeat, heartbeatAt: now + heartbeat * 1000 }),
  };
  step.late = true;
  step.phase = 'scheduled';
}

async function seconds(
  value: Value<number> | undefined,
  field: string,
  engine: Engine,
  fiber: Fiber,
): Promise<number | undefined> {
  const given = await value?.(engine.scope(fiber));
  if (given === undefined) return undefined;
  if (Number.isInteger(given) && given > 0 && given <= 99_999_999) return given;
  throw evaluationFailure(`The ${field} parameter must be a positive integer, but was: ${given}`, field);
}

export function startTask(engine: Engine, fiber: Fiber, state: StateOf<'Task'>): void {
  engine.emit(fiber, ...eventOf(state.resource, 'Started', {}));
  callTask(engine, fiber, state);
}

/** Also what a restart does to a task that was out: the same call again, its time-outs running on. */
export function callTask(engine: Engine, fiber: Fiber, state: StateOf<'Task'>): void {
  const step = stepOf(fiber);
  const task = taskOf(step);
  step.phase = 'called';
  watch(engine, fiber, state, task);
  if (step.token !== undefined && task.submitted) return;
  const call = new AbortController();
  fiber.call = call;
  const inTurn = (job: () => void) =>
    engine.post(fiber, () => {
      if (fiber.call === call) job();
    });
  const take = (answer: TaskAnswer) => inTurn(() => answered(engine, fiber, answer));
  const outcome = engine.tasks.call({
    executionArn: engine.record.arn,
    stateName: state.name,
    roleArn: engine.record.roleArn,
    resource: state.resource,
    arguments: task.arguments,
    ...(step.token === undefined ? {} : { token: step.token }),
    attemptId: `${step.entered}-${engine.record.redriveCount}-${step.retryCount}`,
    signal: call.signal,
    submitted: (output) => inTurn(() => submitted(engine, fiber, output)),
  });
  if (outcome instanceof Promise) {
    outcome.then(take, (error: unknown) => take({ error: 'States.TaskFailed', cause: String(error) }));
  } else {
    take(outcome);
  }
}

function watch(engine: Engine, fiber: Fiber, state: StateOf<'Task'>, task: TaskRecord): void {
  const { timeoutAt } = task;
  if (timeoutAt !== undefined) {
    engine.at(fiber, timeoutAt, () =>
      ended(engine, fiber, state.resource, 'TimedOut', { error: 'States.Timeout' }),
    );
  }
  if (task.heartbeatAt !== undefined) watchHeartbeat(engine, fiber, state, task);
}

/** A heartbeat only moves the time; the timer that is running finds out when it fires. */
function watchHeartbeat(engine: Engine, fiber: Fiber, state: StateOf<'Task'>, task: TaskRecord): void {
  engine.at(fiber, task.heartbeatAt ?? 0, () => {
    if ((task.heartbeatAt ?? 0) > engine.clock.now()) return watchHeartbeat(engine, fiber, state, task);
    // Recorded: the error is States.Timeout, whatever the documentation calls it.
    ended(engine, fiber, state.resource, 'TimedOut', { error: 'States.Timeout', kind: 'heartbeat' });
  });
}

function answered(engine: Engine, fiber: Fiber, answer: TaskAnswer): void {
  const { resource } = stateOf(fiber) as StateOf<'Task'>;
  const onlyTaken = resource.kind === 'integration' && resource.pattern === 'token';
  if ('error' in answer) ended(engine, fiber, resource, 'Failed', answer);
  else if (onlyTaken) submitted(engine, fiber, answer.output);
  else succeeded(engine, fiber, answer.output);
}

function submitted(engine: Engine, fiber: Fiber, output: Json): void {
  const { resource } = stateOf(fiber) as StateOf<'Task'>;
  taskOf(stepOf(fiber)).submitted = true;
  engine.emit(fiber, ...eventOf(resource, 'Submitted', { output }));
}

function succeeded(engine: Engine, fiber: Fiber, output: Json): void {
  const { resource } = stateOf(fiber) as StateOf<'Task'>;
  if (exceeds(output)) {
    // Recorded: such a result can be caught by States.ALL, so the problem gets no kind.
    const name = resource.kind === 'function' ? resource.arn : resource.resourceType;
    ended(engine, fiber, resource, 'Failed', sizeProblem(name));
    return;
  }
  engine.emit(fiber, ...eventOf(resource, 'Succeeded', { output }));
  const step = stepOf(fiber);
  step.result = output;
  step.phase = 'result';
  settle(engine, fiber);
}

function ended(
  engine: Engine,
  fiber: Fiber,
  resource: Resource,
  stage: 'Failed' | 'TimedOut',
  problem: Problem,
): void {
  engine.emit(fiber, ...eventOf(resource, stage, errorDetails(problem)));
  fail(fiber, problem);
  if (stage === 'TimedOut') fiber.call?.abort(new Error(`The state ${stepOf(fiber).name} timed out.`));
  settle(engine, fiber);
}

/** The call's answer no longer counts, its time-outs no longer run; then the state goes on. */
function settle(engine: Engine, fiber: Fiber): void {
  clearTimers(fiber);
  fiber.call = undefined;
  engine.enqueue(fiber);
}

/** SendTaskSuccess and SendTaskFailure. The token may be answered before the call that carried it has returned. */
export function completeTask(engine: Engine, fiber: Fiber, answer: TaskAnswer): void {
  engine.post(fiber, () => {
    if (stepOf(fiber).phase !== 'called') return;
    const { resource } = stateOf(fiber) as StateOf<'Task'>;
    if ('error' in answer) ended(engine, fiber, resource, 'Failed', answer);
    else succeeded(engine, fiber, answer.output);
  });
}

export function heartbeat(engine: Engine, fiber: Fiber): void {
  const task = taskOf(stepOf(fiber));
  if (task.heartbeatSeconds === undefined) return;
  task.heartbeatAt = engine.clock.now() + task.heartbeatSeconds * 1000;
  engine.touched();
}

function taskOf(step: StepRecord): TaskRecord {
  if (!step.task) throw new Error(`State ${step.name} has no task.`);
  return step.task;
}
