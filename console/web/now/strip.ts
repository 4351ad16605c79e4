/** Under a service that is being released: its steps, done ones dull, the current one moving. */
import type { NowDeployment, StepBrief } from '../../model.ts';
import { h, s, say } from '../base/dom.ts';
import { took } from '../base/format.ts';
import { icon } from '../base/marks.ts';
import { idLink } from './row.ts';

/** Relative widths: what takes long has the room, so that the strip reads as time without being a scale. */
const WIDTHS: Readonly<Record<string, number>> = {
  Build: 1.2,
  MigrateCheck: 1.25,
  UpdateService: 1.25,
  VerifyHealth: 3,
};

export function strip(latest: NowDeployment, key: string): HTMLElement {
  const { steps, secondsLeft, id } = latest;
  return h(
    'div.attached.releasing',
    { role: 'row', 'data-key': `${key}/line` },
    h(
      'div',
      { role: 'cell', 'aria-colspan': '9' },
      h('ol.strip', { 'aria-label': 'Steps of the release' }, steps.map(step)),
      h(
        'div.left',
        {},
        h(
          'span',
          {},
          secondsLeft === null ? 'under way' : `about ${took(Math.round(secondsLeft / 2) * 2)} left`,
        ),
        idLink(id),
      ),
    ),
  );
}

function step({ step: name, status, seconds, note }: StepBrief): HTMLElement {
  const current = status === 'running' || status === 'waiting';
  const second = current ? note : note || (seconds === null ? '' : took(seconds));
  return h(
    'li',
    {
      class: status,
      'data-key': name,
      style: { 'flex-grow': String(WIDTHS[name] ?? 1) },
      'aria-current': current ? 'step' : null,
    },
    bar(status),
    h(
      'div.cut',
      {},
      status === 'done' && icon('check', 11),
      h('code', {}, name),
      current && seconds !== null && ` ${took(seconds)}`,
    ),
    h('div.cut.second', {}, say(second)),
  );
}

function bar(status: StepBrief['status']): SVGElement {
  const whole = { x: 0, y: 0, width: '100%', height: 4, rx: 2 };
  return s(
    'svg.stripbar',
    { height: 4, 'aria-hidden': 'true' },
    status === 'skipped' || status === 'not-reached'
      ? s('line', { x1: 0, y1: 2, x2: '100%', y2: 2 })
      : s('rect', whole),
    status === 'running' && s('rect.moving', { ...whole, width: '60%' }),
  );
}
