/** The steps on a phone: a rail with bars in place of the graph. */
import type { Deployment, Step } from '../../model/deployment.ts';
import { h, plain, s } from '../base/dom.ts';
import { secondsBetween, took } from '../base/format.ts';
import { icon } from '../base/marks.ts';
import { withChoice } from '../base/route.ts';
import { serverNow } from '../base/server-time.ts';
import { lookOf, STATUS_WORDS } from './graph.ts';

export function rail(of: Deployment): HTMLElement {
  const from = Date.parse(of.startedAt);
  const until = of.endedAt ? Date.parse(of.endedAt) : serverNow();
  return h(
    'section.panel',
    { 'aria-label': 'Steps' },
    h('div.head', {}, h('h2', {}, 'Steps'), h('span.dim', {}, took((until - from) / 1000))),
    h(
      'ol.rail',
      {},
      of.steps.map((step) => item(step, from, until)),
    ),
  );
}

function item(step: Step, from: number, until: number): HTMLElement {
  const look = lookOf(step);
  const began = step.startedAt ? Date.parse(step.startedAt) : null;
  const ended = step.endedAt ? Date.parse(step.endedAt) : until;
  const share = (at: number) =>
    `${Math.max(0, Math.min(100, (100 * (at - from)) / Math.max(until - from, 1)))}%`;
  const time = began === null ? '' : took(Math.max(0.1, secondsBetween(step.startedAt ?? '', ended)));
  return h(
    'li',
    { class: look, 'data-key': step.key },
    h(
      'span.stop',
      { 'aria-hidden': 'true' },
      look === 'failed' ? icon('cross', 10) : look === 'passed' ? null : icon('check', 10),
    ),
    h(
      'a',
      {
        href: withChoice('step', step.key),
        'data-row': true,
        'aria-label': `${step.step}: ${STATUS_WORDS[step.status]}`,
      },
      h('code', {}, step.step),
    ),
    s(
      'svg.railbar',
      { height: 8, 'aria-hidden': 'true' },
      began !== null &&
        s('rect', {
          x: share(began),
          y: 0,
          width: `${Math.max(1.5, (100 * (ended - began)) / Math.max(until - from, 1))}%`,
          height: 8,
          rx: 1.5,
        }),
    ),
    h('span.number.cut', { title: plain(step.note) }, time || plain(step.note) || STATUS_WORDS[step.status]),
  );
}
