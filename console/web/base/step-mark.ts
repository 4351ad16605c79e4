/** The step mark, which is also the logo: the upper rail is code, the lower one the schema. */
import type { Schema } from '../../model/parts.ts';
import { s } from './dom.ts';

const TICKS = [4, 12, 20, 28, 36];

/** Upright: in step. Leaning: the schema is ahead (red: the code that runs cannot work with it). A ring: code moves. */
export function stepMark({ state }: Pick<Schema, 'state'>): SVGElement {
  const lower = state === 'ahead' || state === 'ahead-incompatible' ? 36 : 20;
  const known = state !== 'unknown' && state !== 'none';
  return s(
    'svg.stepmark',
    { class: state, width: 40, height: 18, viewBox: '0 0 40 18', 'aria-hidden': 'true' },
    [4, 14].map((y) => [
      s('path.rail', { d: `M0 ${y}H40` }),
      TICKS.map((x) => s('circle.tick', { cx: x, cy: y, r: 1.2 })),
    ]),
    known && [
      s('path.lean', { d: `M20 4 ${lower} 14` }),
      s('circle.schema', { cx: lower, cy: 14, r: 3.2 }),
      s('circle.code', { cx: 20, cy: 4, r: state === 'moving' ? 2.6 : 3.2 }),
    ],
  );
}

export function logo(): SVGElement {
  return s(
    'svg.logo',
    { width: 20, height: 16, viewBox: '0 0 20 16', 'aria-hidden': 'true' },
    s('path.rail', { d: 'M0 4.2H20M0 11.8H20' }),
    s('path.lean', { d: 'M13 4.2V11.8' }),
    s('circle', { cx: 13, cy: 4.2, r: 3.6 }),
    s('circle', { cx: 13, cy: 11.8, r: 3.6 }),
  );
}
