/** One service in one environment: what runs, how it does, what it would go back to, and the reason attached to it. */
import type { NowDeployment, NowJournal, ServiceFacts } from '../../model/now.ts';
import { type Child, h, plain, say } from '../base/dom.ts';
import {
  count,
  day,
  hour,
  lasted,
  percent,
  sameDay,
  secondsBetween,
  shortDigest,
  when,
} from '../base/format.ts';
import { dot, icon, MARKS, markOf } from '../base/marks.ts';
import { known } from '../base/problem.ts';
import { address } from '../base/route.ts';
import { serverNow } from '../base/server-time.ts';
import { stepMark } from '../base/step-mark.ts';
import { errorSpark, spark } from '../charts/spark.ts';
import { attached } from './attached.ts';
import type { Seen } from './page.ts';
import { taskSquares } from './squares.ts';

export function needsEyes({ row, facts }: Seen): boolean {
  const bad = facts.value?.status === 'down' || facts.value?.status === 'degraded';
  return bad || !row.journal.known || (row.journal.value.latest?.needsEyes ?? false);
}

/** `compact`: of an environment that is not the first, one line says enough. */
export function row(seen: Seen, byService: boolean, compact: boolean, at: string): HTMLElement[] {
  const { row: of, facts } = seen;
  const journal = of.journal.known ? of.journal.value : null;
  const latest = journal?.latest ?? null;
  const name = byService ? of.environment : of.service;
  const href = latest ? address('deployment', [latest.id]) : address('metrics', [of.environment, of.service]);
  const key = `${of.environment}/${of.service}`;
  const main = h(
    'div.cells.service',
    { role: 'row', 'data-key': key, class: compact ? 'compact' : null },
    cell('name', statusMark(facts.value, latest), h('a', { href, 'data-row': true, title: key }, name)),
    journal ? runs(journal, of) : unknownRuns(seen),
    cell('since', journal && since(journal)),
    cell('tasks', taskSquares(facts)),
    cell('p95', facts.value && known(facts.value.latency, (of) => [spark(of), beside(of.now, 'ms')])),
    cell(
      'errors',
      facts.value && known(facts.value.errors, (of) => [errorSpark(of), errorFigure(of.now, of.peak)]),
    ),
    cell('schema', journal && [stepMark(journal.schema), schemaText(journal)]),
    cell('back', journal && goesBack(journal, compact)),
    cell('next', next(seen)),
  );
  return [main, ...attached(seen, latest, key, at)];
}

function cell(name: string, ...children: Child[]): HTMLElement {
  return h(`div.at-${name}`, { role: 'cell' }, children);
}

/** Two lines of a cell; the second one explains. */
const lines = (first: Child, second: Child): HTMLElement =>
  h('div.lines', {}, h('div.cut', {}, first), second ? h('div.cut.second', {}, second) : null);

function statusMark(facts: ServiceFacts | null, latest: NowDeployment | null): HTMLElement {
  const mark = latest?.needsEyes ? latest.mark : null;
  const [shown, word] =
    mark === 'running' || mark === 'waiting' || mark === 'needs-attention'
      ? [markOf(mark), MARKS[mark].word]
      : facts === null
        ? [dot('dull'), 'not looked at yet']
        : facts.status === 'healthy'
          ? [dot('ok'), 'healthy']
          : facts.status === 'idle'
            ? [markOf('unchanged'), 'no task wanted']
            : facts.status === 'unknown'
              ? [dot('dull'), 'unknown']
              : [markOf('needs-attention'), facts.status];
  return h('span.status', { role: 'img', 'aria-label': word, title: word }, shown);
}

