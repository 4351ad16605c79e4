/** Where the states of a program lead: missing targets, states that nothing leads to, programs without an end. */
import type { Diagnostics } from './diagnostics.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';

interface Transition {
  readonly to: string;
  readonly location: string;
}

/** `at` is the JSON pointer of the program itself. */
export function checkTransitions(program: JsonObject, at: string, found: Diagnostics): void {
  const states = program['States'];
  const startAt = program['StartAt'];
  if (!isObject(states) || typeof startAt !== 'string') return;
  const reached = new Set<string>();
  const open: Transition[] = [{ to: startAt, location: `${at}/StartAt` }];
  const missing = new Map<string, string>();
  for (let next = open.shift(); next; next = open.shift()) {
    const state = states[next.to];
    // Recorded: AWS says 'Next' whatever the field is called.
    if (state === undefined) missing.set(next.location, `Missing 'Next' target: ${next.to}`);
    else if (!reached.has(next.to)) {
      reached.add(next.to);
      if (isObject(state)) open.push(...transitions(state, `${at}/States/${next.to}`));
    }
  }
  for (const [location, message] of missing) found.add('MISSING_TRANSITION_TARGET', message, location);
  if (!Object.values(states).some(isTerminal)) {
    // Recorded: it has no location, and unreachable states are then not looked for.
    found.add('MISSING_END_STATE', 'Workflow has no terminal state');
    return;
  }
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) {
      found.add('MISSING_TRANSITION_TARGET', `State "${name}" is not reachable.`, `${at}/States/${name}`);
    }
  }
}

function isTerminal(state: Json): boolean {
  return (
    isObject(state) && (state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail')
  );
}

function transitions(state: JsonObject, at: string): Transition[] {
  const named = (holder: Json | undefined, field: string, location: string): Transition[] => {
    const to = isObject(holder) ? holder[field] : undefined;
    return typeof to === 'string' ? [{ to, location: `${location}/${field}` }] : [];
  };
  const each = (field: string) => {
    const list = state[field];
    return isArray(list)
      ? list.flatMap((item, index) => named(item, 'Next', `${at}/${field}[${index}]`))
      : [];
  };
  return [...named(state, 'Next', at), ...each('Choices'), ...named(state, 'Default', at), ...each('Catch')];
}
