/** Why tasks stopped, as a list: on a phone the chart has no room for it. */
import type { Timeline } from '../../model/timeline.ts';
import { h, say } from '../base/dom.ts';
import { clock } from '../base/format.ts';
import type { Piece } from '../base/store.ts';

export function stopped({ value }: Piece<Timeline>): HTMLElement[] {
  if (!value?.tasks.known) return [];
  const gone = value.tasks.value
    .flatMap(({ kind, tasks }) => tasks.filter(({ ended }) => ended).map((task) => ({ ...task, kind })))
    .map((task) => ({ ...task, at: task.segments.at(-1)?.to ?? '' }))
    .sort((one, other) => other.at.localeCompare(one.at));
  if (gone.length === 0) return [];
  return [
    h(
      'section.panel',
      { 'aria-label': 'Tasks that stopped' },
      h('div.head', {}, h('h2', {}, 'Tasks that stopped'), h('span.dim', {}, gone.length)),
      h(
        'ul.stopped',
        {},
        gone.map(({ id, kind, note, at }) =>
          h(
            'li',
            {},
            h('code', { class: kind === 'new' ? 'live' : 'soft' }, id.slice(0, 8)),
            h('span', {}, say(note || 'stopped')),
            h('span.dim', {}, clock(at)),
          ),
        ),
      ),
    ),
  ];
}
