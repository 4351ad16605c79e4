/**
 * The state machine's drawing: steps and endings of its definition, joined as its states lead from one to the other. What
 * only steers (Choice, Wait, Pass) is not drawn: an edge goes through it, and a poll loop folds into its step.
 */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { STEPS, stepOfState } from '../../core/steps.ts';
import { endState, VERDICT_NAMES, type Verdict } from '../../core/verdict.ts';
import type { Graph, GraphEdge, GraphNode, Step, StepStatus } from '../model/deployment.ts';

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

interface Lead {
  readonly from: string;
  readonly to: string;
  /** Only an error leads there. */
  readonly byError: boolean;
}

export function graphOf(
  definitionText: string,
  events: readonly HistoryEvent[],
  steps: readonly Step[],
): Graph {
  const { States } = JSON.parse(definitionText) as Definition;
  const drawn = (name: string) =>
    ['Task', 'Parallel', 'Map', 'Succeed', 'Fail'].includes(States[name]?.Type ?? '') &&
    [undefined, name].includes(stepOfState(name));
  const names = Object.keys(States).filter(drawn);
  const taken = takenIn(events, names);
  const was = ({ from, to }: Lead) => taken.has(`${from} ${to}`);
  const leads = unrolled(names.flatMap((from) => leadsFrom(from, States, drawn)));
  const ended = names.find((name) => isEnding(States[name]) && taken.has(`Record ${name}`));
  const edges = leads.flatMap((lead) => {
    const own = ownEnding(lead);
    if (own) return [edgeTo(`${lead.from}/${own}`, lead, was(lead) && ended === endState(own), steps)];
    // A way that only an error takes, or that leaves early, is drawn where it was gone: every step has one.
    if (!was(lead) && (lead.byError || isShortcut(lead))) return [];
    if (lead.from === 'Record' && !was(lead) && (lead.to === 'NotRecorded' || hasOwn(lead.to))) return [];
    return [edgeTo(lead.to, lead, was(lead), steps)];
  });
  const shown = withoutDetours(edges, steps);
  const used = [...new Set(shown.flatMap(({ from, to }) => [from, to]))];
  const nodes = used.sort((a, b) => placeOf(a) - placeOf(b)).map((id) => nodeOf(id, States, steps, shown));
  return { nodes, edges: shown };
}

/** In the order of the steps, so that whoever draws them has the way forward; endings after them. */
function placeOf(id: string): number {
  const step = id === AGAIN ? 'Rollback' : id;
  const index = (STEPS as readonly string[]).indexOf(step);
  return index < 0 ? STEPS.length : id === AGAIN ? index + 0.5 : index;
}

/** A way past a step that was not gone, because the step was needed, is left out: then the step stands in the line. */
function withoutDetours(edges: readonly GraphEdge[], steps: readonly Step[]): GraphEdge[] {
  const needed = new Set(
    steps
      .filter(({ key, status }) => GOES.includes(status) || (key === 'Build' && status === 'to-come'))
      .map(({ key }) => key),
  );
  const leads = (from: string, to: string): boolean =>
    edges.some(
      (edge) =>
        edge.from === from &&
        needed.has(edge.to) &&
        (edges.some((next) => next.from === edge.to && next.to === to) || leads(edge.to, to)),
    );
  return edges.filter(
    ({ from, to, status }) => status !== 'not-taken' || from === 'VerifyHealth' || !leads(from, to),
  );
}

const GOES: readonly StepStatus[] = ['done', 'running', 'waiting', 'failed'];

/** Endings of a failure before anything was changed: they stand where they leave, and not all of them behind the last step. */
const OWN_ENDINGS: Readonly<Record<string, Verdict>> = {
  AcquireLock: 'refused',
  Plan: 'refused',
  Build: 'build-failed',
  MigrateCheck: 'refused',
  AwaitApproval: 'refused',
  Migrate: 'migration-failed',
};

function ownEnding({ from, to, byError }: Lead): Verdict | undefined {
  return byError && to === 'Record' ? OWN_ENDINGS[from] : undefined;
}

