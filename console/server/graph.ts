/**
 * The state machine's drawing: steps and endings of its definition, joined as its states lead from one to the other. What
 * only steers (Choice, Wait, Pass) is not drawn: an edge goes through it, and a poll loop folds into its step.
 */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { endState, VERDICT_NAMES, type Verdict } from '../../core/verdict.ts';
import type { Graph, GraphEdge, GraphNode, Step, StepStatus } from '../model.ts';

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
}

interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** The health check runs a second time for what it went back to; drawn, that is a step of its own. */
const AGAIN = 'VerifyRollback';

export function graphOf(
  definitionText: string,
  events: readonly HistoryEvent[],
  steps: readonly Step[],
): Graph {
  const definition = JSON.parse(definitionText) as Definition;
  const { States } = definition;
  const drawn = (name: string) =>
    ['Task', 'Parallel', 'Map', 'Succeed', 'Fail'].includes(States[name]?.Type ?? '');
  const names = Object.keys(States).filter(drawn);
  const pairs = unrolled(
    names.flatMap((from) => leadsTo(from, States, drawn).map((to) => [from, to] as const)),
  );
  const taken = takenIn(events, names);
  const used = new Set(pairs.flat());
  const nodes = [...names, AGAIN]
    .filter((name) => used.has(name))
    .map((name) => nodeOf(name, States, steps, events));
  return { nodes, edges: pairs.map(([from, to]) => edgeOf(from, to, taken, steps)) };
}

/** Where a state leads without another drawn one between; never to itself, which is how a poll looks. */
function leadsTo(from: string, States: Definition['States'], drawn: (name: string) => boolean): string[] {
  const found = new Set<string>();
  const seen = new Set<string>([from]);
  const open = next(States[from]);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (drawn(name)) found.add(name);
    else open.push(...next(States[name]));
  }
  return [...found];
}

function next(state: State | undefined): string[] {
  return [
    state?.Next,
    state?.Default,
    ...(state?.Choices ?? []).map((choice) => choice.Next),
    ...(state?.Catch ?? []).map((one) => one.Next),
  ].filter((name) => name !== undefined);
}

/** `Rollback` → `VerifyHealth` would be a circle: after it stands the second one, which only leads on. */
function unrolled(pairs: readonly (readonly [string, string])[]): [string, string][] {
  const back = pairs.some(([from, to]) => from === 'Rollback' && to === 'VerifyHealth');
  if (!back) return pairs.map(([from, to]) => [from, to]);
  const again = pairs.filter(([from, to]) => from === 'VerifyHealth' && to !== 'Rollback');
  return [
    ...pairs.map(([from, to]): [string, string] =>
      from === 'Rollback' && to === 'VerifyHealth' ? [from, AGAIN] : [from, to],
    ),
    ...again.map(([, to]): [string, string] => [AGAIN, to]),
  ];
}

/** Which drawn states were entered one after the other, as `from to`. */
function takenIn(events: readonly HistoryEvent[], names: readonly string[]): Set<string> {
  const taken = new Set<string>();
  let before: string | undefined;
  let wentBack = false;
  for (const { stateEnteredEventDetails } of events) {
    const entered = stateEnteredEventDetails?.name;
    if (!entered || !names.includes(entered)) continue;
    if (entered === 'Rollback') wentBack = true;
    const name = wentBack && entered === 'VerifyHealth' ? AGAIN : entered;
    if (before !== undefined && before !== name) taken.add(`${before} ${name}`);
    before = name;
  }
  return taken;
}

function nodeOf(
  name: string,
  States: Definition['States'],
  steps: readonly Step[],
  events: readonly HistoryEvent[],
): GraphNode {
  const state = States[name === AGAIN ? 'VerifyHealth' : name];
  const step = steps.find(({ key }) => key === name);
  const ending = state?.Type === 'Succeed' || state?.Type === 'Fail';
  const verdict = ending ? verdictOf(name) : null;
  const entered = events.some(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === name);
  const status: StepStatus = ending ? (entered ? 'done' : 'not-reached') : (step?.status ?? 'not-reached');
  return {
    id: name,
    kind: ending ? 'ending' : 'step',
    label: verdict ?? (name === AGAIN ? 'VerifyHealth' : name),
    status,
    verdict,
    back: step?.back ?? (name === AGAIN || name === 'Rollback' || verdict === 'rolled-back'),
    note: step?.note ?? '',
    comment: state?.Comment ?? '',
  };
}

function verdictOf(state: string): Verdict | null {
  return VERDICT_NAMES.find((verdict) => endState(verdict) === state) ?? null;
}

function edgeOf(from: string, to: string, taken: ReadonlySet<string>, steps: readonly Step[]): GraphEdge {
  const was = taken.has(`${from} ${to}`);
  const source = steps.find(({ key }) => key === from);
  if (!was) return { from, to, status: 'not-taken', label: null };
  const failed = source?.status === 'failed';
  const back = from === 'Rollback' || from === AGAIN || to === endState('rolled-back');
  return {
    from,
    to,
    status: failed ? 'failed' : back ? 'back' : 'taken',
    label: failed ? (source?.note ?? null) : null,
  };
}
