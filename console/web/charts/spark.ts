/** Spark lines of three hours; a dashed upright is a release. */
import type { Spark } from '../../model/now.ts';
import { s } from '../base/dom.ts';
import { count, percent } from '../base/format.ts';

const WIDTH = 60;
const HEIGHT = 24;
const BASE = HEIGHT - 1.5;

export function spark(of: Spark): SVGElement {
  const known = of.values.filter((value) => value !== null);
  const most = Math.max(...known, 1) * 1.25;
  const points = pointsOf(of.values, (value) => BASE - 3 - (value / most) * (BASE - 6));
  const last = points.at(-1)?.at(-1);
  const what = of.now === null ? 'nothing was asked' : `p95 ${count(of.now)} ms`;
  return frame(
    of,
    what,
    points.map((part) => s('path.run', { d: `M${part.map((point) => point.join(' ')).join('L')}` })),
    last && s('circle.end', { cx: last[0], cy: last[1], r: 2 }),
  );
}

export function errorSpark(of: Spark): SVGElement {
  const most = Math.max(of.peak ?? 0, 0.5);
  const step = WIDTH / of.values.length;
  return frame(
    of,
    of.now === null ? 'nothing was asked' : `${percent(of.now)} percent failed`,
    of.values.map((value, index) => {
      if (!value) return null;
      const height = Math.max(1.5, (value / most) * (HEIGHT - 4));
      return s('rect.error', {
        class: value >= 0.5 ? 'much' : null,
        x: index * step,
        y: BASE - height,
        width: Math.max(1.2, step - 0.4),
        height,
      });
    }),
  );
}

function frame(
  { from, periodSeconds, values, releases }: Spark,
  what: string,
  ...inside: Parameters<typeof s>[2][]
) {
  const span = periodSeconds * values.length;
  return s(
    'svg.spark',
    {
      width: WIDTH,
      height: HEIGHT,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': `last ${Math.round(span / 3600)} hours: ${what}`,
    },
    s('line.ground', { x1: 0, y1: BASE, x2: WIDTH, y2: BASE }),
    releases.map((at) => {
      const x = ((Date.parse(at) - Date.parse(from)) / 1000 / span) * WIDTH;
      return x >= 0 && x <= WIDTH && s('line.release', { x1: x, y1: 0, x2: x, y2: BASE });
    }),
    inside,
  );
}

/** Runs of points without a gap: what is not known is not joined. */
function pointsOf(values: readonly (number | null)[], y: (value: number) => number): [number, number][][] {
  const runs: [number, number][][] = [[]];
  for (const [index, value] of values.entries()) {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push([round((index / Math.max(values.length - 1, 1)) * (WIDTH - 3)), round(y(value))]);
  }
  return runs.filter((run) => run.length > 0);
}

const round = (value: number) => Math.round(value * 10) / 10;
