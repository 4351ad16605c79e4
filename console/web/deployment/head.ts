/** The verdict's sentence, why, what to do, the database; beside it the facts. */
import type { Deployment } from '../../model/deployment.ts';
import { type Child, h, say } from '../base/dom.ts';
import { clock, count, day, sameDay, secondsBetween, took } from '../base/format.ts';
import { icon, MARKS, markOf } from '../base/marks.ts';
import { address } from '../base/route.ts';
import { serverNow } from '../base/server-time.ts';
import { stepMark } from '../base/step-mark.ts';
import { ask } from '../dialog/ask.ts';
import { copyLine } from './copy.ts';

export function head(of: Deployment): HTMLElement {
  return h(
    'div.verdicthead',
    {},
    h('div.says', {}, crumbs(of), verdict(of), paragraphs(of)),
    h('div.beside', {}, buttons(of), facts(of)),
  );
}

export function crumbs({
  environment,
  service,
  id,
}: Pick<Deployment, 'environment' | 'service' | 'id'>): HTMLElement {
  const slash = () => h('span.dim', { 'aria-hidden': 'true' }, '/');
  return h(
    'nav.crumbs',
    { 'aria-label': 'Where this is' },
    h('a', { href: address('history', [], { environment }) }, environment),
    slash(),
    h('a', { href: address('metrics', [environment, service]) }, service),
    slash(),
    h('code', {}, id),
  );
}

export function verdict({
  mark,
  word,
  sentence,
}: Pick<Deployment, 'mark' | 'word' | 'sentence'>): HTMLElement {
  return h(
    'div.verdict',
    {},
    markOf(mark, 24),
    h('h1', {}, h('span', { class: MARKS[mark].tone }, word), ' ', say(sentence)),
  );
}

function paragraphs(of: Deployment): HTMLElement {
  return h(
    'dl.paragraphs',
    {},
    of.paragraphs.map(({ label, text, command }) => [
      h('dt', {}, label),
      h('dd', {}, h('p', {}, say(text)), command && copyLine(command)),
    ]),
  );
}

function buttons(of: Deployment): HTMLElement {
  return h(
    'div.deeds',
    {},
    of.actions.includes('approve') && h('a.button', { href: address('approval', [of.id]) }, 'Review …'),
    of.pendingMigrations.length > 0 &&
      !of.actions.includes('approve') &&
      h('a.button', { href: address('approval', [of.id]) }, 'Migrations'),
    of.actions.includes('cancel') && h('button', { onclick: () => ask('cancel', of) }, 'Cancel …'),
    of.actions.includes('rollback') && h('button', { onclick: () => ask('rollback', of) }, 'Go back …'),
    of.executionUrl &&
      h(
        'a.button',
        { href: of.executionUrl, target: '_blank', rel: 'noreferrer', title: of.executionArn },
        'Step Functions',
        icon('out'),
      ),
  );
}

function facts(of: Deployment): HTMLElement {
  const { before, next, after } = of.release;
  const names = [before, next, after && after.name !== next?.name ? after : null]
    .flatMap((release) => (release ? [release.name] : []))
    .filter((name, index, all) => name !== all[index - 1]);
  const now = serverNow();
  const date = sameDay(of.startedAt, now) ? '' : `${day(of.startedAt)} `;
  const rows: [string, Child][] = [
    ['Release', h('code', {}, names.join(' → ') || 'not known')],
    ['Commit', next?.subject ?? null],
    ['Started', `${date}${clock(of.startedAt)} by ${of.by}`],
    ['Reason', of.reason],
    [
      of.endedAt ? 'Took' : 'Runs for',
      [
        took(secondsBetween(of.startedAt, of.endedAt ?? now)),
        of.usualSeconds !== null && h('span.dim', {}, `  usual ${took(of.usualSeconds)}`),
      ],
    ],
    ['Requests', requests(of)],
    ['Schema', h('span.schema', {}, stepMark(of.schema), h('span', {}, say(of.schema.text)))],
    ['Error', of.error && h('code', {}, of.error)],
  ];
  return h(
    'dl.facts',
    {},
    rows.map(([label, value]) => value && h('div', {}, h('dt', {}, label), h('dd', {}, value))),
  );
}

function requests({ requests: of }: Deployment): Child {
  if (!of) return null;
  const share = of.all > 0 && of.failed > 0 ? ` (${Number(((100 * of.failed) / of.all).toFixed(2))} %)` : '';
  return `${count(of.failed)} of ${count(of.all)} failed${share}`;
}
