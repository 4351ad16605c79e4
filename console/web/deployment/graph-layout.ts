/**
 * Where the states stand: the way forward in ranks (dagre), a state that can be passed by above the gap that it
 * bridges, the way back in a row of its own below, endings where they leave.
 */
import { Graph as Dagre, layout as rank } from '@dagrejs/dagre';
import type { Graph, GraphEdge, GraphNode } from '../../model/deployment.ts';
import { measure } from '../charts/measure.ts';

export interface Box {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Placed {
  readonly boxes: ReadonlyMap<string, Box>;
  /** Steps of the way forward, from left to right. */
  readonly line: readonly Box[];
  readonly endings: ReadonlyMap<string, { readonly node: GraphNode; readonly x: number; readonly y: number }>;
  readonly width: number;
  readonly height: number;
}

export const BOX_HEIGHT = 46;
const ROW = 84;
const LEAST_GAP = 16;
const MOST_GAP = 30;
/** What the endings on the right need. */
export const FAN = 166;
const FAN_STEP = 30;
const LAST_WIDTH = 108;
const LABEL_APART = 58;

export function place({ nodes, edges }: Graph, width: number): Placed {
  const steps = nodes.filter(({ kind }) => kind === 'step');
  const forward = steps.filter(({ back }) => !back);
  const detours = forward.filter((node) => isDetour(node, edges));
  const main = forward.filter((node) => !detours.includes(node));
  const line = inRanks(main, edges, width);
  const boxes = new Map(line.map((box) => [box.node.id, box]));
  const top = detours.length > 0 ? 64 : 12;
  const fan = endingsOf(line.at(-1)?.node.id ?? '', nodes, edges);
  const y = Math.max(top, centreOf(fan) * FAN_STEP - BOX_HEIGHT / 2 + 8);
  for (const [id, box] of boxes) boxes.set(id, { ...box, y });

  for (const node of detours) {
    const before = boxes.get(edges.find(({ to }) => to === node.id)?.from ?? '');
    const after = boxes.get(edges.find(({ from }) => from === node.id)?.to ?? '');
    if (!before || !after) continue;
    const size = widthOf(node);
    const middle = (before.x + before.width + after.x) / 2;
    boxes.set(node.id, { node, x: middle - size / 2, y: y - 64, width: size, height: BOX_HEIGHT - 4 });
  }
  wayBack(
    steps.filter(({ back }) => back),
    edges,
    boxes,
    line,
    y + ROW,
  );
  const endings = placeEndings(nodes, edges, boxes, line.at(-1), y);
  const lowest = Math.max(
    ...[...boxes.values()].map((box) => box.y + box.height),
    ...[...endings.values()].map((of) => of.y + 30),
  );
  const last = line.at(-1);
  return {
    boxes,
    line: line.map((box) => boxes.get(box.node.id) ?? box),
    endings,
    width: Math.max(width, (last ? last.x + last.width : 0) + FAN),
    height: lowest + 8,
  };
}

/** One way in, one way out, and an edge that goes by it. */
function isDetour({ id }: GraphNode, edges: readonly GraphEdge[]): boolean {
  // Where nothing is done but waiting for a person: the way of the release itself stays one line.
  if (id !== 'AwaitApproval') return false;
  const into = edges.filter(({ to }) => to === id);
  const out = edges.filter(({ from, to }) => from === id && !to.includes('/'));
  const [one, other] = [into[0], out[0]];
  if (into.length !== 1 || out.length !== 1 || !one || !other) return false;
  return edges.some(({ from, to }) => from === one.from && to === other.to);
}

function widthOf({ label, note }: GraphNode): number {
  const text = Math.max(measure(label, 'label'), Math.min(measure(note, 'note') + 16, 104));
  return Math.round(Math.min(128, Math.max(100, text + 20)));
}

function inRanks(main: readonly GraphNode[], edges: readonly GraphEdge[], width: number): Box[] {
  const ids = new Set(main.map(({ id }) => id));
  const sum = main.reduce((all, node) => all + widthOf(node), 0);
  const free = (width - FAN - sum) / Math.max(main.length - 1, 1);
  const graph = new Dagre();
  graph.setGraph({ rankdir: 'LR', ranksep: Math.max(LEAST_GAP, Math.min(MOST_GAP, free)), nodesep: 20 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of main) graph.setNode(node.id, { width: widthOf(node), height: BOX_HEIGHT });
  for (const { from, to } of edges) {
    if (ids.has(from) && ids.has(to)) graph.setEdge(from, to, {});
  }
  rank(graph);
  let x = 0;
  const gap = Math.max(LEAST_GAP, Math.min(MOST_GAP, free));
  return [...main]
    .sort((one, other) => (graph.node(one.id)?.x ?? 0) - (graph.node(other.id)?.x ?? 0))
    .map((node, index, all) => {
      // The way back ends below the last one, whose width is that of the two.
      const least = index === all.length - 1 ? LAST_WIDTH : 0;
      const box = { node, x, y: 0, width: Math.max(least, widthOf(node)), height: BOX_HEIGHT };
      x += box.width + gap;
      return box;
    });
}

/** Below the state that it leaves from, then onwards. */
function wayBack(
  back: readonly GraphNode[],
  edges: readonly GraphEdge[],
  boxes: Map<string, Box>,
  line: readonly Box[],
  y: number,
): void {
  for (const node of back) {
    const from = boxes.get(edges.find((edge) => edge.to === node.id && boxes.has(edge.from))?.from ?? '');
    const above = from && line.find((box) => box.x >= (from.node.back ? from.x + from.width : from.x));
    const size = above?.width ?? widthOf(node);
    const left = from?.node.back ? Math.max(from.x + from.width + LEAST_GAP, above?.x ?? 0) : (from?.x ?? 0);
    boxes.set(node.id, { node, x: left, y, width: size, height: BOX_HEIGHT });
  }
}

/** Good ones first, as they are listed everywhere. */
const ORDER = ['succeeded', 'unchanged', 'rolled-back', 'cancelled', 'superseded', 'refused'];

export function endingsOf(id: string, nodes: readonly GraphNode[], edges: readonly GraphEdge[]): GraphNode[] {
  const place = ({ verdict }: GraphNode) => {
    const at = ORDER.indexOf(verdict ?? '');
    return at < 0 ? ORDER.length : at;
  };
  return nodes
    .filter((node) => node.kind === 'ending' && edges.some(({ from, to }) => from === id && to === node.id))
    .sort((one, other) => place(one) - place(other));
}

/** The ending that was reached stands level with the line; before there is one, the middle does. */
function centreOf(fan: readonly GraphNode[]): number {
  const reached = fan.findIndex(({ status }) => status === 'done');
  return reached >= 0 ? reached : (fan.length - 1) / 2;
}

function placeEndings(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  boxes: ReadonlyMap<string, Box>,
  last: Box | undefined,
  y: number,
): Placed['endings'] {
  const placed = new Map<string, { node: GraphNode; x: number; y: number }>();
  for (const box of boxes.values()) {
    const own = endingsOf(box.node.id, nodes, edges);
    const fans = box.node.id === last?.node.id;
    for (const [index, node] of own.entries()) {
      const level = box.y + box.height / 2;
      if (fans)
        placed.set(node.id, {
          node,
          x: box.x + box.width + 44,
          y: level + (index - centreOf(own)) * FAN_STEP,
        });
      // Above the line there is no room below: beside.
      else if (box.y < y) placed.set(node.id, { node, x: box.x + box.width + 24, y: box.y + 8 + index * 16 });
      else {
        const apart = (index - (own.length - 1) / 2) * LABEL_APART;
        placed.set(node.id, { node, x: box.x + box.width / 2 + apart, y: box.y + BOX_HEIGHT + 40 });
      }
    }
  }
  return placed;
}
