/** The keyboard. A key that a page has is a sentence in its foot and in the list that `?` opens. */
import { h } from '../base/dom.ts';

export interface Key {
  /** As people read it: `j k`, `g n`. */
  readonly press: string;
  readonly does: string;
  /** Whether the foot has room for it. */
  readonly foot?: boolean;
  /** What each of its keys does; `g n` is one key of two strokes. */
  readonly run: Readonly<Record<string, () => void>>;
}

/** Moves the focus in the list that the page marks with `data-row`. */
export function moveRow(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')].filter(
    (row) => row.offsetParent,
  );
  const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next =
    rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

export const MOVE: Key = {
  press: 'j k',
  does: 'move',
  foot: true,
  run: { j: () => moveRow(1), k: () => moveRow(-1) },
};
/** The browser opens what has the focus; the key stands in the list so that nobody has to guess. */
export const OPEN: Key = { press: 'enter', does: 'open', foot: true, run: {} };

const EVERYWHERE: readonly Key[] = [
  {
    press: '/',
    does: 'find',
    foot: true,
    run: { '/': () => document.querySelector<HTMLElement>('#find')?.focus() },
  },
  { press: 'g n', does: 'Now', foot: true, run: { 'g n': () => goTo('now') } },
  { press: 'g h', does: 'History', foot: true, run: { 'g h': () => goTo('history') } },
  { press: 'g m', does: 'Metrics', run: { 'g m': () => goTo('metrics') } },
  { press: 'g s', does: 'Schedules', run: { 'g s': () => goTo('schedules') } },
  { press: '?', does: 'all keys', foot: true, run: { '?': () => showKeys() } },
];

let here: readonly Key[] = EVERYWHERE;
let before = '';

/** Sets what works on this page, and gives all that works. */
export function useKeys(page: readonly Key[]): readonly Key[] {
  here = [...page, ...EVERYWHERE];
  return here;
}

function goTo(page: string): void {
  location.hash = `#/${page}`;
}

export function listen(): void {
  addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if (event.metaKey || event.ctrlKey || event.altKey || target.closest('dialog')) return;
    if (target.matches('input:not([type=checkbox]), textarea, select')) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    const pair = `${before} ${event.key}`;
    before = event.key;
    for (const { run } of here) {
      const does = run[pair] ?? run[event.key];
      if (!does) continue;
      event.preventDefault();
      before = '';
      does();
      return;
    }
  });
}

function showKeys(): void {
  const rows = here.map(({ press, does }) => [h('dt', {}, h('kbd', {}, press)), h('dd', {}, does)]);
  const dialog = h(
    'dialog.keylist',
    { 'aria-labelledby': 'keylist' },
    h('h2', { id: 'keylist' }, 'Keys on this page'),
    h('dl', {}, rows),
    h('form', { method: 'dialog' }, h('button', { autofocus: true }, 'Close')),
  ) as HTMLDialogElement;
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
