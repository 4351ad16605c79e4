/** The charts' twin: the same in tables. */
import type { Timeline } from '../../model/timeline.ts';
import { type Child, h, say } from '../base/dom.ts';
import { clock, secondsBetween, took } from '../base/format.ts';
import { STATUS_WORDS } from './graph.ts';

export function timelineTwin(of: Timeline): HTMLElement {
  return h(
    'details.twin',
    {},
    h('summary', {}, 'The same as tables'),
    table(
      'Steps',
      ['Step', 'Began', 'Took', 'How', 'Note'],
      of.steps.map((step) => [
        h('code', {}, step.step),
        step.startedAt ? clock(step.startedAt) : '–',
        step.startedAt && step.endedAt ? took(secondsBetween(step.startedAt, step.endedAt)) : '–',
        STATUS_WORDS[step.status],
        say(step.note),
      ]),
    ),
    of.tasks.known &&
      table(
        'Tasks',
        ['Release', 'Task', 'Lived through', 'Ended'],
        of.tasks.value.flatMap(({ kind, release, tasks }) =>
          tasks.map((task) => [
            `${kind} ${release}`,
            h('code', {}, task.id.slice(0, 8)),
            task.segments.map(({ state, from }) => `${state} ${clock(from)}`).join(', '),
            task.ended ? say(task.note || 'stopped') : 'runs',
          ]),
        ),
      ),
    table(
      'Looks of VerifyHealth',
      ['At', 'Running', 'Healthy', 'Health path', 'Seen'],
      of.samples.map((sample) => [
        clock(sample.at),
        `${sample.running} of ${sample.desired}`,
        String(sample.healthy),
        sample.health ? (sample.health.status ?? 'no answer') : '–',
        say(sample.summary),
      ]),
    ),
  );
}

export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement | null {
  if (rows.length === 0) return null;
  return h(
    'div.scrolls',
    { tabindex: '0', role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption.unseen', {}, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((head) => h('th', { scope: 'col' }, head)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((cells) =>
          h(
            'tr',
            {},
            cells.map((cell) => h('td', {}, cell)),
          ),
        ),
      ),
    ),
  );
}
