/** The charts of the four figures. */
import type { DoraFigures } from '../../../core/dora.ts';
import type { Mark } from '../../model/parts.ts';
import { s } from '../base/dom.ts';
import { day as dayText, lasted } from '../base/format.ts';
import { MARKS } from '../base/marks.ts';
import { line } from '../charts/latency.ts';

const HEIGHT = 84;
const WIDE = 480;
const WIDTH = 232;
/** More squares than this of one day are told by the last one's +. */
const MOST = 9;

type Day = DoraFigures['frequency']['days'][number];

export function squares(days: readonly Day[]): SVGElement {
  const step = WIDE / Math.max(days.length, 1);
  const size = Math.min(7.5, step - 2);
  const base = HEIGHT - 16;
  const every = Math.max(1, Math.ceil(days.length / 4));
  return s(
    'svg.dorachart',
    {
      viewBox: `0 0 ${WIDE} ${HEIGHT}`,
      role: 'img',
      'aria-label': `${days.reduce((sum, { marks }) => sum + marks.length, 0)} deployments in ${days.length} days`,
    },
    days.map(({ day, marks }, index) => {
      const x = index * step;
      const at = new Date(`${day}T12:00:00`);
      const weekend = at.getDay() === 0 || at.getDay() === 6;
      return [
        weekend && s('rect.weekend', { x, y: 0, width: step, height: base }),
        marks
          .slice(0, MOST)
          .map((mark, place) =>
            square(mark, x + (step - size) / 2, base - 4 - (place + 1) * (size + 1.6), size),
          ),
        marks.length > MOST && s('text.tick', { x: x + step / 2, y: 8, 'text-anchor': 'middle' }, '+'),
        (days.length - 1 - index) % every === 0 &&
          s(
            'text.tick',
            { x: Math.min(x + step / 2, WIDE - 18), y: HEIGHT - 2, 'text-anchor': 'middle' },
            dayText(at.getTime()),
          ),
      ];
    }),
    s('path.ground', { d: `M0 ${base}H${WIDE}` }),
  );
}

/** Filled where production was changed, hollow where it is as before; dull where it went well. */
function square(mark: Mark, x: number, y: number, size: number): SVGElement {
  const { tone, shape } = MARKS[mark];
  const filled = shape === 'disc' || shape === 'square' || shape === 'triangle';
  const dull = mark === 'succeeded';
  return filled
    ? s('rect', { class: dull ? 'done' : `solid ${tone}`, x, y, width: size, height: size, rx: 1.5 })
    : s('rect', {
        class: `hollow ${tone}`,
        x: x + 0.6,
        y: y + 0.6,
        width: size - 1.2,
        height: size - 1.2,
        rx: 1.5,
      });
}

export function twoLines(weeks: DoraFigures['leadTime']['weeks']): SVGElement {
  const most = Math.max(1, ...weeks.flatMap(({ median, p90 }) => [median ?? 0, p90 ?? 0]));
  const base = HEIGHT - 18;
  const x = (index: number) => 2 + (index / Math.max(weeks.length - 1, 1)) * (WIDTH - 8);
  const y = (value: number) => base - 4 - (value / most) * (base - 12);
  const medians = weeks.map(({ median }) => median);
  const last = medians.findLastIndex((value) => value !== null);
  const value = medians[last] ?? null;
  return s(
    'svg.dorachart',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT - 14}`,
      role: 'img',
      'aria-label': value === null ? 'nothing known' : `median of the last week ${lasted(value)}`,
    },
    s('path.p90', {
      d: line(
        weeks.map(({ p90 }) => p90),
        x,
        y,
      ),
    }),
    s('path.median', { d: line(medians, x, y) }),
    value !== null && s('circle.end', { cx: x(last), cy: y(value), r: 2.6 }),
  );
}

export function bars(weeks: DoraFigures['failureRate']['weeks']): SVGElement {
  const most = Math.max(5, ...weeks.map(({ percent }) => percent ?? 0));
  const base = HEIGHT - 18;
  const step = WIDTH / Math.max(weeks.length, 1);
  return s(
    'svg.dorachart',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT - 14}`,
      role: 'img',
      'aria-label': weeks
        .map(({ week, percent }) => `${week} ${percent === null ? 'none' : `${percent.toFixed(1)} %`}`)
        .join(', '),
    },
    weeks.map(({ percent }, index) => {
      if (percent === null) return null;
      const height = Math.max(1, (percent / most) * (base - 8));
      return s('rect', {
        class: index === weeks.length - 1 ? 'current' : 'past',
        x: index * step + 1,
        y: base - height,
        width: step - 3,
        height,
      });
    }),
    s('path.ground', { d: `M0 ${base}H${WIDTH}` }),
  );
}

export function lollipops(failures: DoraFigures['restore']['failures']): SVGElement {
  const base = HEIGHT - 18;
  const times = failures.map(({ at }) => Date.parse(at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(60, ...failures.map(({ seconds }) => seconds ?? 0));
  return s(
    'svg.dorachart',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT - 14}`,
      role: 'img',
      'aria-label':
        failures
          .map(({ at, seconds }) => `${dayText(at)} ${seconds === null ? 'not restored' : lasted(seconds)}`)
          .join(', ') || 'no failure',
    },
    failures.map(({ id, at, seconds, byItself }) => {
      const x = 6 + ((Date.parse(at) - from) / Math.max(to - from, 1)) * (WIDTH - 12);
      // A square root: one that took an hour leaves those of minutes to be told apart.
      const y = base - 4 - Math.sqrt((seconds ?? most) / most) * (base - 16);
      return [
        s('path.stick', { d: `M${x} ${base}V${y}` }),
        byItself && seconds !== null
          ? s('circle.byitself', { cx: x, cy: y, r: 3 }, s('title', {}, `${id}: ${lasted(seconds)}`))
          : s(
              'path.byhand',
              { d: `M${x} ${y - 4}l4.4 7.6h-8.8z` },
              s(
                'title',
                {},
                `${id}: ${seconds === null ? 'not restored yet' : lasted(seconds)}, by a person`,
              ),
            ),
      ];
    }),
    s('path.ground', { d: `M0 ${base}H${WIDTH}` }),
  );
}
