/** The reason of a row: what it waits for, why it went back, what is wrong with it now. */
import type { NowDeployment } from '../../model/now.ts';
import { h, say } from '../base/dom.ts';
import { MARKS, markWord } from '../base/marks.ts';
import { address } from '../base/route.ts';
import type { Seen } from './page.ts';
import { strip } from './strip.ts';

/** The reason stands under the row that it belongs to. */
export function attached(
  { row: of, facts }: Seen,
  latest: NowDeployment | null,
  key: string,
  at: string,
): HTMLElement[] {
  const bad = facts.value?.status === 'down' || facts.value?.status === 'degraded';
  const made: HTMLElement[] = [];
  if (latest?.needsEyes) {
    const { tone, word } = MARKS[latest.mark];
    const ended = latest.mark === 'rolled-back' || latest.mark.endsWith('failed');
    made.push(
      latest.steps.length > 0 && latest.mark === 'running'
        ? strip(latest, key, at)
        : h(
            'div.attached',
            { role: 'row', 'data-key': `${key}/line` },
            h(
              'div',
              { role: 'cell', 'aria-colspan': '9' },
              ended ? markWord(latest.mark) : h('b', { class: tone }, word),
              h('span.soft', {}, say(latest.line)),
              h(
                'span.deeds',
                {},
                latest.mark === 'waiting' && deed('approval', latest.id, 'Review'),
                latest.mark === 'needs-attention' && deed('deployment', latest.id, 'What to do'),
                idLink(latest.id),
              ),
            ),
          ),
    );
  }
  if (bad && latest?.mark !== 'needs-attention') {
    for (const { sentence, remedy } of facts.value?.problems ?? []) {
      made.push(
        h(
          'div.attached',
          { role: 'row', 'data-key': `${key}/${sentence}` },
          h(
            'div',
            { role: 'cell', 'aria-colspan': '9' },
            h(
              'b',
              { class: facts.value?.status === 'down' ? 'bad' : 'wait' },
              facts.value?.status === 'down' ? 'Down' : 'Degraded',
            ),
            h('span.soft', {}, say(`${sentence} ${remedy}`)),
            h(
              'span.deeds',
              {},
              h('a', { href: address('metrics', [of.environment, of.service]) }, 'metrics'),
            ),
          ),
        ),
      );
    }
  }
  return made;
}

const deed = (page: string, id: string, text: string) =>
  h('a.button.small', { href: address(page, [id]) }, text);

export const idLink = (id: string): HTMLElement =>
  h('a.id', { href: address('deployment', [id]), title: id }, h('code', {}, id.slice(0, 8)));
