/** Filters, which stand in the address. */
import type { History } from '../../model/history.ts';
import type { Mark } from '../../model/parts.ts';
import { h } from '../base/dom.ts';
import { count } from '../base/format.ts';
import { markOf } from '../base/marks.ts';
import { choose } from '../base/route.ts';

export function filters({ services, environments, people }: History, query: URLSearchParams): HTMLElement[] {
  return [
    pick('Service', 'service', services, 'all', query),
    pick('Environment', 'environment', environments, 'all', query),
    pick('By', 'by', people, 'anyone', query),
  ];
}

function pick(
  label: string,
  name: string,
  values: readonly string[],
  all: string,
  query: URLSearchParams,
): HTMLElement {
  const chosen = query.get(name) ?? '';
  // What the address asks for stays choosable, even where no deployment has it any more.
  const known = chosen && !values.includes(chosen) ? [chosen, ...values] : values;
  return h(
    'label.pick',
    {},
    label,
    h(
      'select',
      { onchange: ({ target }: Event) => choose(name, (target as HTMLSelectElement).value) },
      [['', all] as const, ...known.map((value) => [value, value] as const)].map(([value, text]) =>
        h('option', { value, selected: value === chosen }, text),
      ),
    ),
  );
}

/** What runs or waits stands on top of the list anyway. */
const ORDER: readonly Mark[] = [
  'succeeded',
  'unchanged',
  'refused',
  'build-failed',
  'migration-failed',
  'rolled-back',
  'cancelled',
  'superseded',
  'needs-attention',
];

/** How many ended how; pressed, the list shows those alone. */
export function verdicts({ counts }: History, query: URLSearchParams): HTMLElement {
  const chosen = query.get('verdict') ?? '';
  const shown = ORDER.filter((mark) => counts[mark] || mark === chosen);
  return h(
    'div.verdicts',
    { role: 'group', 'aria-label': 'Verdict' },
    shown.map((mark) =>
      h(
        'button',
        {
          'aria-pressed': String(mark === chosen),
          onclick: () => choose('verdict', mark === chosen ? '' : mark),
        },
        markOf(mark, 14),
        h('span', {}, mark),
        h('b', {}, count(counts[mark] ?? 0)),
      ),
    ),
  );
}
