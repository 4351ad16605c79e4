/** Schedules: what starts by itself, when next, how the last one ended; freezes and weekly windows. */
import type { Schedules } from '../../model/schedules.ts';
import { type Child, h, say } from '../base/dom.ts';
import { hour, lasted, secondsBetween, weekday } from '../base/format.ts';
import { icon, markWord } from '../base/marks.ts';
import { drawn, problemBox } from '../base/problem.ts';
import { address } from '../base/route.ts';
import { serverNow } from '../base/server-time.ts';
import { piece } from '../base/store.ts';
import type { View } from '../main.ts';
import { MOVE } from '../shell/keys.ts';

export function schedules(): View {
  const known = piece<Schedules>('/api/schedules');
  return {
    title: 'Schedules',
    keys: [MOVE],
    content: h(
      'div.schedules',
      {},
      h('div.title', {}, h('h1', {}, known.value ? sentenceOf(known.value) : 'Schedules')),
      drawn(known, 'the schedules', (value) => [
        value.problems.map(problemBox),
        rows(value),
        freezes(value),
        windows(value),
      ]),
    ),
  };
}

function sentenceOf({ rows: all, freezes: frozen }: Schedules): string {
  const next = all
    .flatMap(({ service, environment, next: times }) =>
      times[0] ? [{ service, environment, at: times[0] }] : [],
    )
    .sort((one, other) => one.at.localeCompare(other.at))[0];
  const now = frozen.filter(({ state }) => state === 'now');
  const first = next
    ? `Next is ${next.service} in ${next.environment}, ${weekday(next.at)} at ${hour(next.at)}.`
    : 'Nothing starts by itself.';
  return now.length > 0
    ? `${first} ${now.map(({ environment }) => environment).join(', ')} is frozen.`
    : first;
}

const at = (time: string) => `${weekday(time)} ${hour(time)}`;

function rows({ rows: all }: Schedules): Child {
  if (all.length === 0) {
    return h(
      'div.panel.empty',
      {},
      'No schedule yet. ',
      h('code', {}, '"schedule": {"cron": "0 3 * * 2", "what": "latest-published"}'),
      ' in an environment file makes one.',
    );
  }
  return h(
    'section.panel.plain',
    { tabindex: '0', role: 'region', 'aria-label': 'Schedules' },
    h(
      'table',
      {},
      h('caption.unseen', {}, 'Schedules'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Service', 'When', 'What', 'Next', 'Then', 'Last'].map((head) => h('th', { scope: 'col' }, head)),
        ),
      ),
      h(
        'tbody',
        {},
        all.map((row) =>
          h(
            'tr',
            {},
            h('td', {}, h('b', {}, row.service), ' ', h('span.dim', {}, row.environment)),
            h('td', {}, h('code', {}, row.cron), h('div.second', {}, row.timeZone)),
            h('td', {}, say(row.what)),
            h(
              'td',
              {},
              row.next[0]
                ? [
                    at(row.next[0]),
                    h(
                      'div.second',
                      {},
                      `in ${lasted(Math.max(0, -secondsBetween(row.next[0], serverNow())))}`,
                    ),
                  ]
                : '–',
            ),
            h(
              'td.soft',
              {},
              row.next.slice(1).map((time) => h('div', {}, at(time))),
            ),
            h(
              'td',
              {},
              row.last
                ? [
                    markWord(row.last.mark),
                    h(
                      'div',
                      {},
                      h(
                        'a',
                        { href: address('deployment', [row.last.id]), 'data-row': true },
                        `${at(row.last.at)}, ${row.last.id}`,
                      ),
                    ),
                  ]
                : 'never yet',
            ),
          ),
        ),
      ),
    ),
  );
}

const STATES = { over: 'over', now: 'holds now', 'to-come': 'to come' } as const;

function freezes({ freezes: all }: Schedules): Child {
  if (all.length === 0) return null;
  return h(
    'section.panel.box',
    { 'aria-label': 'Freezes' },
    h('h2', {}, 'Freezes'),
    h(
      'ul',
      {},
      all.map(({ environment, from, to, reason, state }) =>
        h(
          'li.frozen',
          { class: state === 'now' ? 'wait' : state === 'over' ? 'dim' : null },
          icon('lock'),
          h('b', {}, environment),
          `${at(from)} to ${at(to)}`,
          h('span.dim', {}, `${reason}; ${STATES[state]}`),
        ),
      ),
    ),
  );
}

function windows({ windows: all }: Schedules): Child {
  if (all.length === 0) return null;
  return h(
    'section.panel.box',
    { 'aria-label': 'Weekly windows' },
    h('h2', {}, 'Deployments are allowed'),
    h(
      'ul',
      {},
      all.map(({ environment, text }) =>
        h('li.frozen', {}, h('b', {}, environment), h('span', {}, say(text))),
      ),
    ),
  );
}
