/** A row a step: when it ran, how long, and the one line that it left. */
import type { Step } from '../../model/deployment.ts';
import { type Child, plain, s } from '../base/dom.ts';
import { clock, secondsBetween, took } from '../base/format.ts';
import { withChoice } from '../base/route.ts';
import { lookOf } from '../deployment/graph.ts';
import type { Axis } from './axis.ts';
import { measure, shorten } from './measure.ts';

export const ROW = 21;
const BAR = 15;
const LEAST = 4;
/** What the words beside the expected end need. */
const EXPECTED_ROOM = 140;

/** `now`: until when a step that runs is drawn. */
export function stepRows(steps: readonly Step[], axis: Axis, top: number, now: number): Child {
  let last = axis.left;
  return steps.map((step, index) => {
    const y = top + index * ROW;
    if (step.startedAt) last = axis.x(step.endedAt ?? step.startedAt);
    return s(
      'g.steprow',
      { class: lookOf(step), 'data-key': step.key },
      s(
        'a',
        {
          href: withChoice('step', step.key),
          'aria-label': `${step.step}: ${plain(step.note) || step.status}`,
        },
        s('text.stepname', { x: 16, y: y + 11.5 }, step.step),
      ),
      step.startedAt ? bar(step, step.startedAt, axis, y, now) : notRun(step, last, axis, y),
    );
  });
}

function bar(step: Step, startedAt: string, axis: Axis, y: number, now: number): Child {
  const running = step.endedAt === null;
  const until = step.endedAt ?? Math.min(now, axis.to);
  const [x, end] = [axis.x(startedAt), axis.x(until)];
  const wide = Math.max(LEAST, end - x);
  const time = took(Math.max(0.1, secondsBetween(startedAt, running ? now : until)));
  const expected = running && step.secondsLeft !== null ? axis.x(now + step.secondsLeft * 1000) : end;
  return [
    expected > end + 2 && [
      s('rect.expected', { x: end, y: y + 0.5, width: expected - end, height: BAR - 1, rx: 3 }),
      expected < axis.right - EXPECTED_ROOM &&
        s(
          'text.steptext',
          { x: expected + 7, y: y + 11.5 },
          s('tspan.note', {}, `expected until ${clock(now + (step.secondsLeft ?? 0) * 1000)}`),
        ),
    ],
    wide <= LEAST
      ? s('rect.sliver', { x: x - 1, y, width: LEAST, height: BAR, rx: 2 })
      : s('rect.bar', { x, y: y + 0.5, width: wide, height: BAR - 1, rx: 3 }),
    words(time, plain(step.note), { x, end: x + wide, wide, y, left: axis.left, right: axis.right }),
  ];
}

interface Room {
  readonly x: number;
  readonly end: number;
  readonly wide: number;
  readonly y: number;
  readonly left: number;
  readonly right: number;
}

/** Inside where it fits, else to the right; to the left where there is more room. */
function words(time: string, note: string, { x, end, wide, y, left, right }: Room): SVGElement {
  const both = measure(time) + (note ? measure(note) + 10 : 0);
  const inside = wide > both + 16;
  const [before, after] = [x - left - 10, right + 16 - end - 8];
  const turned = !inside && after < both && before > after;
  const shown = inside ? note : shorten(note, Math.max(0, (turned ? before : after) - measure(time) - 10));
  const at = inside ? x + 8 : turned ? x - 7 : end + 8;
  return s(
    'text.steptext',
    { class: inside ? 'inside' : null, x: at, y: y + 11.5, 'text-anchor': turned ? 'end' : null },
    s('tspan.took', {}, time),
    shown.length > 1 && s('tspan.note', { dx: 8 }, shown),
  );
}

function notRun(step: Step, last: number, axis: Axis, y: number): Child {
  const note = plain(step.note) || (step.status === 'skipped' ? 'not needed' : '');
  if (!note) return null;
  return [
    step.status === 'skipped' && s('path.skipped', { d: `M${last + 2} ${y + 2}V${y + BAR - 2}` }),
    s('text.steptext', { x: last + 10, y: y + 11.5 }, s('tspan.note', {}, shorten(note, axis.right - last))),
  ];
}
