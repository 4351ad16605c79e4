/** What follows an approval, one step after the other, as long as each is expected to take. */
import type { Decide } from '../../model/approval.ts';
import { h, s } from '../base/dom.ts';
import { between } from './range.ts';

export function effects(all: Decide['effects']): HTMLElement {
  const middle = ({ low, high }: Decide['effects'][number]) => (low + (high ?? low)) / 2;
  const sum = Math.max(
    all.reduce((total, effect) => total + middle(effect), 0),
    1,
  );
  let from = 0;
  return h(
    'ol.effects',
    {},
    all.map((effect) => {
      const x = from;
      const wide = Math.max(middle(effect) / sum, 0.012);
      from += middle(effect) / sum;
      return h(
        'li',
        {},
        h('code', {}, effect.step),
        s(
          'svg',
          { height: 8, 'aria-hidden': 'true' },
          s('rect', {
            class: effect.step === 'Migrate' ? 'wait' : null,
            x: `${x * 100}%`,
            y: 1,
            width: `${wide * 100}%`,
            height: 6,
            rx: 1.5,
          }),
        ),
        h(
          'span.number',
          {},
          effect.high === null
            ? `${between(effect.low, effect.low)} or more`
            : between(effect.low, effect.high),
        ),
      );
    }),
  );
}