function runs({ runs: release, latest }: NowJournal, { service, environment }: Seen['row']): HTMLElement {
  const command = `lockstep deploy --service ${service} --environment ${environment}`;
  if (!release) {
    return cell(
      'runs',
      h(
        'div.cut',
        { title: latest ? null : command },
        h('span.dim', {}, latest ? 'Nothing runs yet.' : 'No deployment yet. '),
        !latest && h('code', {}, command),
      ),
    );
  }
  const coming =
    latest?.mark === 'running' && latest.release && latest.release.name !== release.name
      ? latest.release
      : null;
  const shown = coming ?? release;
  const first = [
    coming && h('span.dim', {}, h('code', {}, release.name), ' → '),
    h('code', {}, shown.name),
    ' ',
    h('span.soft', { title: shown.subject ?? '' }, shown.subject),
  ];
  const revision =
    coming?.revision && release.revision
      ? `${release.revision} → :${coming.revision.split(':').at(-1)}`
      : (shown.revision ?? release.revision);
  return cell(
    'runs',
    lines(
      first,
      h(
        'code',
        { title: shown.digest ?? '' },
        [revision, shortDigest(shown.digest)].filter(Boolean).join(' '),
      ),
    ),
  );
}

function unknownRuns({ row: of }: Seen): HTMLElement {
  if (of.journal.known) return cell('runs');
  const { sentence, remedy } = of.journal.problem;
  return cell('runs', lines(say(sentence), say(remedy)));
}

function since({ since: from, againSince, latest }: NowJournal): Child {
  const now = serverNow();
  if (latest?.mark === 'running') return lines('now', `by ${latest.by}, ${hour(latest.startedAt)}`);
  if (!from) return h('span.dim', {}, 'unknown');
  const second = againSince
    ? `again since ${when(againSince, now)}`
    : sameDay(from, now)
      ? `today ${hour(from)}`
      : `${day(from)} ${hour(from)}`;
  return lines(lasted(secondsBetween(from, now)), second);
}

function beside(value: number | null, unit: string): Child {
  return h('span', {}, value === null ? '–' : `${count(value)} ${unit}`);
}

function errorFigure(now: number | null, peak: number | null): Child {
  if (now === null) return h('span', {}, '–');
  const much = now >= 1;
  return h(
    'div.lines',
    {},
    h('div', { class: much ? 'bad' : null }, `${percent(now)} %`),
    peak !== null &&
      peak > Math.max(0.1, now * 2) &&
      !much &&
      h('div.second.cut', {}, `peak ${peak.toFixed(1)}`),
  );
}

function schemaText({ schema }: NowJournal): Child {
  const bad = schema.state === 'ahead-incompatible';
  return h(
    'div.lines',
    { title: plain(schema.text) },
    h('div.cut', { class: bad ? 'bad' : null }, say(schema.text)),
    schema.migration && h('div.cut.second', {}, schema.migration),
  );
}

function goesBack({ goesBackTo, noWayBack }: NowJournal, compact: boolean): Child {
  if (goesBackTo) {
    const proven = day(goesBackTo.provenAt);
    const today = sameDay(goesBackTo.provenAt, serverNow());
    return compact
      ? h(
          'div.lines.cut',
          {},
          h('code', {}, goesBackTo.name),
          ' ',
          h('span.dim', {}, today ? 'today' : proven),
        )
      : lines(h('code', {}, goesBackTo.name), `proven ${today ? 'today' : proven}`);
  }
  return noWayBack
    ? h(
        'div.lines',
        { title: plain(noWayBack) },
        h('div.wait', {}, 'none'),
        h('div.cut.second', {}, say(noWayBack)),
      )
    : '–';
}

function next({ row: { next: of } }: Seen): Child {
  if (!of) return h('span.dim', {}, '–');
  const frozen = of.what.startsWith('refused');
  const soon = secondsBetween(of.at, serverNow()) > -6.9 * 86_400;
  const at = `${soon ? new Date(of.at).toLocaleDateString('en-GB', { weekday: 'short' }) : day(of.at)} ${hour(of.at)}`;
  return lines(
    h('span', { class: frozen ? 'wait' : null }, frozen && icon('lock'), frozen && ' ', at),
    say(of.what),
  );
}
