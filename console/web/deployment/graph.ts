/** The state machine, drawn from its definition: what was taken, what moves, where it can end. */
import type { Deployment, Graph, GraphNode, StepStatus } from '../../model/deployment.ts';
import { type Child, h, plain, s, say } from '../base/dom.ts';
import { secondsBetween, took } from '../base/format.ts';
import { MARKS, markOf } from '../base/marks.ts';
import { drawn } from '../base/problem.ts';
import { withChoice } from '../base/route.ts';
import type { Piece } from '../base/store.ts';
import { width } from '../base/width.ts';
import { measure, shorten } from '../charts/measure.ts';
import { edges } from './graph-edges.ts';
import { type Box, type Placed, place } from './graph-layout.ts';

const MARGIN = 16;

export function graphPanel(of: Deployment, graph: Piece<Graph>): HTMLElement {
  const live = of.endedAt === null;
  return h(
    'section.panel.graph',
    { 'aria-label': 'The state machine' },
    h(
      'div.head',
      {},
      h('h2', {}, live ? 'What the state machine does' : 'What the state machine did'),
      legend(),
    ),
    drawn(graph, 'the state machine', (known) => {
      const timed = withTimes(known, of);
      const placed = place(timed, width() - 2 * MARGIN);
      return [
        h(
          'div.scrolls',
          { tabindex: '0', role: 'group', 'aria-label': 'Drawing; the same as text follows' },
          drawing(timed, placed),
        ),
        twin(known),
      ];
    }),
  );
}

/** A state that is over tells how long it took; one that is not, what it waits for or why it was passed by. */
function withTimes({ nodes, edges: all }: Graph, { steps }: Deployment): Graph {
  return {
    edges: all,
    nodes: nodes.map((node) => {
      const step = steps.find(({ key }) => key === node.id);
      const over = node.status === 'done' || node.status === 'failed';
      if (!over || !step?.startedAt || !step.endedAt) return node;
      return { ...node, note: took(Math.max(0.1, secondsBetween(step.startedAt, step.endedAt))) };
    }),
  };
}

function legend(): HTMLElement {
  const kinds = [
    ['taken', 'taken'],
    ['current', 'current'],
    ['failed', 'failed'],
    ['back', 'going back'],
    ['not-taken', 'not taken'],
  ] as const;
  return h(
    'div.legend',
    { 'aria-hidden': 'true' },
    kinds.map(([kind, text]) =>
      h('span', {}, s('svg', { width: 20, height: 4 }, s('path.edge', { class: kind, d: 'M0 2H20' })), text),
    ),
  );
}

function drawing(graph: Graph, placed: Placed): SVGElement {
  return s(
    'svg.machine',
    {
      width: placed.width,
      height: placed.height + MARGIN * 2,
      viewBox: `0 ${-MARGIN} ${placed.width} ${placed.height + MARGIN * 2}`,
    },
    edges(graph, placed),
    [...placed.boxes.values()].map(state),
    [...placed.endings.values()].map((of) => ending(of, graph, placed)),
  );
}

/** How a state looks follows from how it went. */
export function lookOf({ status, back }: Pick<GraphNode, 'status' | 'back'>): string {
  if (status === 'failed') return 'failed';
  if (status === 'running') return 'current';
  if (status === 'waiting') return 'waits';
  if (status === 'done') return back ? 'back' : 'done';
  return 'passed';
}

const SIGNS: Partial<Record<StepStatus, string>> = {
  done: 'M-3.6 .4-1 3 4-2.6',
  failed: 'M-3-3l6 6M3-3l-6 6',
};

function state({ node, x, y, width: wide, height }: Box): SVGElement {
  const look = lookOf(node);
  const sign = SIGNS[node.status];
  const note = shorten(plain(node.note), wide - (sign ? 26 : 10));
  const words = `${node.label}: ${STATUS_WORDS[node.status]}${node.note ? `, ${plain(node.note)}` : ''}`;
  const middle = y + height / 2;
  return s(
    'a.state',
    {
      class: look,
      href: withChoice('step', node.id),
      'data-row': true,
      'data-key': node.id,
    },
    s('title', {}, `${words}\n${node.comment}`),
    look === 'current' &&
      s('rect.around', { x: x - 3.5, y: y - 3.5, width: wide + 7, height: height + 7, rx: 9 }),
    s('rect.box', { x, y, width: wide, height, rx: 6 }),
    s(
      'text.label',
      { x: x + wide / 2, y: note ? middle - 4 : middle + 4, 'text-anchor': 'middle' },
      node.label,
    ),
    note &&
      s('text.note', { x: x + wide / 2 + (sign ? 8 : 0), y: middle + 13, 'text-anchor': 'middle' }, note),
    sign &&
      s('path.sign', { d: sign, transform: `translate(${x + wide / 2 - measureHalf(note)} ${middle + 9})` }),
  );
}

const measureHalf = (note: string): number => (note ? measure(note) / 2 + 4 : 0);

function ending(
  { node, x, y }: { node: GraphNode; x: number; y: number },
  { edges: all }: Graph,
  placed: Placed,
): Child {
  const reached = node.status === 'done';
  const last = placed.line.at(-1)?.node.id;
  const fans = all.some(({ from, to }) => to === node.id && from === last);
  const tone = reached && node.verdict ? MARKS[node.verdict].tone : 'dull';
  const from = all.find(({ to }) => to === node.id)?.from;
  const beside = fans || (placed.boxes.get(from ?? '')?.y ?? 0) > y - 20;
  const mark = node.verdict ? markOf(node.verdict, 14, !reached) : null;
  mark?.setAttribute('x', String(beside ? x : x - 7));
  mark?.setAttribute('y', String(beside ? y - 7 : y - 8));
  return s(
    'g.ending',
    { class: `${tone} ${reached ? 'reached' : ''}`, 'data-key': node.id },
    s('title', {}, node.comment),
    mark,
    s('text', beside ? { x: x + 22, y: y + 4 } : { x, y: y + 24, 'text-anchor': 'middle' }, node.label),
  );
}

export const STATUS_WORDS: Readonly<Record<StepStatus, string>> = {
  done: 'done',
  running: 'under way',
  waiting: 'waits',
  failed: 'failed',
  skipped: 'passed by',
  'not-reached': 'not reached',
  'to-come': 'still to come',
};

/** What the drawing says, for whoever does not see it. */
function twin({ nodes, edges: all }: Graph): HTMLElement {
  const steps = nodes.filter(({ kind }) => kind === 'step');
  return h(
    'details.twin',
    {},
    h('summary', {}, 'The same as text'),
    h(
      'ol',
      {},
      steps.map((node) => {
        const taken = all.filter(({ from, status }) => from === node.id && status !== 'not-taken');
        const to = taken.map(
          ({ to: id, label }) =>
            `${nodes.find((of) => of.id === id)?.label ?? id}${label ? ` (${plain(label)})` : ''}`,
        );
        return h(
          'li',
          {},
          h('code', {}, node.label),
          ` ${STATUS_WORDS[node.status]}`,
          node.note && [', ', say(node.note)],
          to.length > 0 && `; then ${to.join(', ')}`,
          '. ',
          h('span.dim', {}, node.comment),
        );
      }),
    ),
  );
}
