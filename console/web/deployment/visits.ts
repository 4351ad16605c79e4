/** What went into each state and what came out, its failed attempts; and the execution's events. */
import type { Events, StepEvidence } from '../../model/evidence.ts';
import { type Child, h } from '../base/dom.ts';
import { clock, secondsBetween, took } from '../base/format.ts';

/** Each visit opens on demand; those of the step that was chosen come first and are open. */
export function inputAndOutput({ steps }: Events, step: string | null, forget: (key: string) => void): Child {
  // The health check after going back is a state of the same name.
  const name = step === 'VerifyRollback' ? 'VerifyHealth' : step;
  const chosen = name ? steps.filter(({ state }) => state === name) : steps;
  if (steps.length === 0) return h('p.waiting', {}, 'No state has been entered yet.');
  return [
    name &&
      h(
        'div.between',
        {},
        h(
          'span',
          {},
          h('code', {}, name),
          chosen.length === 0
            ? ' was not entered'
            : chosen.length > 1
              ? ` was entered ${chosen.length} times`
              : '',
        ),
        h('button.plain', { onclick: () => forget('') }, 'All states'),
      ),
    h(
      'ul.visits',
      {},
      chosen.map((visit, index) =>
        h(
          'li',
          { 'data-key': `${visit.state}${visit.enteredAt}${index}` },
          opened(visit, chosen.length === 1),
        ),
      ),
    ),
  ];
}

function opened(visit: StepEvidence, open: boolean): HTMLElement {
  const { state, enteredAt, exitedAt, retries, error } = visit;
  const parts = [
    exitedAt ? took(Math.max(0.1, secondsBetween(enteredAt, exitedAt))) : 'under way',
    retries.length > 0 && `tried ${retries.length + 1} times`,
  ].filter(Boolean);
  return h(
    'details.visit',
    { open },
    h(
      'summary',
      {},
      h('code', {}, state),
      h('span.dim', {}, ` ${clock(enteredAt)}, ${parts.join(', ')}`),
      error && h('span.bad', {}, ` ${error.error}`),
    ),
    error && h('div.attempt', {}, h('b.bad', {}, error.error), h('p', {}, error.cause)),
    retries.map((attempt) =>
      h(
        'div.attempt',
        {},
        h('span.dim', {}, `${clock(attempt.at)} `),
        h('b', {}, attempt.error),
        h('p', {}, attempt.cause),
      ),
    ),
    block('Input', visit.input),
    visit.output !== null && block('Output', visit.output),
  );
}

function block(label: string, text: string): HTMLElement {
  return h(
    'div',
    {},
    h('div.dim', {}, label),
    h('pre.json', { tabindex: '0', role: 'group', 'aria-label': label }, text),
  );
}

export function eventList({ events }: Events): Child {
  if (events.length === 0) return h('p.waiting', {}, 'No event yet.');
  return h(
    'ol.events',
    {},
    events.map(({ id, at, type, state, text }) =>
      h(
        'li',
        {},
        h('span.dim.number', {}, id),
        h('time.dim', {}, clock(at)),
        h('span', {}, h('code', {}, type), state && ` ${state}`, text && h('span.soft', {}, ` ${text}`)),
      ),
    ),
  );
}
