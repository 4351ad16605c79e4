/** History: the four figures, and every deployment that the filters leave. */
import type { History } from '../../model/history.ts';
import type { Mark } from '../../model/parts.ts';
import { h } from '../base/dom.ts';
import { capital, count, inWords } from '../base/format.ts';
import { drawn, problemBox } from '../base/problem.ts';
import { choose, type Route } from '../base/route.ts';
import { piece } from '../base/store.ts';
import type { View } from '../main.ts';
import { MOVE, OPEN } from '../shell/keys.ts';
import { csv } from './csv.ts';
import { doraPanels } from './dora.ts';
import { filters, verdicts } from './filters.ts';
import { list } from './list.ts';

const DAYS = ['7', '30', '90', '365'];

export function history({ query }: Route): View {
  const asked = new URLSearchParams();
  for (const name of ['days', 'service', 'environment', 'by', 'verdict']) {
    const value = query.get(name);
    if (value) asked.set(name, value);
  }
  const path = `/api/history${asked.size > 0 ? `?${asked}` : ''}`;
  const known = piece<History>(path);
  const sentence = known.value ? sentenceOf(known.value, query) : 'What was deployed';
  return {
    title: 'History',
    keys: [
      MOVE,
      OPEN,
      { press: 'f', does: 'filter', foot: true, run: { f: () => focusOn('.filters select') } },
      { press: 'v', does: 'verdict', foot: true, run: { v: () => focusOn('.verdicts button') } },
    ],
    content: h(
      'div.history',
      {},
      h(
        'div.title',
        {},
        h('h1', {}, sentence),
        h(
          'label.pick',
          {},
          'Last',
          h(
            'select',
            { onchange: ({ target }: Event) => choose('days', (target as HTMLSelectElement).value) },
            DAYS.map((days) =>
              h('option', { value: days, selected: days === (query.get('days') ?? '30') }, `${days} days`),
            ),
          ),
        ),
        known.value && known.value.rows.length > 0 && copyButton(known.value),
      ),
      drawn(known, 'the journals', (value) => [
        h('div.filters', {}, filters(value, query), verdicts(value, query)),
        value.problems.map(problemBox),
        doraPanels(value),
        value.rows.length === 0 ? h('div.panel.empty', {}, empty(query)) : list(value),
      ]),
    ),
  };
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** `115 deployments in 30 days. 5 failed after release, 4 of them went back by themselves.` */
function sentenceOf({ counts, days, cut }: History, query: URLSearchParams): string {
  const many = (...marks: Mark[]) => marks.reduce((sum, mark) => sum + (counts[mark] ?? 0), 0);
  const all = Object.values(counts).reduce((sum, value) => sum + (value ?? 0), 0);
  const where = [query.get('service'), query.get('environment') && `in ${query.get('environment')}`]
    .filter(Boolean)
    .join(' ');
  if (all === 0) return `No deployment${where ? ` of ${where}` : ''} in ${days} days.`;
  const failed = many('rolled-back', 'needs-attention');
  const back = many('rolled-back');
  const first = `${count(all)} ${all === 1 ? 'deployment' : 'deployments'}${where ? ` of ${where}` : ''} in ${days} days${cut ? ', the newest 1,000 of them here' : ''}.`;
  if (failed === 0) return `${first} None failed after release.`;
  const themselves =
    back === failed
      ? failed === 1
        ? 'it went back by itself'
        : 'all of them went back by themselves'
      : `${inWords(back)} of them went back by ${back === 1 ? 'itself' : 'themselves'}`;
  return `${first} ${capital(failed < 10 ? inWords(failed) : count(failed))} failed after release, ${themselves}.`;
}

function empty(query: URLSearchParams): (HTMLElement | string)[] {
  const filtered = ['service', 'environment', 'by', 'verdict'].some((name) => query.get(name));
  return filtered
    ? ['No deployment is left by these filters. ', h('a', { href: '#/history' }, 'Show all')]
    : ['No deployment yet. ', h('code', {}, 'lockstep deploy'), ' makes the first.'];
}

function copyButton(value: History): HTMLElement {
  return h(
    'button',
    {
      onclick: ({ currentTarget }: MouseEvent) => {
        const word = (currentTarget as HTMLElement).firstElementChild;
        void navigator.clipboard.writeText(csv(value)).then(() => word?.replaceChildren('Copied'));
        setTimeout(() => word?.replaceChildren('Copy as CSV'), 1_500);
      },
    },
    h('span', { 'data-own': 'csv' }, 'Copy as CSV'),
  );
}
