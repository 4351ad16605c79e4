/** One time axis for everything: a scale, its ticks, and the upright lines that go through all that stands on it. */
import type { Timeline } from '../../model/timeline.ts';
import { type Child, plain, s } from '../base/dom.ts';
import { clock, hour } from '../base/format.ts';
import { measure } from './measure.ts';

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;
  x(at: string | number): number;
}

export function axis(from: string, to: string, left: number, right: number): Axis {
  const [start, end] = [Date.parse(from), Math.max(Date.parse(to), Date.parse(from) + 1_000)];
  const place = (at: string | number) => {
    const share = (new Date(at).getTime() - start) / (end - start);
    return Math.round((left + Math.max(0, Math.min(1, share)) * (right - left)) * 10) / 10;
  };
  return { from: start, to: end, left, right, x: place };
}

const STEPS_S = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/** Round times, so many that their labels do not touch. */
export function ticks({ from, to, left, right }: Axis): number[] {
  const most = Math.max(2, Math.floor((right - left) / 100));
  const seconds = (to - from) / 1000;
  const step = (STEPS_S.find((one) => seconds / one <= most) ?? 86_400) * 1000;
  const zone = new Date(from).getTimezoneOffset() * 60_000;
  const first = Math.ceil((from - zone) / step) * step + zone;
  const found: number[] = [];
  for (let at = first; at <= to; at += step) found.push(at);
  return found;
}

export function grid(of: Axis, top: number, bottom: number): Child {
  const all = ticks(of);
  const seconds = all.some((at) => at % 60_000 !== 0);
  return all.map((at) => {
    const x = of.x(at);
    const anchor = x > of.right - 20 ? 'end' : 'middle';
    return [
      s('path.grid', { d: `M${x} ${top}V${bottom}` }),
      s('text.tick', { x, y: bottom + 20, 'text-anchor': anchor }, seconds ? clock(at) : hour(at)),
    ];
  });
}

type Line = Timeline['lines'][number];

/** Between the first bad sign and the verdict. */
export function band(lines: readonly Line[], of: Axis, top: number, bottom: number): Child {
  const sign = lines.find(({ kind }) => kind === 'sign');
  const verdict = lines.find(({ kind }) => kind === 'verdict');
  if (!sign || !verdict) return null;
  const [x, end] = [of.x(sign.at), of.x(verdict.at)];
  return s('rect.band', { x, y: top, width: Math.max(0, end - x), height: bottom - top });
}

/** The lines; labels stand above, on the side that has room, in a second row where the first is taken. */
export function uprights(
  lines: readonly Line[],
  of: Axis,
  top: number,
  bottom: number,
  short = false,
): Child {
  const taken: [number, number][][] = [[], []];
  return lines.map(({ at, kind, text }) => {
    const x = of.x(at);
    const label = short ? plain(text) : `${clock(at)} ${plain(text)}`;
    const wide = measure(label, 'label') + 10;
    const starts = kind === 'verdict' || kind === 'now' ? x + wide < of.right + 24 : x - wide < 0;
    const span: [number, number] = starts ? [x, x + wide] : [x - wide, x];
    const row = taken[0]?.some(([from, to]) => span[0] < to && span[1] > from) ? 1 : 0;
    taken[row]?.push(span);
    const y = top - 20 - row * 16;
    return [
      s('path.upright', { class: kind, d: `M${x} ${y - 10}V${bottom}` }),
      s(
        'text.uprightlabel',
        { class: kind, x: starts ? x + 6 : x - 6, y, 'text-anchor': starts ? 'start' : 'end' },
        short ? null : s('tspan.time', {}, `${clock(at)} `),
        plain(text),
      ),
    ];
  });
}
