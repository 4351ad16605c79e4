/** The list: of a thousand rows only those that can be seen are in the page, all of the same height. */
import type { History, HistoryRow } from '../../model/history.ts';
import { h, plain, say } from '../base/dom.ts';
import { hour, sameDay, took, weekday } from '../base/format.ts';
import { MARKS, markOf } from '../base/marks.ts';
import { morph } from '../base/morph.ts';
import { address } from '../base/route.ts';
import { serverNow } from '../base/server-time.ts';
import { isNarrow } from '../base/width.ts';
import { durationBar, KINDS } from './duration.ts';

const HEIGHT = 30;
const NARROW_HEIGHT = 52;
/** Rows above and below the window that are there already when somebody scrolls. */
const SPARE = 12;
const HEADS = ['When', 'Verdict', 'Service', 'Release', 'By', 'Duration', 'Took', 'Runs afterwards', 'Id'];

type Item = { readonly day: string } | { readonly row: HistoryRow };

interface Shown {
  readonly items: readonly Item[];
  readonly height: number;
  /** Seconds that fill a bar. */
  readonly longest: number;
}

let shown: Shown = { items: [], height: HEIGHT, longest: 60 };
let range: readonly [number, number] = [0, 0];
/** Made once for an answer: its rows are a thousand. */
const made = new WeakMap<readonly HistoryRow[], Omit<Shown, 'height'>>();

export function list({ rows, at }: History): HTMLElement {
  const known = made.get(rows) ?? { items: itemsOf(rows, at), longest: longestOf(rows) };
  made.set(rows, known);
  shown = { ...known, height: isNarrow() ? NARROW_HEIGHT : HEIGHT };
  range = inWindow(shown);
  return h(
    'div.panel.list',
    { role: 'table', 'aria-label': 'Deployments', 'aria-rowcount': shown.items.length + 1 },
    h(
      'div',
      { role: 'rowgroup' },
      h(
        'div.heads.listrow',
        { role: 'row', 'aria-rowindex': 1 },
        HEADS.map((head) =>
          h(
            'div',
            { role: 'columnheader', class: head === 'Took' || head === 'Id' ? 'number' : null },
            head,
            head === 'Duration' && legend(),
          ),
        ),
      ),
    ),
    windowOf(shown, range),
  );
}

/** After the page was scrolled: the rows that are there now, and nothing else of the page. */
export function scrolled(): void {
  const there = document.querySelector('#window');
  if (!there) return;
  const next = inWindow(shown);
  // While a few rows are left on both sides there is nothing to do.
  if (Math.abs(next[0] - range[0]) < SPARE / 2 && Math.abs(next[1] - range[1]) < SPARE / 2) return;
  range = next;
  morph(there, windowOf(shown, range));
}

function windowOf({ items, height, longest }: Shown, [from, to]: readonly [number, number]): HTMLElement {
  return h(
    'div.window',
    { role: 'rowgroup', id: 'window', style: { height: `${items.length * height}px` } },
    items.slice(from, to).map((item, index) => {
      const place = from + index;
      const style = { transform: `translateY(${place * height}px)`, height: `${height}px` };
      return 'day' in item
        ? h(
            'div.dayrow',
            { role: 'row', 'data-key': item.day, 'aria-rowindex': place + 2, style },
            h('div', { role: 'cell', 'aria-colspan': HEADS.length }, item.day),
          )
        : row(item.row, longest, place + 2, style);
    }),
  );
}

/** Each day has a row of its own, so that every row has the same height. */
function itemsOf(rows: readonly HistoryRow[], now: string): Item[] {
  const items: Item[] = [];
  let before = '';
  for (const row of rows) {
    if (!before || !sameDay(before, row.startedAt)) {
      items.push({ day: `${sameDay(row.startedAt, now) ? 'Today, ' : ''}${weekday(row.startedAt)}` });
    }
    before = row.startedAt;
    items.push({ row });
  }
  return items;
}

/** Of what the page scrolls; before the list is there, its first screen. */
function inWindow({ items: { length: count }, height }: Shown): [number, number] {
  const top = document.querySelector('#window')?.getBoundingClientRect().top ?? 0;
  const first = Math.max(0, Math.floor(-top / height) - SPARE);
  const seen = Math.ceil(innerHeight / height) + SPARE * 2;
  return [Math.min(first, Math.max(0, count - seen)), Math.min(count, first + seen)];
}

/** One that took hours does not make slivers of all others: the bars are cut at thrice the usual. */
function longestOf(rows: readonly HistoryRow[]): number {
  const sorted = rows.map(({ seconds }) => seconds).sort((one, other) => one - other);
  const usual = sorted[Math.floor(sorted.length * 0.5)] ?? 60;
  return Math.max(60, Math.min(sorted.at(-1) ?? 60, usual * 3));
}

function row(of: HistoryRow, longest: number, index: number, style: Record<string, string>): HTMLElement {
  const { id, mark, service, environment, release, startedAt, by, runsAfterwards } = of;
  const seconds = of.endedAt
    ? of.seconds
    : Math.max(of.seconds, (serverNow() - Date.parse(startedAt)) / 1000);
  const { tone, word } = MARKS[mark];
  const quiet = mark === 'succeeded' || mark === 'unchanged' || tone === 'dull';
  const name = `${id.slice(0, 8)}: ${service} in ${environment}, ${release?.name ?? 'no release'}, ${word}`;
  return h(
    'div.listrow',
    { role: 'row', 'data-key': id, 'aria-rowindex': index, style },
    cell('when', h('time.soft', { datetime: startedAt, title: startedAt }, hour(startedAt))),
    cell(
      'verdict',
      markOf(mark),
      h('span', { class: quiet ? null : tone }, mark === 'waiting' ? 'waits for approval' : mark),
    ),
    cell('service', h('b', {}, service), ' ', h('span.dim', {}, environment)),
    cell(
      'release',
      h('code', {}, release?.name ?? '–'),
      ' ',
      h('span.soft', { title: release?.subject ?? '' }, release?.subject),
    ),
    cell('by', by),
    cell('bar', durationBar(of, seconds, longest)),
    cell('took', took(seconds)),
    h('div.on-after.cut', { role: 'cell', title: plain(runsAfterwards) }, say(runsAfterwards)),
    cell(
      'id',
      h(
        'a',
        { href: address('deployment', [id]), 'data-row': true, 'aria-label': name },
        h('code', {}, id.slice(0, 8)),
      ),
    ),
  );
}

function cell(name: string, ...children: Parameters<typeof h>[2][]): HTMLElement {
  return h(`div.on-${name}.cut`, { role: 'cell' }, children);
}

function legend(): HTMLElement {
  return h(
    'span.barlegend',
    {},
    KINDS.map(([kind, word]) => h('span', {}, h('i', { class: kind, 'aria-hidden': 'true' }), word)),
  );
}
