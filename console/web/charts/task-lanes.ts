/** A lane a task, old, new and old again: pending dotted, started empty, healthy full, failing hatched, draining thin. */
import type { TaskGroup, TaskState } from '../../model/timeline.ts';
import { type Child, plain, s } from '../base/dom.ts';
import type { Axis } from './axis.ts';
import { measure, shorten } from './measure.ts';

export const LANE = 15;
const BAR = 10.5;
const GAP = 12;
/** More tasks than this of one release are told as a number: the chart shows how they went, not an inventory. */
const MOST = 12;

const WORDS = { old: 'old', new: 'new', again: 'again' } as const;

export function lanesHeight(groups: readonly TaskGroup[]): number {
  return groups.reduce((sum, { tasks }) => sum + Math.min(tasks.length, MOST) * LANE + GAP, 0);
}

export function taskLanes(groups: readonly TaskGroup[], axis: Axis, top: number, narrow: boolean): Child {
  let y = top;
  return groups.map((group) => {
    const shown = group.tasks.slice(0, MOST);
    const start = y;
    y += shown.length * LANE + GAP;
    return s(
      'g.lanes',
      { class: group.kind },
      !narrow && names(group, start),
      shown.map((task, index) =>
        lane(
          task,
          axis,
          start + index * LANE,
          narrow,
          index > 0 && shown[index - 1]?.note === task.note && !narrow && task.note.startsWith('stopped'),
        ),
      ),
    );
  });
}

function names({ kind, release, tasks }: TaskGroup, y: number): Child {
  const word =
    kind === 'again'
      ? `${tasks.length} again`
      : `${tasks.length} ${WORDS[kind]} ${tasks.length === 1 ? 'task' : 'tasks'}`;
  return [
    s('text.groupname', { x: 16, y: y + 9 }, word),
    // One lane has no room for a second line.
    tasks.length > 1 && s('text.groupsub', { x: 16, y: y + 9 + LANE }, release),
  ];
}

type Task = TaskGroup['tasks'][number];

function lane(
  { id, segments, ended, note }: Task,
  axis: Axis,
  y: number,
  narrow: boolean,
  said: boolean,
): SVGElement {
  const last = segments.at(-1);
  const end = last ? axis.x(last.to) : axis.left;
  const room = axis.right + 16 - end - 10;
  const text = plain(note);
  return s(
    'g.lane',
    { 'data-key': id },
    s('title', {}, `${id}${text ? `: ${text}` : ''}`),
    s('text.taskid', { x: axis.left - (narrow ? 6 : 12), y: y + 9, 'text-anchor': 'end' }, id.slice(0, 4)),
    segments.map(({ state, from, to }) => segment(state, axis.x(from), axis.x(to), y)),
    ended && last && last.state !== 'healthy' && s('path.stop', { d: `M${end} ${y}V${y + BAR}` }),
    text &&
      !narrow &&
      !said &&
      room > 60 &&
      s('text.tasknote', { x: end + 9, y: y + 9 }, measure(text) > room ? shorten(text, room) : text),
  );
}

function segment(state: TaskState, x: number, end: number, y: number): Child {
  const width = Math.max(0.5, end - x);
  const middle = y + BAR / 2;
  switch (state) {
    case 'pending':
      return s('path.pending', { d: `M${x} ${middle}H${end}` });
    case 'draining':
      return s('path.draining', { d: `M${x} ${middle}H${end}` });
    case 'failing':
      return [
        s('rect.failing', { x, y: y + 0.5, width, height: BAR - 1 }),
        s('path.hatch', { d: hatch(x, width, y + 0.5, BAR - 1) }),
      ];
    default:
      return s(`rect.${state}`, {
        x,
        y: state === 'started' ? y + 0.5 : y,
        width,
        height: state === 'started' ? BAR - 1 : BAR,
      });
  }
}

/** Slanted lines, cut at both ends of the bar. */
function hatch(x: number, width: number, y: number, height: number): string {
  let path = '';
  for (let at = x - height; at < x + width; at += 5) {
    const from = Math.max(at, x);
    const to = Math.min(at + height, x + width);
    if (to > from) path += `M${from} ${y + height - (from - at)}L${to} ${y + height - (to - at)}`;
  }
  return path;
}