const hasOwn = (state: string) => Object.values(OWN_ENDINGS).some((verdict) => endState(verdict) === state);
const isShortcut = ({ from, to }: Lead) => to === 'Record' && !['VerifyHealth', AGAIN].includes(from);
const isEnding = (state: State | undefined) => state?.Type === 'Succeed' || state?.Type === 'Fail';

/** Where a state leads without another drawn one between; never to itself, which is how a poll looks. */
function leadsFrom(from: string, States: Definition['States'], drawn: (name: string) => boolean): Lead[] {
  const state = States[from];
  const forward = reached(from, next(state), States, drawn);
  const caught = reached(
    from,
    (state?.Catch ?? []).map((one) => one.Next),
    States,
    drawn,
  );
  return [
    ...[...forward].map((to) => ({ from, to, byError: false })),
    ...[...caught]
      .filter((to) => !forward.has(to) || to === 'Record')
      .map((to) => ({ from, to, byError: true })),
  ];
}

function reached(
  from: string,
  starts: string[],
  States: Definition['States'],
  drawn: (name: string) => boolean,
): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>([from]);
  const open = [...starts];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (drawn(name)) found.add(name);
    else open.push(...next(States[name]));
  }
  return found;
}

function next(state: State | undefined): string[] {
  return [state?.Next, state?.Default, ...(state?.Choices ?? []).map((choice) => choice.Next)].filter(
    (name) => name !== undefined,
  );
}

/** `Rollback` → `VerifyHealth` would be a circle: after it stands the second one, which only leads on. */
function unrolled(leads: readonly Lead[]): Lead[] {
  const isBack = ({ from, to }: Lead) => from === 'Rollback' && to === 'VerifyHealth';
  if (!leads.some(isBack)) return [...leads];
  const again = leads.filter(
    ({ from, to, byError }) => from === 'VerifyHealth' && to !== 'Rollback' && !byError,
  );
  return [
    ...leads.map((lead) => (isBack(lead) ? { ...lead, to: AGAIN } : lead)),
    ...again.map((lead) => ({ ...lead, from: AGAIN })),
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

/** `Build/build-failed` is the ending of a step; any other id is the name of a state. */
function nodeOf(
  id: string,
  States: Definition['States'],
  steps: readonly Step[],
  edges: readonly GraphEdge[],
): GraphNode {
  const [name = '', own] = id.split('/');
  const verdict = (own as Verdict | undefined) ?? verdictOf(name);
  const state = States[verdict ? endState(verdict) : name === AGAIN ? 'VerifyHealth' : name];
  const comment = state?.Comment ?? '';
  if (verdict || isEnding(state)) {
    const status = edges.some(({ to, status: way }) => to === id && way !== 'not-taken')
      ? 'done'
      : 'not-reached';
    return {
      id,
      kind: 'ending',
      label: verdict ?? name,
      status,
      verdict,
      back: verdict === 'rolled-back',
      note: '',
      comment,
    };
  }
  const step = steps.find(({ key }) => key === name);
  return {
    id,
    kind: 'step',
    label: name === AGAIN ? 'VerifyHealth' : name,
    status: step?.status ?? 'not-reached',
    verdict: null,
    back: step?.back ?? (name === AGAIN || name === 'Rollback'),
    note: step?.note ?? '',
    comment,
  };
}

function verdictOf(state: string): Verdict | null {
  return VERDICT_NAMES.find((verdict) => endState(verdict) === state) ?? null;
}

function edgeTo(to: string, { from }: Lead, taken: boolean, steps: readonly Step[]): GraphEdge {
  if (!taken) return { from, to, status: 'not-taken', label: null };
  const source = steps.find(({ key }) => key === from);
  const failed = source?.status === 'failed';
  const back = from === 'Rollback' || from === AGAIN || to === endState('rolled-back');
  return {
    from,
    to,
    status: failed ? 'failed' : back ? 'back' : 'taken',
    label: failed ? (source?.note ?? null) : null,
  };
}
