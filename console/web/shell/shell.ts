/** What stands around every page: name, pages, search, where we are, how fresh it is, the keys that work here. */
import type { Now } from '../../model/now.ts';
import { h } from '../base/dom.ts';
import { clock, weekday, zone } from '../base/format.ts';
import { isStale, lastRead } from '../base/live.ts';
import { serverNow } from '../base/server-time.ts';
import { logo } from '../base/step-mark.ts';
import { finder } from './finder.ts';
import type { Key } from './keys.ts';

const PAGES = [
  ['now', 'Now'],
  ['history', 'History'],
  ['metrics', 'Metrics'],
  ['schedules', 'Schedules'],
] as const;

/** A deployment belongs to History in the navigation, as its list does. */
const UNDER: Readonly<Record<string, string>> = { deployment: 'history', approval: 'history' };

export function top(page: string, now: Now | null): HTMLElement {
  const current = UNDER[page] ?? page;
  return h(
    'header.top',
    {},
    h('a.brand', { href: '#/now', 'aria-label': 'Lockstep, to Now' }, logo(), h('span', {}, 'Lockstep')),
    h(
      'nav.pages',
      { 'aria-label': 'Pages' },
      PAGES.map(([name, text]) =>
        h('a', { href: `#/${name}`, 'aria-current': name === current ? 'page' : null }, text),
      ),
    ),
    finder(),
    now && account(now),
    liveness(),
  );
}

function account({ places }: Now): HTMLElement {
  const accounts = [...new Set(places.map(({ account: id }) => id))];
  const regions = [...new Set(places.map(({ region }) => region))];
  const embedded = places.every((place) => place.embedded);
  return h(
    'div.account',
    {},
    embedded &&
      h(
        'span',
        { title: 'AWS as this machine plays it; nothing of it costs or reaches anything.' },
        'embedded AWS',
      ),
    h('code', {}, accounts.join(', ')),
    h('code', {}, regions.join(', ')),
  );
}

export function liveness(): HTMLElement {
  const now = serverNow();
  const since = lastRead();
  const text = since === 0 ? 'Connecting' : isStale(Date.now()) ? `Not live since ${clock(since)}` : 'Live';
  return h(
    'div.liveness',
    {},
    h('span.beat', {}, text),
    h(
      'time',
      { datetime: new Date(now).toISOString() },
      `${weekday(now)} ${clock(now)} `,
      h('span.dim', {}, zone()),
    ),
  );
}

export function foot(keys: readonly Key[]): HTMLElement {
  const since = lastRead();
  const age = (Date.now() - since) / 1000;
  return h(
    'footer.foot',
    {},
    h(
      'span',
      {},
      since === 0 ? 'Nothing read yet' : `Read from AWS ${age < 10 ? age.toFixed(1) : Math.round(age)} s ago`,
    ),
    h(
      'div.keys',
      {},
      keys
        .filter(({ foot: shown }) => shown)
        .map(({ press, does }) => h('span', {}, h('kbd', {}, press), does)),
    ),
  );
}
