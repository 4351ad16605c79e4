/**
 * A Mermaid flowchart of a state machine, readable by folding: a poll loop becomes its step, and the `Catch` arrows of
 * steps whose errors lead to the same place become one arrow from a box around them.
 */
import type { Machine, State } from './state-machine.ts';

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

export function picture(machine: Machine): string[] {
  const folded = foldLoops(machine);
  const edges = [...folded.edges];
  const errors = catchesOf(machine, folded);
  const boxes = boxesOf(errors, folded.edges, machine);
  const boxed = new Set(boxes.flatMap(({ steps }) => steps));
  const names = Object.keys(machine.States).filter((name) => !folded.away.has(name));
  return [
    'flowchart TD',
    ...boxes.flatMap(({ id, to, steps }) => [
      `  subgraph ${id}[" "]`,
      '    direction TB',
      ...steps.map((name) => `    ${node(name, machine.States[name], folded.loops.has(name))}`),
      '  end',
      `  ${id} -. an error .-> ${to}`,
    ]),
    ...names
      .filter((name) => !boxed.has(name))
      .map((name) => `  ${node(name, machine.States[name], folded.loops.has(name))}`),
    `  start((" ")) --> ${machine.StartAt}`,
    ...edges.map(({ from, to, label }) => `  ${from} -->${label ? `|"${label}"|` : ''} ${to}`),
    ...errors
      .filter(({ from, label }) => !boxed.has(from) || label !== 'an error')
      .map(({ from, to, label }) => `  ${from} -. "${label}" .-> ${to}`),
    '  classDef good fill:#d9f2e3,stroke:#2f855a,color:#123',
    '  classDef bad fill:#fbe0dd,stroke:#b03a2e,color:#123',
    ...classes('good', names, machine, 'Succeed'),
    ...classes('bad', names, machine, 'Fail'),
  ];
}

interface Folded {
  readonly edges: readonly Edge[];
  /** Steps that look again until they are done. */
  readonly loops: ReadonlySet<string>;
  /** States that are drawn as part of a step. */
  readonly away: ReadonlySet<string>;
  /** Where an arrow to a folded state leads instead. */
  readonly into: ReadonlyMap<string, string>;
}

/** Task → Choice → Wait → the same Task. The Choice's other ways out become the step's. */
function foldLoops({ States }: Machine): Folded {
  const loops = new Set<string>();
  const away = new Set<string>();
  const into = new Map<string, string>();
  for (const [name, state] of Object.entries(States)) {
    const choice = state.Type === 'Task' && state.Next ? States[state.Next] : undefined;
    const wait = choice?.Choices?.map(({ Next }) => Next).find(
      (next) => States[next]?.Type === 'Wait' && States[next]?.Next === name,
    );
    if (!state.Next || !wait) continue;
    loops.add(name);
    for (const folded of [state.Next, wait]) {
      away.add(folded);
      into.set(folded, name);
    }
  }
  const edges = Object.entries(States).flatMap(([name, state]) => {
    if (away.has(name) && state.Type === 'Wait') return [];
    const from = into.get(name) ?? name;
    const ways = waysOf(state)
      .map(({ to, label }) => ({ from, to: into.get(to) ?? to, label }))
      .filter(({ to }) => to !== from)
      // The name of an end says it already.
      .map((way) => (sameName(way.label, way.to) ? { ...way, label: '' } : way));
    // With the loop folded away, a single way out needs no word.
    return ways.length === 1 ? ways.map((way) => ({ ...way, label: '' })) : ways;
  });
  return { edges: merged(edges), loops, away, into };
}

/** `rolled-back` and `RolledBack`. */
function sameName(word: string, name: string): boolean {
  return word.replaceAll('-', '') === name.toLowerCase();
}

/** Arrows between the same two states are one, with all their words. */
function merged(edges: readonly Edge[]): Edge[] {
  return [...Map.groupBy(edges, ({ from, to }) => `${from} ${to}`).values()].flatMap((same) => {
    const [first] = same;
    return first ? [{ ...first, label: same.map(({ label }) => label).join(' or ') }] : [];
  });
}

