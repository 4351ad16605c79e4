/** Now: every service of every environment, what needs eyes first. */
import type { Now, NowRow, ServiceFacts } from '../../model/now.ts';
import type { Place } from '../../model/parts.ts';
import { h } from '../base/dom.ts';
import { hour, lasted, secondsBetween, weekday } from '../base/format.ts';
import { icon } from '../base/marks.ts';
import { drawn } from '../base/problem.ts';
import { choose, type Route } from '../base/route.ts';
import { serverNow } from '../base/server-time.ts';
import { type Piece, piece } from '../base/store.ts';
import type { View } from '../main.ts';
import { type Key, MOVE, OPEN } from '../shell/keys.ts';
import { needsEyes, row } from './row.ts';
import { sentenceOf } from './sentence.ts';

export interface Seen {
  readonly row: NowRow;
  readonly facts: Piece<ServiceFacts>;
}

/** More services than a screen holds: then environments in which all is well show their head alone. */
const FOLD_ABOVE = 14;

export function now({ query }: Route): View {
  const known = piece<Now>('/api/now');
  const seen = (known.value?.rows ?? []).map((of) => ({
    row: of,
    facts: piece<ServiceFacts>(`/api/service/${of.environment}/${of.service}`),
  }));
  const sentence = known.value ? sentenceOf(seen, known.value) : 'What runs now';
  const onlyEyes = query.get('only') === 'eyes';
  const keys: Key[] = [
    MOVE,
    OPEN,
    { press: 'v', does: 'only what needs eyes', run: { v: () => toggleEyes(onlyEyes) } },
  ];
  return {
    title: 'Now',
    keys,
    ...(seen.every(({ facts }) => facts.value ?? facts.problem) && { announces: sentence }),
    moves: seen.some(({ row: of }) => of.journal.known && of.journal.value.latest?.mark === 'running'),
    content: h(
      'div.now',
      {},
      h(
        'div.title',
        {},
        h('h1', {}, sentence),
        seen.length > 1 && choices(query.get('by') === 'service', onlyEyes),
      ),
      drawn(known, 'the journals', ({ places, at }) =>
        seen.length === 0
          ? h(
              'div.panel.empty',
              {},
              'No environment names a service yet. ',
              h('code', {}, 'lockstep init'),
              ' writes the first.',
            )
          : table(seen, places, query, at),
      ),
    ),
  };
}

function choices(byService: boolean, onlyEyes: boolean): HTMLElement[] {
  const by = (value: string, text: string, pressed: boolean) =>
    h('button', { 'aria-pressed': String(pressed), onclick: () => choose('by', value) }, text);
  return [
    h(
      'div.either',
      { role: 'group', 'aria-label': 'Grouped' },
      by('', 'By environment', !byService),
      by('service', 'By service', byService),
    ),
    h(
      'button',
      { 'aria-pressed': String(onlyEyes), onclick: () => toggleEyes(onlyEyes) },
      'Only what needs eyes',
    ),
  ];
}

function toggleEyes(on: boolean): void {
  choose('only', on ? '' : 'eyes');
}

const HEADS = [
  'Service',
  'Runs',
  'Since',
  'Tasks and targets',
  'p95, last 3 h',
  'Errors, last 3 h',
  'Code and schema',
  'Goes back to',
  'Next',
];

function table(
  seen: readonly Seen[],
  places: readonly Place[],
  query: URLSearchParams,
  at: string,
): HTMLElement {
  const byService = query.get('by') === 'service';
  const onlyEyes = query.get('only') === 'eyes';
  const nameOf = ({ row: of }: Seen) => (byService ? of.service : of.environment);
  const names = [...new Set(byService ? seen.map(nameOf) : places.map(({ environment }) => environment))];
  const groups = names.map((name) => {
    const all = seen.filter((of) => nameOf(of) === name);
    const eyes = all.filter(needsEyes);
    const first = [...eyes, ...all.filter((of) => !needsEyes(of))];
    const fold =
      query.get('open') !== name && eyes.length === 0 && all.length > 1 && seen.length > FOLD_ABOVE;
    const shown = onlyEyes ? eyes : fold ? [] : first;
    const place = byService ? undefined : places.find(({ environment }) => environment === name);
    return h(
      'div.group',
      { role: 'rowgroup', 'data-key': name },
      groupHead(name, all, place, fold && !onlyEyes),
      shown.map((of) => row(of, byService, !byService && of.row.environment !== places[0]?.environment, at)),
    );
  });
  return h(
    'div.panel.rows',
    { role: 'table', 'aria-label': 'Services' },
    h(
      'div',
      { role: 'rowgroup' },
      h(
        'div.heads.cells',
        { role: 'row' },
        HEADS.map((head) => h('div', { role: 'columnheader' }, head)),
      ),
    ),
    groups,
  );
}

function groupHead(name: string, all: readonly Seen[], place: Place | undefined, fold: boolean): HTMLElement {
  const many = `${all.length} ${all.length === 1 ? 'service' : 'services'}`;
  const about = place
    ? `${many}, image tag = ${place.tags}`
    : `in ${all.length} ${all.length === 1 ? 'environment' : 'environments'}`;
  return h(
    'div.grouphead',
    { role: 'row' },
    h(
      'div',
      { role: 'cell', 'aria-colspan': String(HEADS.length) },
      h('b', {}, name),
      h('span.dim', {}, about),
      fold &&
        h(
          'button.plain',
          { onclick: () => choose('open', name) },
          `nothing to see, show ${all.length === 2 ? 'both' : `all ${all.length}`}`,
        ),
      place?.freeze && freeze(place.freeze),
    ),
  );
}

function freeze({ from, to, reason, now: holds }: NonNullable<Place['freeze']>): HTMLElement {
  const text = `${weekday(from)} ${hour(from)} to ${weekday(to)} ${hour(to)}`;
  const left = lasted(Math.abs(secondsBetween(holds ? to : from, serverNow())));
  return h(
    'span.freeze',
    { class: holds ? 'wait' : 'soft' },
    icon('lock'),
    holds ? `Frozen from ${text}` : `Freeze from ${text}`,
    h('span.dim', {}, `${reason}; ${holds ? `ends in ${left}` : `begins in ${left}`}`),
  );
}
