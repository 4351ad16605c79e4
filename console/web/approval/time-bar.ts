/** How long a statement takes, between 10 ms and 10 min; the dashed line is how long a lock may last. */
import type { Estimate } from '../../model/approval.ts';
import { s } from '../base/dom.ts';
import { took } from '../base/format.ts';
import { LEAST_S, range, tooLong } from './range.ts';

const WIDTH = 92;
const MOST_S = 600;

/** Logarithmic: a lock of 10 ms and one of 10 min are told apart on the same line. */
function x(seconds: number): number {
  const share = Math.log(Math.max(seconds, LEAST_S) / LEAST_S) / Math.log(MOST_S / LEAST_S);
  return Math.max(0, Math.min(1, share)) * WIDTH;
}

export function timeBar(estimate: Estimate | null, limit: number): SVGElement {
  const wide = estimate ? Math.max(5, x(estimate.high ?? MOST_S) - x(estimate.low)) : 0;
  const from = estimate ? Math.min(x(estimate.low), WIDTH - wide) : 0;
  return s(
    'svg.timebar',
    { width: WIDTH, height: 14, role: 'img', 'aria-label': `${range(estimate)}, limit ${took(limit)}` },
    s('path.rail', { d: `M0 7H${WIDTH}` }),
    s('path.limit', { d: `M${x(limit)} 1V13` }),
    estimate &&
      s('rect', {
        class: tooLong(estimate, limit) ? 'long' : 'short',
        x: from,
        y: 4,
        width: wide,
        height: 6,
        rx: 1.5,
      }),
  );
}
