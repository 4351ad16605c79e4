/** Logs of the new tasks, the migration and the build; they start at the lines that decided. */
import type { Deployment } from '../../model/deployment.ts';
import type { LogLine, Logs } from '../../model/evidence.ts';
import { type Child, h } from '../base/dom.ts';
import { clock, count } from '../base/format.ts';
import { drawn } from '../base/problem.ts';
import { choose } from '../base/route.ts';
import { piece } from '../base/store.ts';
import { tabPanel, tabs } from '../base/tabs.ts';

/** Lines that are shown before somebody asks for all. */
const AROUND = 14;
/** More lines than this at once make a page slow; the rest is in the log group, a command away. */
const MOST = 2_000;

export function logPanel(of: Deployment, path: string, query: URLSearchParams): HTMLElement {
  const sources = of.logSources;
  const chosen = sources.find(({ id }) => id === query.get('log')) ?? sources[0];
  if (!chosen) {
    return h(
      'section.panel',
      { 'aria-label': 'Logs' },
      h('div.head', {}, h('h2', {}, 'Logs')),
      h('p.waiting', {}, 'Nothing has written a log yet.'),
    );
  }
  const logs = piece<Logs>(`${path}/logs?source=${encodeURIComponent(chosen.id)}`);
  const all = query.get('lines') === 'all';
  const shown = logs.value ? (all ? logs.value.lines.slice(-MOST) : around(logs.value)) : [];
  return h(
    'section.panel.evidence',
    { 'aria-label': 'Logs' },
    h(
      'div.head',
      {},
      tabs(
        'log',
        'Logs',
        sources.map(({ id, label }) => ({ id, label: labelOf(label) })),
        chosen.id,
      ),
      logs.value && h('span.dim', {}, said(shown.length, logs.value, all)),
    ),
    tabPanel(
      'log',
      chosen.id,
      drawn(logs, 'the log', () => lines(shown)),
    ),
    logs.value && foot(logs.value, shown.length, all),
  );
}

/** The id of a task in the fixed font. */
function labelOf(label: string): Child {
  const [, words, id] = /^(.*\btask )(\S+)$/.exec(label) ?? [];
  return words && id ? [words, h('code', {}, id)] : label;
}

function said(shown: number, { all, lines: known }: Logs, whole: boolean): string {
  if (shown >= all) return `${count(all)} lines`;
  const decisive = known.some((line) => line.decisive);
  return `${count(shown)} of ${count(all)} lines${decisive && !whole ? ', around the verdict' : ''}`;
}

function around({ lines: all, open }: Logs): readonly LogLine[] {
  const last = all.findLastIndex(({ decisive }) => decisive);
  if (open || last < 0) return all.slice(-AROUND);
  const first = all.findIndex(({ decisive }) => decisive);
  const from = Math.max(0, Math.min(first - 6, last - AROUND + 3, all.length - AROUND));
  return all.slice(from, from + AROUND);
}

function foot({ all, lines: known, open }: Logs, shown: number, whole: boolean): HTMLElement {
  const decisive = known.some((line) => line.decisive);
  return h(
    'div.panelfoot',
    {},
    h(
      'span',
      {},
      open
        ? 'Follows live.'
        : decisive && ['Decisive lines are marked. ', h('span.keyhint', {}, 'Press n for the next one.')],
    ),
    whole
      ? h('button.plain', { onclick: () => choose('lines', '') }, 'Show fewer')
      : known.length > shown &&
          h('button.plain', { onclick: () => choose('lines', 'all') }, `Show all ${count(all)}`),
  );
}

function lines(all: readonly LogLine[]): Child {
  if (all.length === 0) return h('p.waiting', {}, 'No line yet.');
  return h('ol.log', {}, all.map(line));
}

const LEVELS: Readonly<Record<string, string>> = { warn: 'wait', error: 'bad', fatal: 'bad' };

function line({ at, level, text, decisive }: LogLine, index: number, all: readonly LogLine[]): HTMLElement {
  // A stack trace belongs to the line above it: time and level are said once.
  const goesOn = all[index - 1]?.at === at && /^\s/.test(text);
  return h(
    'li',
    { class: decisive ? 'decisive' : null, tabindex: decisive ? '-1' : null },
    h('time.dim', { datetime: at }, goesOn ? '' : [clock(at), h('span.ms', {}, `.${at.slice(20, 23)}`)]),
    h('span', { class: LEVELS[level ?? ''] ?? 'soft' }, goesOn ? '' : (level ?? '')),
    h('span.words', {}, decisive && h('span.unseen', {}, 'decisive: '), text),
  );
}

/** Moves to the next line that decided; from the last one to the first. */
export function nextDecisive(): void {
  const all = [...document.querySelectorAll<HTMLElement>('.log .decisive')];
  const next = all[(all.indexOf(document.activeElement as HTMLElement) + 1) % Math.max(all.length, 1)];
  next?.focus();
  next?.scrollIntoView({ block: 'center' });
}
