/** What a deployment leaves to be looked at: task definition, migrations, plan, input and output, events. */
import type { Approval } from '../../model/approval.ts';
import type { Deployment } from '../../model/deployment.ts';
import type { Definition, Events } from '../../model/evidence.ts';
import { severityMark } from '../approval/severity.ts';
import { type Child, h, say } from '../base/dom.ts';
import { drawn } from '../base/problem.ts';
import { address, choose } from '../base/route.ts';
import { piece } from '../base/store.ts';
import { tabPanel, tabs } from '../base/tabs.ts';
import { definitionView } from './definition.ts';
import { eventList, inputAndOutput } from './visits.ts';

export const EVIDENCE = [
  { id: 'definition', label: 'Task definition' },
  { id: 'migrations', label: 'Migrations' },
  { id: 'plan', label: 'Plan' },
  { id: 'io', label: 'Input and output' },
  { id: 'events', label: 'Events' },
] as const;

export function evidence(of: Deployment, path: string, query: URLSearchParams): HTMLElement {
  const step = query.get('step');
  const asked = query.get('show') ?? (step ? 'io' : 'definition');
  const chosen = EVIDENCE.find(({ id }) => id === asked)?.id ?? 'definition';
  const events = chosen === 'io' || chosen === 'events' ? piece<Events>(`${path}/events`) : null;
  const counts: Partial<Record<string, number>> = {
    ...(of.pendingMigrations.length > 0 && { migrations: of.pendingMigrations.length }),
    ...(events?.value && { events: events.value.events.length }),
  };
  return h(
    'section.panel.evidence',
    { 'aria-label': 'Evidence' },
    h(
      'div.head',
      {},
      tabs(
        'show',
        'Evidence',
        EVIDENCE.map((tab) => ({
          ...tab,
          ...(counts[tab.id] !== undefined && { count: counts[tab.id] ?? 0 }),
        })),
        chosen,
      ),
    ),
    tabPanel('show', chosen, contentOf()),
  );

  function contentOf(): Child {
    switch (chosen) {
      case 'definition':
        return drawn(piece<Definition>(`${path}/definition`), 'the task definitions', (known) =>
          definitionView(known, query.get('fields') === 'all'),
        );
      case 'migrations':
        return migrations(of, path);
      case 'plan':
        return plan(of);
      case 'io':
        return (
          events &&
          drawn(events, 'the execution', (known) => inputAndOutput(known, step, (key) => choose('step', key)))
        );
      case 'events':
        return events && drawn(events, 'the execution', eventList);
    }
  }
}

function plan({ plan: rows }: Deployment): Child {
  if (rows.length === 0) return h('p.waiting', {}, 'There is no plan: it ended before one was made.');
  return h(
    'dl.pairs',
    {},
    rows.map(({ label, text }) => h('div', {}, h('dt', {}, label), h('dd', {}, say(text)))),
  );
}

function migrations(of: Deployment, path: string): Child {
  if (of.pendingMigrations.length === 0) return h('p.waiting', {}, 'No migration was pending.');
  return drawn(piece<Approval>(`${path}/approval`), 'the judgement', ({ migrations: all, findings }) => [
    h(
      'ul.found-in',
      {},
      all.map((migration) =>
        h(
          'li',
          {},
          h(
            'div',
            {},
            h('code', {}, migration.name),
            h(
              'span.dim',
              {},
              ` ${migration.statements.length} ${migration.statements.length === 1 ? 'statement' : 'statements'}`,
            ),
          ),
          findings
            .filter((finding) => finding.migration === migration.name)
            .map((finding) =>
              h(
                'div.finding',
                {},
                h(
                  'div',
                  {},
                  severityMark(finding.severity),
                  ' ',
                  h('code', {}, finding.rule),
                  h('span.dim', {}, ` line ${finding.line}`),
                ),
                h('p.soft', {}, say(finding.why)),
                h('pre.sql', {}, linesOf(migration.sql, finding.line, finding.lastLine)),
              ),
            ),
        ),
      ),
    ),
    h(
      'p.more',
      {},
      h('a', { href: address('approval', [of.id]) }, 'Every statement, and what it does meanwhile'),
    ),
  ]);
}

const linesOf = (sql: string, from: number, to: number) =>
  sql
    .split('\n')
    .slice(from - 1, Math.max(from, to))
    .join('\n');
