/** Every statement on one line: lock, rewrite, scan, time, the old code afterwards, verdict. */
import type { Approval, ApprovalStatement, Compatible } from '../../model/approval.ts';
import { type Child, h, say } from '../base/dom.ts';
import { count } from '../base/format.ts';
import { icon } from '../base/marks.ts';
import { range, tooLong } from './range.ts';
import { COMPATIBLE, severityMark } from './severity.ts';
import { timeBar } from './time-bar.ts';

const COLUMNS = 10;

export function statements(of: Approval): HTMLElement {
  const heads: [string, Child][] = [
    ['line', h('span.unseen', {}, 'Line')],
    ['', 'Statement'],
    ['', 'Lock'],
    ['', 'Rewrite'],
    ['', 'Scan'],
    ['', `Time, limit ${of.maxLockSeconds} s`],
    ['fits', 'compatible'],
    ['fits', 'until written'],
    ['fits', 'incompatible'],
    ['', 'Verdict'],
  ];
  return h(
    'section.panel.statements',
    { tabindex: '0', role: 'region', 'aria-label': 'Statements' },
    h(
      'table',
      {},
      h('caption.unseen', {}, 'Pending statements in order'),
      h(
        'thead',
        {},
        h(
          'tr',
          { class: 'over' },
          h('td', { colspan: 6 }),
          h(
            'th',
            { colspan: 3, scope: 'colgroup' },
            'Old code ',
            of.oldCode && h('code', {}, of.oldCode),
            ' afterwards',
          ),
          h('td'),
        ),
        h(
          'tr',
          {},
          heads.map(([name, text]) => h('th', { scope: 'col', class: name || null }, text)),
        ),
      ),
      of.migrations.map((migration) =>
        h(
          'tbody',
          { 'data-key': migration.name },
          h(
            'tr.grouprow',
            {},
            h(
              'th',
              { scope: 'rowgroup', colspan: COLUMNS },
              h('code', {}, `${migration.name}/migration.sql`),
              h(
                'span.dim',
                {},
                `${migration.statements.length} ${migration.statements.length === 1 ? 'statement' : 'statements'}${migration.sha256 ? `, sha256 ${migration.sha256.slice(0, 4)}…` : ''}`,
              ),
            ),
          ),
          migration.statements.map((statement) => row(statement, of.maxLockSeconds)),
        ),
      ),
    ),
  );
}

function row(statement: ApprovalStatement, limit: number): HTMLElement {
  const { line, text, lock, table, waits, rewrites, scans, rows, estimate, severity, findings } = statement;
  return h(
    'tr',
    {},
    h('td.line', {}, line),
    h('td.text', {}, h('code', { title: text }, text)),
    h(
      'td',
      {},
      h('div', {}, lock ?? 'none on tables'),
      h('div.second', {}, [table, waits].filter(Boolean).join(': ')),
    ),
    h('td', { class: rewrites ? 'wait' : 'soft' }, rewrites ? 'all rows' : 'no'),
    h('td', { class: scans ? null : 'soft' }, scans ? rowsOf(rows) : rows === 0 ? 'empty' : 'no'),
    h(
      'td',
      {},
      h(
        'div.timed',
        {},
        timeBar(estimate, limit),
        h('span', { class: !estimate ? 'dim' : tooLong(estimate, limit) ? 'wait' : null }, range(estimate)),
      ),
    ),
    (['compatible', 'until-written', 'incompatible'] as const).map((kind) => fits(kind, statement)),
    h(
      'td',
      {},
      severityMark(severity),
      findings.map((index) =>
        h(
          'a.place',
          {
            href: `#finding-${index}`,
            onclick: (event: Event) => toFinding(event, index),
            'aria-label': `Finding ${index + 1}`,
          },
          index + 1,
        ),
      ),
    ),
  );
}

/** The address names the page: a finding is gone to without changing it. */
function toFinding(event: Event, index: number): void {
  event.preventDefault();
  const card = document.querySelector<HTMLElement>(`#finding-${index}`);
  card?.scrollIntoView({ block: 'start' });
  card?.focus({ preventScroll: true });
}

function rowsOf(rows: number | null): string {
  if (rows === null) return 'all rows';
  if (rows >= 1_000_000) return `${(rows / 1_000_000).toFixed(1)} M rows`;
  return `${count(rows)} rows`;
}

function fits(
  kind: Exclude<Compatible, 'unknown'>,
  { compatible, compatibleNote }: ApprovalStatement,
): HTMLElement {
  if (kind !== compatible) {
    const unknown = compatible === 'unknown' && kind === 'until-written';
    return h('td.fits', {}, h('span.dim', {}, unknown ? 'unknown' : '–'));
  }
  const { tone, icon: sign, word } = COMPATIBLE[kind];
  return h(
    'td.fits',
    {},
    h('span', { class: tone }, sign && icon(sign, 12), h('span.unseen', {}, word), ' ', say(compatibleNote)),
  );
}
