/** The rule of a composite alarm: `ALARM("errors") AND NOT OK(latency)`. */
import { validation } from '../model.ts';
import type { StateValue } from './model.ts';

type StateOf = (alarm: string) => StateValue | undefined;

export interface Rule {
  /** The names of the alarms that the rule speaks of. */
  readonly alarms: readonly string[];
  holds(stateOf: StateOf): boolean;
}

type Test = (stateOf: StateOf) => boolean;

/** Throws `ValidationError` for what is no rule. */
export function parseRule(text: string): Rule {
  const alarms: string[] = [];
  let at = 0;

  const read = (expression: RegExp): string[] | undefined => {
    while (/\s/.test(text[at] ?? '')) at++;
    expression.lastIndex = at;
    const found = expression.exec(text);
    if (found) at += found[0].length;
    return found ? [...found] : undefined;
  };
  const fail = () =>
    validation(`AlarmRule must not be blank or invalid: unexpected input at position ${at + 1}`);

  const either = (): Test => {
    let left = both();
    while (read(/OR\b/y)) {
      const [a, b] = [left, both()];
      left = (stateOf) => a(stateOf) || b(stateOf);
    }
    return left;
  };
  const both = (): Test => {
    let left = one();
    while (read(/AND\b/y)) {
      const [a, b] = [left, one()];
      left = (stateOf) => a(stateOf) && b(stateOf);
    }
    return left;
  };
  const one = (): Test => {
    if (read(/NOT\b/y)) {
      const inner = one();
      return (stateOf) => !inner(stateOf);
    }
    if (read(/TRUE\b/y)) return () => true;
    if (read(/FALSE\b/y)) return () => false;
    const state = read(/(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*("[^"]+"|'[^']+'|[^)\s]+)\s*\)/y);
    if (state) {
      const name = (state[2] ?? '').replace(/^["']|["']$/g, '').replace(/^arn:.*:alarm:/, '');
      alarms.push(name);
      return (stateOf) => stateOf(name) === state[1];
    }
    if (!read(/\(/y)) throw fail();
    const inner = either();
    if (!read(/\)/y)) throw fail();
    return inner;
  };

  const holds = either();
  read(/(?=$)/y);
  if (at < text.length) throw fail();
  return { alarms, holds };
}