function waysOf(state: State): { to: string; label: string }[] {
  const chosen = (state.Choices ?? []).map(({ Condition, Next }) => ({ to: Next, label: words(Condition) }));
  const rest = state.Default ? [{ to: state.Default, label: chosen.length > 0 ? 'else' : '' }] : [];
  const next = state.Next ? [{ to: state.Next, label: '' }] : [];
  return [...chosen, ...rest, ...next];
}

/** A comparison with one word is that word; a flag is its name; anything else says its first comparison. */
function words(condition: string): string {
  const expression = condition.replace(/^\{%\s*|\s*%\}$/g, '');
  const literals = [...expression.matchAll(/'([^']*)'/g)].map(([, literal]) => literal);
  if (literals.length > 0 && literals.every((literal) => literal === '')) return 'named';
  if (literals.length === 1) return String(literals[0]);
  if (literals.length === 0) return (/\$[\w.]+/.exec(expression)?.[0] ?? expression).replace(/^.*[$.]/, '');
  return `${literals[0]}, unless ${literals.slice(1).join(' or ')}`;
}

function catchesOf({ States }: Machine, folded: Folded): Edge[] {
  return Object.entries(States).flatMap(([from, state]) =>
    (state.Catch ?? [])
      .map(({ ErrorEquals, Next }) => ({
        from,
        to: folded.into.get(Next) ?? Next,
        label: ErrorEquals.includes('States.ALL') ? 'an error' : names(ErrorEquals),
      }))
      // VerifyHealth catches into its own Choice: folded, that is the step itself.
      .filter(({ to }) => to !== from)
      // Where a special error leads where all the others lead, the arrow is drawn once.
      .filter(
        (edge, _, all) =>
          edge.label === 'an error' || !all.some(({ label, to }) => label === 'an error' && to === edge.to),
      ),
  );
}

/** What fits on an arrow; the table below the picture has them in full. */
function names(errors: readonly string[]): string {
  if (errors.length > 2) return `${errors.length} named errors`;
  return errors.map((error) => error.replace(/^\w+\./, '').replace(/Exception$/, '')).join(', ');
}

/** Steps whose errors all lead to one place, where there are at least three of them, and the choices between them. */
function boxesOf(
  errors: readonly Edge[],
  edges: readonly Edge[],
  { States }: Machine,
): { id: string; to: string; steps: string[] }[] {
  const general = errors.filter(({ label }) => label === 'an error');
  return [...Map.groupBy(general, ({ to }) => to)]
    .filter(([, same]) => same.length >= 3)
    .map(([to, same], index) => {
      // A step that is itself reached by errors would be drawn across its own box.
      const steps = same.map(({ from }) => from).filter((from) => !general.some((edge) => edge.to === from));
      const between = Object.keys(States).filter((name) => {
        const before = edges.filter((edge) => edge.to === name);
        return (
          States[name]?.Type === 'Choice' &&
          before.length > 0 &&
          before.every(({ from }) => steps.includes(from))
        );
      });
      const order = Object.keys(States).filter((name) => steps.includes(name) || between.includes(name));
      return { id: `steps${index || ''}`, to, steps: order };
    });
}

function node(name: string, state: State | undefined, loop: boolean): string {
  const label = loop ? `${name} ↻` : name;
  switch (state?.Type) {
    case 'Choice':
      return `${name}{"${label}"}`;
    case 'Succeed':
    case 'Fail':
      return `${name}(["${label}"])`;
    case 'Pass':
      return `${name}[/"${label}"/]`;
    default:
      return `${name}["${label}"]`;
  }
}

function classes(kind: 'good' | 'bad', names: readonly string[], machine: Machine, type: string): string[] {
  const members = names.filter((name) => machine.States[name]?.Type === type);
  return members.length > 0 ? [`  class ${members.join(',')} ${kind}`] : [];
}
