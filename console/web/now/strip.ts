/** Under a service that is being released: its steps, done ones dull, the current one moving. */
import type { NowDeployment, StepBrief } from '../../model/now.ts';
import { h, s, say } from '../base/dom.ts';
import { secondsBetween, took } from '../base/format.ts';
import { icon } from '../base/marks.ts';
import { serverNow } from '../base/server-time.ts';
import { idLink } from './attached.ts';

/** Relative widths: what takes long has the room, so that the strip reads as time without being a scale. */
const WIDTHS: Readonly<Record<string, number>> = {
  Build: 1.2,
  MigrateCheck: 1.25,
  UpdateService: 1.25,
  VerifyHealth: 3,
};

/** `at`: when the answer was made, from which its seconds run on. */
export function strip(latest: NowDeployment, key: string, at: string): HTMLElement {
  const since = Math.max(0, secondsBetween(at, serverNow()));
  const { steps, secondsLeft, id } = latest;
  return h(
    'div.attached.releasing',
    { role: 'row', 'data-key': `${key}/line` },
    h(
      'div',
      { role: 'cell', 'aria-colspan': '9' },
      h(
        'ol.strip',
        { 'aria-label': 'Steps of the release' },
        steps.map((one) => step(one, secondsLeft, since)),
      ),
      h(
        'div.left',
        {},
        h(
          'span',
          {},
          secondsLeft === null
            ? 'under way'
            : secondsLeft > since
              ? `about ${took(Math.round(secondsLeft - since))} left`
              : 'longer than usual',
        ),
        idLink(id),
      ),
    ),
  );
}

function step(
  { step: name, status, seconds, note }: StepBrief,
  left: number | null,
  since: number,
): HTMLElement {
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
    bar(status, shareOf(seconds, left, since)),
    h(
      'div.cut',
      {},
      status === 'done' && icon('check', 11),
      h('code', {}, name),
      current && seconds !== null && ` ${took(seconds + since)}`,
    ),
    h('div.cut.second', {}, say(second)),
  );
}

/** How much of the current step is over. Whoever wants no motion sees it move with each answer only, and its number. */
function shareOf(seconds: number | null, left: number | null, since: number): number {
  if (seconds === null || left === null) return 0.5;
  const moved = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : since;
  return Math.min(0.97, (seconds + moved) / Math.max(seconds + left, 1));
}

function bar(status: StepBrief['status'], share: number): SVGElement {
  const whole = { x: 0, y: 0, width: '100%', height: 4, rx: 2 };
  return s(
    'svg.stripbar',
    { height: 4, 'aria-hidden': 'true' },
    status === 'skipped' || status === 'not-reached'
      ? s('line', { x1: 0, y1: 2, x2: '100%', y2: 2 })
      : s('rect', whole),
    status === 'running' && s('rect.moving', { ...whole, width: `${Math.round(share * 1000) / 10}%` }),
  );
}
