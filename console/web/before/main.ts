/** The page: which view the address names, and when to read it again. */

import { deployment } from './deployment.ts';
import { element } from './dom.ts';
import { history } from './history.ts';
import { now } from './now.ts';

const STALE_MS = 10_000;
const main = document.querySelector('main') as HTMLElement;
const live = document.querySelector('#live') as HTMLElement;
const said = document.querySelector('#said') as HTMLElement;
let drawing = 0;
let announced = '';

async function show(): Promise<void> {
  const mine = ++drawing;
  const [page = 'now', id = ''] = location.hash.replace(/^#\/?/, '').split('?')[0]?.split('/') ?? [];
  const view = page === 'history' ? history : page === 'deployment' ? deployment : now;
  let made: HTMLElement;
  try {
    made = await view(id);
  } catch (error) {
    made = element(
      'div',
      {},
      element('h1', {}, 'This could not be read.'),
      `${(error as Error).message} What runs goes on; load the page again.`,
    );
  }
  // Whoever has gone on to another page meanwhile, or is asked something, is not disturbed.
  if (mine !== drawing || document.querySelector('dialog[open]')) return;
  const focused = (document.activeElement as HTMLAnchorElement | null)?.getAttribute('href');
  main.replaceChildren(made);
  if (focused) main.querySelector<HTMLElement>(`a[href="${CSS.escape(focused)}"]`)?.focus();
  document.querySelector('nav')?.replaceChildren(
    ...[
      ['#/now', 'Now'],
      ['#/history', 'History'],
    ].map(([href = '', text = '']) =>
      element('a', { href, ...((page || 'now') === href.slice(2) && { 'aria-current': 'page' }) }, text),
    ),
  );
  const title = made.querySelector('h1')?.textContent ?? '';
  if (title !== announced) said.textContent = announced = title;
}

let readAt = 0;
const events = new EventSource('/api/events');
events.addEventListener('changed', () => void show());
events.addEventListener('read', () => {
  readAt = Date.now();
});
setInterval(() => {
  const stale = Date.now() - readAt > STALE_MS;
  live.classList.toggle('stale', stale);
  document.body.classList.toggle('stale-page', stale && readAt > 0);
  live.textContent = stale
    ? readAt
      ? `Not live since ${new Date(readAt).toLocaleTimeString()}`
      : 'Connecting'
    : 'Live';
}, 1_000);

let pressed = '';
addEventListener('keydown', (event) => {
  if ((event.target as HTMLElement).matches('input') || event.metaKey || event.ctrlKey || event.altKey)
    return;
  const links = [...main.querySelectorAll<HTMLAnchorElement>('tbody a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  if (event.key === 'j') links[Math.min(at + 1, links.length - 1)]?.focus();
  if (event.key === 'k') links[Math.max(at - 1, 0)]?.focus();
  if (pressed === 'g' && event.key === 'n') location.hash = '#/now';
  if (pressed === 'g' && event.key === 'h') location.hash = '#/history';
  pressed = event.key;
});
addEventListener('hashchange', () => void show());
void show();
