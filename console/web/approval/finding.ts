/** A finding: what it locks and for how long, whether the old code still works, as written beside the safe form. */
import type { Approval, ApprovalFinding } from '../../model/approval.ts';
import { type Child, h, say } from '../base/dom.ts';
import { icon, markOf } from '../base/marks.ts';
import { meanwhile, meanwhileSafe } from './meanwhile.ts';
import { range, tooLong } from './range.ts';
import { COMPATIBLE } from './severity.ts';

/** Lines of the file around the finding that make it readable. */
const BEFORE = 4;
const AFTER = 3;

export function findingCard(finding: ApprovalFinding, index: number, of: Approval): HTMLElement {
  const sql = of.migrations.find(({ name }) => name === finding.migration)?.sql ?? '';
  return h(
    'article.panel.findingcard',
    {
      id: `finding-${index}`,
      tabindex: '-1',
      'data-row': true,
      'data-key': `${finding.migration}:${finding.line}:${finding.rule}`,
      'aria-label': `Finding ${index + 1}, ${finding.rule}`,
    },
    h(
      'div.head',
      {},
      h(
        'h2',
        {},
        markOf(finding.severity === 'blocked' ? 'build-failed' : 'waiting', 14),
        h('span.dim', {}, index + 1),
        h('code', {}, finding.rule),
      ),
      h('p.why', {}, say(finding.why)),
    ),
    figures(finding, of.maxLockSeconds),
    oldCode(finding),
    h('div.forms', {}, asWritten(finding, sql), safeForm(finding)),
    h('div.forms.meanwhile', {}, meanwhile(finding), finding.safe ? meanwhileSafe() : h('div.form')),
    (finding.help || finding.behind) &&
      h(
        'div.helpline',
        {},
        finding.help && h('p', {}, say(finding.help)),
        finding.behind && h('p.wait', {}, say(finding.behind)),
      ),
  );
}

function figures(of: ApprovalFinding, limit: number): HTMLElement {
  const { lock, table, waits, rewrites, scans, estimate, failsToday } = of;
  const [who, ...rest] = waits.replace(/ waits?$/, '').split(';');
  const cells: [string, Child, Child, string?][] = [
    ['Lock', lock ?? 'none on tables', table ? `on ${table}` : ''],
    ['Waits', lock ? (who ?? '') : 'nobody', rest.join(';')],
    ['Rewrite, scan', `${rewrites ? 'full' : 'no'}, ${scans ? 'full' : 'no'}`, ''],
    ['Time', range(estimate), estimate?.reason ?? '', estimate && tooLong(estimate, limit) ? 'wait' : ''],
    ['Fails today?', failsToday.answer, say(failsToday.note), failsToday.answer === 'yes' ? 'bad' : ''],
  ];
  return h(
    'dl.figures',
    {},
    cells.map(([label, value, about, tone]) =>
      h(
        'div',
        {},
        h('dt', {}, label),
        h('dd', { class: tone || null }, value),
        about ? h('dd.second', {}, about) : null,
      ),
    ),
  );
}

function oldCode({ compatible, reads, writes, newRows }: ApprovalFinding): HTMLElement {
  const all = ['compatible', 'until-written', 'incompatible'] as const;
  const tells: [string, string][] = [
    ['reads', reads],
    ['writes', writes],
    ['reads of new rows', newRows],
  ];
  return h(
    'div.oldcode',
    {},
    h('span.dim', {}, 'Old code then'),
    h(
      'span.fit',
      { role: 'img', 'aria-label': COMPATIBLE[compatible].word },
      all.map((kind) => {
        const { word, tone, icon: sign } = COMPATIBLE[kind];
        return h('span', { class: kind === compatible ? `${tone} is` : null }, sign && icon(sign, 12), word);
      }),
    ),
    tells.map(
      ([what, text]) =>
        text &&
        h(
          'span.tell',
          {},
          h('b', {}, what),
          ' ',
          h('span', { class: text === 'work' ? 'soft' : COMPATIBLE[compatible].tone }, say(text)),
        ),
    ),
  );
}

function asWritten({ line, lastLine, migration }: ApprovalFinding, sql: string): HTMLElement {
  const all = sql.replace(/\n$/, '').split('\n');
  const from = Math.max(1, line - BEFORE);
  const shown = all.slice(from - 1, Math.max(line, lastLine) + AFTER);
  return h(
    'div.form',
    {},
    h(
      'div.formhead',
      {},
      h('h3', {}, 'As written'),
      h('code.cut', { title: migration }, `${migration}/migration.sql`),
    ),
    h(
      'ol.code',
      { 'aria-label': 'The statement in its file' },
      shown.map((text, index) => {
        const at = from + index;
        const here = at >= line && at <= Math.max(line, lastLine);
        return h('li', { class: here ? 'here' : null }, h('span.no', {}, at), sqlText(text));
      }),
    ),
  );
}

const WHEN: Readonly<Record<string, string>> = {
  'this-release': 'this release',
  'next-release': 'next release',
  'later-release': 'the one after',
};

function safeForm({ safe }: ApprovalFinding): HTMLElement {
  if (!safe) {
    return h(
      'div.form',
      {},
      h('div.formhead', {}, h('h3', {}, 'Safe form')),
      h('p.about', {}, 'There is none that does the same without what is said above.'),
    );
  }
  const releases = new Set(safe.steps.map(({ when }) => when)).size;
  return h(
    'div.form.safeform',
    { tabindex: '-1' },
    h(
      'div.formhead',
      {},
      h('h3', {}, 'Safe form'),
      h('span.dim', {}, releases === 1 ? 'one release' : `${releases} releases`),
    ),
    safe.steps.map(({ when, name, sql }) => [
      h('p.step', {}, h('span.dim', {}, `${WHEN[when] ?? when}: `), h('code', {}, name)),
      h(
        'ol.code',
        { 'aria-label': name },
        sql
          .replace(/\n$/, '')
          .split('\n')
          .map((text, index) => h('li', {}, h('span.no', {}, index + 1), sqlText(text))),
      ),
    ]),
    h('p.about', {}, say(safe.summary)),
  );
}

/** Comments and strings are softer than what is done. */
function sqlText(line: string): HTMLElement {
  const parts = line.split(/(--.*$|'(?:[^']|'')*')/);
  return h(
    'code.words',
    {},
    parts.map((part) => (/^(--|')/.test(part) ? h('span.soft', {}, part) : part)),
  );
}
