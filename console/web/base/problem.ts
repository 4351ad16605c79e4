/** What stands in place of a piece that could not be read: what failed, what is still true, one remedy. */
import type { Part, Problem } from '../../model/parts.ts';
import { type Child, h, say } from './dom.ts';
import type { Piece } from './store.ts';

export function problemBox({ sentence, remedy }: Problem): HTMLElement {
  return h('div.problem', { role: 'note' }, h('p', {}, say(sentence)), h('p.dim', {}, say(remedy)));
}

/** The piece drawn; before it has come, a quiet line; where it failed, its problem. */
export function drawn<Value>(
  { value, problem }: Piece<Value>,
  what: string,
  draw: (value: Value) => Child,
): Child {
  if (value !== null) return [problem && problemBox(problem), draw(value)];
  return problem ? problemBox(problem) : h('p.waiting', { 'aria-busy': 'true' }, `Reading ${what} …`);
}

/** A part that loads alone, in a cell: `unknown, because …`, never 0. */
export function known<Value>(part: Part<Value>, draw: (value: Value) => Child): Child {
  if (part.known) return draw(part.value);
  const { sentence, remedy } = part.problem;
  return h('span.dim', { title: `${sentence} ${remedy}`.replaceAll('`', '') }, say(sentence));
}
