/** Parallel and Map: states whose work is other states. */
import { type Problem, runtimeFailure } from './failure.ts';
import { type Engine, type Fiber, fail, halt, makeFiber, stateOf, stepOf } from './fiber.ts';
import type { Json } from './json.ts';
import type { ParallelState, StateOf, Value } from './machine.ts';
import { type MapRecord, newThread, type StepRecord, type ThreadRecord } from './record.ts';
import { advance } from './thread.ts';

export async function beginParallel(engine: Engine, fiber: Fiber, state: ParallelState): Promise<void> {
  const step = stepOf(fiber);
  const input = await state.prepare(engine.scope(fiber));
  const started = engine.emit(fiber, 'ParallelStateStarted');
  step.children = state.branches.map((branch) => newThread(branch.startAt, input, started));
  startChildren(step);
  adoptChildren(engine, fiber);
}

function startChildren(step: StepRecord): void {
  step.late = true;
  step.phase = 'children';
}

/** Makes fibers for the threads that the record has, and lets those go on that still run. */
export function adoptChildren(engine: Engine, fiber: Fiber): void {
  const state = stateOf(fiber);
  const step = stepOf(fiber);
  fiber.children = (step.children ?? []).map((thread, index) => adopt(fiber, thread, index, state, step.map));
  for (const child of fiber.children) if (child.thread.status === 'running') engine.enqueue(child);
}

function adopt(
  parent: Fiber,
  thread: ThreadRecord,
  index: number,
  state: ReturnType<typeof stateOf>,
  map: MapRecord | undefined,
): Fiber {
  if (state.type === 'Parallel') {
    const program = state.branches[index];
    if (!program) throw new Error(`${state.name} has no branch ${index}.`);
    return makeFiber(thread, program, { parent, index });
  }
  if (state.type !== 'Map') throw new Error(`A ${state.type} state has no children.`);
  return makeFiber(thread, state.processor, {
    parent,
    index,
    item: { index, value: map?.items[index] ?? null },
  });
}

/** An Inline Map runs at most this many iterations at a time where nothing, or 0, is asked for. */
const INLINE_CONCURRENCY = 40;

export async function beginMap(engine: Engine, fiber: Fiber, state: StateOf<'Map'>): Promise<void> {
  const step = stepOf(fiber);
  const ask = async (value: Value<number> | undefined) => await value?.(engine.scope(fiber));
  const items = await state.items(engine.scope(fiber));
  const concurrency = (await ask(state.maxConcurrency)) ?? 0;
  const count = (await ask(state.toleratedCount)) ?? 0;
  const percentage = (await ask(state.toleratedPercentage)) ?? 0;
  const started = engine.emit(fiber, 'MapStateStarted', { length: items.length });
  if (percentage < 0 || percentage > 100) {
    throw runtimeFailure('ToleratedFailurePercentage must be between 0 and 100.');
  }
  step.map = {
    items,
    maxConcurrency: concurrency > 0 ? concurrency : INLINE_CONCURRENCY,
    tolerated: Math.max(count, Math.floor((items.length * percentage) / 100)),
    failed: 0,
  };
  step.children = [];
  fiber.children = [];
  startChildren(step);
  await startIterations(engine, fiber, state, started);
  if (items.length === 0) finishMap(step);
}

/** As many iterations as may run at a time; the events of the new ones follow `after`. */
export async function startIterations(
  engine: Engine,
  fiber: Fiber,
  state: StateOf<'Map'>,
  after: number,
): Promise<void> {
  const step = stepOf(fiber);
  const { map, children } = step;
  if (!map || !children) return;
  const running = () => children.filter((child) => child.status === 'running').length;
  while (children.length < map.items.length && running() < map.maxConcurrency) {
    const index = children.length;
    const item = { index, value: map.items[index] ?? null };
    const input = state.selector ? await state.selector(engine.scope(fiber, { item })) : item.value;
    const started = engine.append('MapIterationStarted', { index, name: state.name }, after);
    const thread = newThread(state.processor.startAt, input, started);
    children.push(thread);
    const child = adopt(fiber, thread, index, state, map);
    fiber.children.push(child);
    engine.enqueue(child);
  }
}

/** The iterations' outputs in the order of the items; those that failed within what is tolerated are left out. */
function finishMap(step: StepRecord): void {
  step.result = outputs(step);
  step.phase = 'result';
}

function outputs(step: StepRecord): Json {
  return (step.children ?? []).filter(({ status }) => status === 'ended').map(({ output }) => output ?? null);
}

/** A branch or an iteration came to its end. */
export async function childEnded(engine: Engine, child: Fiber): Promise<void> {
  const { parent } = child;
  if (!parent) return;
  const state = stateOf(parent);
  if (state.type === 'Map') {
    const details = { index: child.index, name: state.name };
    parent.thread.last = engine.append('MapIterationSucceeded', details, child.thread.last);
    await goOn(engine, parent, state, child.thread.last);
    return;
  }
  const step = stepOf(parent);
  if (!step.children?.every(({ status }) => status === 'ended')) return;
  parent.thread.last = child.thread.last;
  step.result = outputs(step);
  step.phase = 'result';
  await advance(engine, parent);
}

async function goOn(engine: Engine, fiber: Fiber, state: StateOf<'Map'>, after: number): Promise<void> {
  const step = stepOf(fiber);
  await startIterations(engine, fiber, state, after);
  if (step.children?.length !== step.map?.items.length) return;
  if (step.children?.some(({ status }) => status === 'running')) return;
  finishMap(step);
  await advance(engine, fiber);
}

/**
 * A branch or an iteration failed; `failed` is the event that says so. Recorded: everything that the failure brings
 * about follows that event, also the end of the state whose task it was.
 */
export async function childFailed(
  engine: Engine,
  child: Fiber,
  problem: Problem,
  failed: number,
): Promise<void> {
  const { parent } = child;
  if (!parent) return;
  const state = stateOf(parent);
  const step = stepOf(parent);
  const iteration = (index: number) => ({ index, name: state.name });
  if (state.type === 'Map') {
    engine.append('MapIterationFailed', iteration(child.index), failed);
    if (step.map && step.map.failed < step.map.tolerated) {
      step.map.failed++;
      parent.thread.last = failed;
      return goOn(engine, parent, state, failed);
    }
  }
  if (stateOf(child).type === 'Task' && stepOf(child).task)
    engine.append('TaskStateAborted', undefined, failed);
  for (const sibling of parent.children) {
    if (sibling.thread.status !== 'running') continue;
    if (state.type === 'Map') engine.append('MapIterationAborted', iteration(sibling.index), failed);
    abort(engine, sibling, failed);
  }
  parent.thread.last = failed;
  fail(parent, problem);
  await advance(engine, parent);
}

function abort(engine: Engine, fiber: Fiber, failed: number): void {
  halt(fiber, new Error('Another branch failed.'));
  if (fiber.thread.status === 'running') {
    if (stepOf(fiber).phase !== 'enter')
      engine.append(`${stateOf(fiber).type}StateAborted`, undefined, failed);
    fiber.thread.status = 'aborted';
  }
  for (const child of fiber.children) if (child.thread.status === 'running') abort(engine, child, failed);
}

/** After a restart: what has to be done between children that have all come to rest. */
export async function resumeChildren(engine: Engine, fiber: Fiber): Promise<void> {
  const state = stateOf(fiber);
  const step = stepOf(fiber);
  if (state.type === 'Map') return goOn(engine, fiber, state, fiber.thread.last);
  if (!step.children?.every(({ status }) => status === 'ended')) return;
  step.result = outputs(step);
  step.phase = 'result';
  await advance(engine, fiber);
}
