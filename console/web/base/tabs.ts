/** Tabs whose choice stands in the address; arrows move between them. */
import { type Child, h } from './dom.ts';
import { choose } from './route.ts';

export interface Tab {
  readonly id: string;
  readonly label: Child;
  /** How many things are in it. */
  readonly count?: number;
}

export function tabs(name: string, label: string, all: readonly Tab[], chosen: string): HTMLElement {
  return h(
    'div.tabs',
    { role: 'tablist', 'aria-label': label, onkeydown: move },
    all.map((tab) =>
      h(
        'button',
        {
          role: 'tab',
          id: `${name}-${tab.id}`,
          'aria-selected': String(tab.id === chosen),
          'aria-controls': `${name}-panel`,
          tabindex: tab.id === chosen ? '0' : '-1',
          onclick: () => choose(name, tab.id),
        },
        tab.label,
        tab.count !== undefined && h('span.count', {}, tab.count),
      ),
    ),
  );
}

export function tabPanel(name: string, chosen: string, ...children: readonly Child[]): HTMLElement {
  return h(
    'div.tabpanel',
    { role: 'tabpanel', id: `${name}-panel`, 'aria-labelledby': `${name}-${chosen}`, tabindex: '0' },
    children,
  );
}

function move(event: KeyboardEvent): void {
  const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]')];
  const next = all[(all.indexOf(event.target as HTMLElement) + by + all.length) % all.length];
  next?.click();
  next?.focus();
}
