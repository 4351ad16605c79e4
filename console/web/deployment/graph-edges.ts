/** The edges: straight along the line, in lanes below it where they pass states by, up and down to the way back. */
import type { Graph, GraphEdge } from '../../model/deployment.ts';
import { type Child, plain, s } from '../base/dom.ts';
import { shorten } from '../charts/measure.ts';
import { BOX_HEIGHT, type Box, type Placed } from './graph-layout.ts';

const LANE = 14;
const LANE_STEP = 9;
const LABEL_WIDTH = 130;
const HEAD = 5;

type Point = readonly [number, number];

export function edges({ edges: all }: Graph, placed: Placed): Child {
  let lanes = 0;
  // What was taken is drawn last, over what was not.
  const ordered = [...all].sort((one, other) => order(one) - order(other));
  return ordered.map((edge) => {
    const from = placed.boxes.get(edge.from);
    if (!from) return null;
    const ending = placed.endings.get(edge.to);
    if (ending)
      return draw(
        edge,
        toEnding(from, ending, placed),
        from.node.id === placed.line.at(-1)?.node.id && edge.status !== 'not-taken',
      );
    const to = placed.boxes.get(edge.to);
    if (!to) return null;
    const passing = passes(from, to, placed);
    return draw(edge, passing ? inLane(from, to, lanes++) : between(from, to), true);
  });
}

const order = ({ status }: GraphEdge) => (status === 'not-taken' ? 0 : status === 'taken' ? 1 : 2);

/** Whether states of the line stand between the two. */
function passes(from: Box, to: Box, { line }: Placed): boolean {
  const [one, other] = [line.indexOf(from), line.indexOf(to)];
  return one >= 0 && other >= 0 && Math.abs(other - one) > 1;
}

function inLane(from: Box, to: Box, lane: number): Point[] {
  const y = from.y + BOX_HEIGHT + LANE + lane * LANE_STEP;
  const start = from.x + from.width * 0.64;
  const end = to.x + to.width * 0.42;
  return [
    [start, from.y + BOX_HEIGHT],
    [start, y],
    [end, y],
    [end, to.y + BOX_HEIGHT],
  ];
}

function between(from: Box, to: Box): Point[] {
  const level = from.y + from.height / 2;
  if (Math.abs(from.y - to.y) < 4) {
    return [
      [from.x + from.width, level],
      [to.x, level],
    ];
  }
  const middle = (box: Box) => box.x + box.width / 2;
  const overlap = Math.min(from.x + from.width, to.x + to.width) - Math.max(from.x, to.x);
  const [beside, other] = from.y > to.y ? [middle(from), to] : [middle(to), from];
  if (overlap > 24 && beside > other.x - 6 && beside < other.x + other.width + 6) {
    const x = (Math.max(from.x, to.x) + Math.min(from.x + from.width, to.x + to.width)) / 2;
    return from.y < to.y
      ? [
          [x, from.y + from.height],
          [x, to.y],
        ]
      : [
          [x, from.y],
          [x, to.y + to.height],
        ];
  }
  const up = to.y < from.y;
  // To a state above the gap and from it: out at the top, in from the side, and the other way round.
  if (up) {
    const x = from.x + from.width * 0.5;
    return [
      [x, from.y],
      [x, to.y + to.height / 2],
      [to.x, to.y + to.height / 2],
    ];
  }
  return [
    [from.x + from.width, level],
    [middle(to), level],
    [middle(to), to.y],
  ];
}

function toEnding(from: Box, { x, y }: { x: number; y: number }, { line }: Placed): Point[] {
  const level = from.y + from.height / 2;
  if (from.node.id !== line.at(-1)?.node.id) {
    if (y < from.y + from.height) {
      return [
        [from.x + from.width, y],
        [x - 4, y],
      ];
    }
    return [
      [x, from.y + from.height],
      [x, y - 12],
    ];
  }
  const bus = from.x + from.width + 18;
  return Math.abs(level - y) < 2
    ? [
        [from.x + from.width, level],
        [x - 6, y],
      ]
    : [
        [from.x + from.width, level],
        [bus, level],
        [bus, y],
        [x - 6, y],
      ];
}

function draw(edge: GraphEdge, points: readonly Point[], arrow: boolean): SVGElement {
  const [before, end] = [points.at(-2), points.at(-1)];
  return s(
    'g.way',
    { class: edge.status, 'data-key': `${edge.from}>${edge.to}` },
    s('path.edge', { class: edge.status, d: rounded(points) }),
    arrow && before && end && s('path.edge.arrow', { class: edge.status, d: arrowAt(before, end) }),
    edge.label && !edge.to.includes('/') && labelOf(shorten(plain(edge.label), LABEL_WIDTH), points),
  );
}

function labelOf(text: string, points: readonly Point[]): SVGElement {
  const [one, other] = [points[0] ?? [0, 0], points[1] ?? [0, 0]];
  const upright = one[0] === other[0];
  const [x, y] = [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
  return upright
    ? s('text.why', { x: x + 8, y: y + 4 }, text)
    : s('text.why', { x, y: y - 6, 'text-anchor': 'middle' }, text);
}

function arrowAt([fromX, fromY]: Point, [x, y]: Point): string {
  const [dx, dy] = [Math.sign(Math.round(x - fromX)), Math.sign(Math.round(y - fromY))];
  return `M${x - dx * HEAD - dy * HEAD} ${y - dy * HEAD - dx * HEAD}L${x} ${y}L${x - dx * HEAD + dy * HEAD} ${y - dy * HEAD + dx * HEAD}`;
}

/** Corners of 6 pixels. */
function rounded(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${first.join(' ')}`;
  for (const [index, point] of rest.entries()) {
    const [before, after] = [points[index], rest[index + 1]];
    if (!after || !before) {
      path += `L${point.join(' ')}`;
      continue;
    }
    const cut = (to: Point): Point => {
      const length = Math.hypot(to[0] - point[0], to[1] - point[1]) || 1;
      const share = Math.min(6, length / 2) / length;
      return [point[0] + (to[0] - point[0]) * share, point[1] + (to[1] - point[1]) * share];
    };
    path += `L${cut(before).join(' ')}Q${point.join(' ')} ${cut(after).join(' ')}`;
  }
  return path;
}
