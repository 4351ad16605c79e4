/** The page: which view the address names, drawn again in place whenever something has changed. */
import type { Now } from '../model/now.ts';
import { approval } from './approval/page.ts';
import { h } from './base/dom.ts';
import { follow, isStale } from './base/live.ts';
import { morph } from './base/morph.ts';
import { route } from './base/route.ts';
import { forget, piece, refresh, refreshFailed, whenChanged } from './base/store.ts';
import { width } from './base/width.ts';
import { deployment } from './deployment/page.ts';
import { scrolled } from './history/list.ts';
import { history } from './history/page.ts';
import { metrics } from './metrics/page.ts';
import { schedules } from './metrics/schedules.ts';
import { now } from './now/page.ts';
import { type Key, listen, useKeys } from './shell/keys.ts';
import { foot, liveness, top } from './shell/shell.ts';

/** What a page gives: its content, its name for the title, its keys, the deployment that it follows. */
export interface View {
  readonly content: HTMLElement;
  readonly title: string;
  readonly keys: readonly Key[];
  readonly follows?: string;
  /** A sentence that is to be heard when it becomes another one: the verdict. */
  readonly announces?: string;
  /** Whether its times run on while nothing arrives. */
  readonly moves?: boolean;
}

const PAGES = { now, history, deployment, approval, metrics, schedules } as const;
/** What AWS says of services and metrics comes with no event: it is asked again while somebody looks. */
const ASK_AGAIN_MS = 10_000;
/** Ages are told to the minute. */
const AGES_MS = 15_000;

const shell = h('div.shell', {}, h('main', { id: 'main', tabindex: '-1' }));
const heard = h('p.unseen', { 'aria-live': 'polite', id: 'heard' });
let announced: string | null = null;
let drawn = '';
let waiting = false;
let tick: () => void = () => {};

function draw(): void {
  waiting = false;
  const at = route();
  const page = (at.page in PAGES ? at.page : 'now') as keyof typeof PAGES;
  const view = PAGES[page](at);
  const keys = useKeys(view.keys);
  follow(view.follows ?? '', announce);
  document.body.classList.toggle('stale', isStale(Date.now()));
  document.title = `${view.title} · Lockstep`;
  const whole = h(
    'div.shell',
    { 'data-width': width() },
    h('a.skip', { href: '#main', onclick: skip }, 'To the content'),
    top(page, piece<Now>('/api/now').value),
    h(
      'main',
      { id: 'main', tabindex: '-1' },
      h('div', { 'data-key': page + at.parts.join('/') }, view.content),
    ),
    foot(keys),
  );
  morph(shell, whole);
  tick = view.moves
    ? redraw
    : () => {
        document.body.classList.toggle('stale', isStale(Date.now()));
        replace('.liveness', liveness());
        replace('.foot', foot(keys));
      };
  const address = page + at.parts.join('/');
  if (drawn !== address) {
    scrollTo(0, 0);
    // A reader who follows a link expects to go on from the page's head, not from where the link was.
    if (drawn) document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
    announced = null;
    drawn = address;
    forget(
      (path) =>
        path.startsWith('/api/deployment/') && path.split('/')[3] !== encodeURIComponent(at.parts[0] ?? ''),
    );
  }
  if (view.announces !== undefined) {
    if (announced !== null && announced !== view.announces) announce(view.announces);
    announced = view.announces;
  }
}

function replace(selector: string, by: HTMLElement): void {
  const there = shell.querySelector(selector);
  if (there) morph(there, by);
}

function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main')?.focus();
}

function announce(sentence: string): void {
  heard.textContent = sentence;
}

/** However much changes at once, it is drawn once a frame. */
function redraw(): void {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(draw);
}

document.body.replaceChildren(shell, heard);
whenChanged(redraw, draw);
listen();
addEventListener('hashchange', redraw);
addEventListener('resize', redraw);
// A list that shows only what can be seen follows the page's scrolling.
addEventListener('scroll', scrolled, { passive: true });
setInterval(() => tick(), 1_000);
setInterval(redraw, AGES_MS);
setInterval(() => {
  if (document.hidden) return;
  refreshFailed();
  refresh((path) => path.startsWith('/api/service/') || path.startsWith('/api/metrics/'));
}, ASK_AGAIN_MS);
draw();
