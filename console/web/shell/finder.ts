/** Search over what the page knows already: services, and deployments by id, commit, subject. */
import type { History } from '../../model/history.ts';
import type { Now } from '../../model/now.ts';
import { h } from '../base/dom.ts';
import { icon } from '../base/marks.ts';
import { address } from '../base/route.ts';
import { piece } from '../base/store.ts';

interface Found {
  readonly href: string;
  readonly name: string;
  readonly about: string;
}

const MOST = 8;
let found: readonly Found[] = [];
let at = 0;

export function finder(): HTMLElement {
  // What was asked for while somebody typed may have come.
  if (document.querySelector<HTMLInputElement>('#find')?.value) update();
  return h(
    'div.finder',
    { role: 'search', 'data-own': 'finder' },
    icon('find'),
    h('input', {
      id: 'find',
      type: 'search',
      placeholder: 'Commit, service or deployment',
      'aria-label': 'Commit, service or deployment',
      role: 'combobox',
      'aria-expanded': 'false',
      'aria-controls': 'found',
      'aria-autocomplete': 'list',
      autocomplete: 'off',
      oninput: list,
      onkeydown: press,
    }),
    h('kbd', { 'aria-hidden': 'true' }, '/'),
    h('ul.found', { id: 'found', role: 'listbox', 'aria-label': 'Found', hidden: true }),
  );
}

function list(): void {
  at = 0;
  update();
}

function update(): void {
  const words = input().value.toLowerCase().trim();
  found = words ? search(words) : [];
  at = Math.max(0, Math.min(at, found.length - 1));
  draw();
}

function draw(): void {
  const box = document.querySelector('#found') as HTMLElement;
  box.hidden = found.length === 0;
  input().setAttribute('aria-expanded', String(found.length > 0));
  if (found.length > 0) input().setAttribute('aria-activedescendant', `found-${at}`);
  else input().removeAttribute('aria-activedescendant');
  box.replaceChildren(
    ...found.map(({ name, about }, index) =>
      h(
        'li',
        {
          id: `found-${index}`,
          role: 'option',
          'aria-selected': String(index === at),
          onmousedown: () => open(index),
        },
        h('code', {}, name),
        h('span.cut.dim', {}, about),
      ),
    ),
  );
}

function press(event: KeyboardEvent): void {
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(Math.min(at + 1, found.length - 1)),
    ArrowUp: () => move(Math.max(at - 1, 0)),
    Enter: () => open(at),
    Escape: clear,
  };
  const does = keys[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

function move(to: number): void {
  at = to;
  draw();
}

function open(index: number): void {
  const chosen = found[index];
  if (chosen) location.hash = chosen.href;
  clear();
}

function clear(): void {
  input().value = '';
  found = [];
  draw();
  input().blur();
}

const input = () => document.querySelector('#find') as HTMLInputElement;

function search(words: string): Found[] {
  const now = piece<Now>('/api/now').value;
  const history = piece<History>('/api/history?days=90').value;
  const services = (now?.rows ?? []).map(({ service, environment, journal }) => {
    const id = journal.known ? journal.value.latest?.id : null;
    const href = id ? address('deployment', [id]) : address('metrics', [environment, service]);
    return { href, name: service, about: environment };
  });
  const deployments = (history?.rows ?? []).map(({ id, release, service, environment }) => ({
    href: address('deployment', [id]),
    name: id,
    about: [release?.name, release?.subject, service, environment].filter(Boolean).join(' '),
  }));
  return [...services, ...deployments]
    .filter(({ name, about }) => `${name} ${about}`.toLowerCase().includes(words))
    .slice(0, MOST);
}
