/** What happened, second by second: steps, tasks, answers and latency on one axis, the verdict's line through all. */
import type { Deployment } from '../../model/deployment.ts';
import type { Part } from '../../model/parts.ts';
import type { Timeline } from '../../model/timeline.ts';
import { type Child, h, s } from '../base/dom.ts';
import { clock } from '../base/format.ts';
import { drawn, problemBox } from '../base/problem.ts';
import { serverNow } from '../base/server-time.ts';
import type { Piece } from '../base/store.ts';
import { width } from '../base/width.ts';
import { ANSWERS_HEIGHT, answersChart } from '../charts/answers.ts';
import { type Axis, axis, band, grid, uprights } from '../charts/axis.ts';
import { LATENCY_HEIGHT, latencyChart } from '../charts/latency.ts';
import { ROW, stepRows } from '../charts/step-rows.ts';
import { lanesHeight, taskLanes } from '../charts/task-lanes.ts';
import { timelineTwin } from './twin.ts';

const TOP = 66;
/** Without lines there are no labels of theirs. */
const BARE_TOP = 28;
const PAUSE = 14;

export function timelinePanel(of: Deployment, timeline: Piece<Timeline>, narrow: boolean): HTMLElement {
  const known = timeline.value;
  const [from, to] = known ? spanOf(known, narrow) : ['', ''];
  const title =
    narrow && known ? `The release, ${clock(from)} to ${clock(to)}` : 'What happened, second by second';
  return h(
    'section.panel.timeline',
    {
      'aria-label': 'Time line',
      class: of.mark === 'rolled-back' || of.mark === 'needs-attention' ? null : 'good',
    },
    h('div.head', {}, h('h2', {}, title), !narrow && legend()),
    drawn(timeline, 'the time line', (value) => [
      chart({ ...value, steps: live(of, value) }, narrow),
      [value.tasks, value.answers, value.latency].map(
        (part: Part<unknown>) => !part.known && problemBox(part.problem),
      ),
      narrow && legend(),
      timelineTwin(value),
    ]),
  );
}

/** Steps come with the deployment too, and sooner. */
const live = (of: Deployment, { steps }: Timeline) => (of.steps.length >= steps.length ? of.steps : steps);

/** A phone shows the release alone: from just before it to its end. */
function spanOf({ from, to, lines }: Timeline, narrow: boolean): [string, string] {
  const released = lines.find(({ kind }) => kind === 'released');
  if (!narrow || !released) return [from, to];
  const verdict = lines.findLast(({ kind }) => kind === 'verdict' || kind === 'proven' || kind === 'now');
  const length = Math.max(30_000, Date.parse(verdict?.at ?? to) - Date.parse(released.at));
  const start = Date.parse(released.at) - length * 0.06;
  const end = Math.min(Date.parse(to), Date.parse(released.at) + length * 1.1);
  return [new Date(start).toISOString(), new Date(end).toISOString()];
}

function chart(value: Timeline, narrow: boolean): Child {
  const wide = width();
  const of = axis(...spanOf(value, narrow), narrow ? 44 : 174, wide - (narrow ? 12 : 24));
  const parts: { height: number; draw(y: number): Child }[] = [];
  if (!narrow)
    parts.push({ height: value.steps.length * ROW, draw: (y) => stepRows(value.steps, of, y, nowOf(value)) });
  const { tasks, answers, latency } = value;
  if (tasks.known && tasks.value.length > 0) {
    parts.push({ height: lanesHeight(tasks.value) - 4, draw: (y) => taskLanes(tasks.value, of, y, narrow) });
  }
  if (answers.known && [...answers.value.old, ...(answers.value.fresh ?? [])].some((value) => value)) {
    parts.push({
      height: ANSWERS_HEIGHT,
      draw: (y) => [
        narrow && caption('Answers in 5 s: new above, old below', y),
        answersChart(answers.value, of, y, narrow),
      ],
    });
  }
  if (
    latency.known &&
    [...latency.value.old, ...(latency.value.fresh ?? [])].some((value) => value !== null)
  ) {
    parts.push({
      height: LATENCY_HEIGHT,
      draw: (y) => [
        narrow && caption('Latency p95: new, old, limit', y),
        latencyChart(latency.value, of, y, narrow),
      ],
    });
  }
  return stacked(parts, of, value, wide, narrow);
}

/** As the chart is drawn: its other pieces end where they were read. */
function nowOf({ lines }: Timeline): number {
  const line = lines.find(({ kind }) => kind === 'now');
  return line ? Date.parse(line.at) : serverNow();
}

const caption = (text: string, y: number) => s('text.chartsub', { x: 12, y: y + 6 }, text);

function stacked(
  parts: readonly { height: number; draw(y: number): Child }[],
  of: Axis,
  { lines }: Timeline,
  wide: number,
  narrow: boolean,
): SVGElement {
  const top = lines.length > 0 ? TOP : BARE_TOP;
  let y = top;
  const placed = parts.map(({ height, draw }) => {
    const at = y;
    y += height + PAUSE * 2;
    return { draw, at, rule: y - PAUSE };
  });
  const bottom = y - PAUSE * 1.4;
  return s(
    'svg.axis',
    {
      width: wide,
      height: bottom + 34,
      viewBox: `0 0 ${wide} ${bottom + 34}`,
      role: 'group',
      'aria-label': 'Chart; the same as tables follows',
    },
    grid(of, top - 12, bottom),
    band(lines, of, top - 16, bottom),
    placed.slice(0, -1).map(({ rule }) => s('path.rule', { d: `M16 ${rule}H${wide - 16}` })),
    placed.map(({ draw, at }) => draw(at)),
    uprights(lines, of, top - 8, bottom, narrow),
  );
}

function legend(): HTMLElement {
  const swatch = (...inside: SVGElement[]) =>
    s('svg.lanes', { width: 16, height: 8, 'aria-hidden': 'true' }, inside);
  const box = (kind: string) => s(`rect.${kind}`, { x: 0.5, y: 0.5, width: 15, height: 7 });
  const kinds: [string, SVGElement][] = [
    ['pending', swatch(s('path.pending', { d: 'M0 4H16' }))],
    ['started', swatch(box('started'))],
    ['healthy', swatch(box('healthy'))],
    ['failing', swatch(box('failing'), s('path.hatch', { d: 'M1 7 7 1M6 7l6-6M11 7l4-4' }))],
    ['draining', swatch(s('path.draining', { d: 'M0 4H16' }))],
    ['old, healthy', swatch(s('rect.oldbox', { width: 16, height: 8 }))],
  ];
  return h(
    'div.legend.tasklegend',
    { 'aria-hidden': 'true' },
    kinds.map(([text, mark]) => h('span', {}, mark, text)),
  );
}
