/** Schedules as a person reads them: a block a service, its next times on the clocks of its zone and of this machine. */

import { shortName } from '../../core/plan.ts';
import { type Closed, wallTime } from '../../core/schedule/calendar.ts';
import type { ScheduleView } from '../schedules.ts';
import { PAINT, painter, wrapped } from './screen.ts';
import type { Screen } from './text.ts';

const LABEL = '  next  ';
const BLANK = ' '.repeat(LABEL.length);

/** `here` is the zone of this machine. */
export function scheduleLines(view: ScheduleView, screen: Screen, here: string): string[] {
  const { service, environment, schedule, next, last, notes } = view;
  const head = `${service} → ${environment}   ${schedule.cron}  ${schedule.timeZone}   ${schedule.what}`;
  return [
    ...wrapped('', head, screen.columns),
    ...next.flatMap((run, index) => nextLines(run, view, screen, here, index === 0 ? LABEL : BLANK)),
    ...(last ? lastLines(last, view, screen) : wrapped('  last  ', 'it has not run yet', screen.columns)),
    ...notes.flatMap((note) => wrapped('  note  ', note, screen.columns)),
  ];
}

function nextLines(
  { at, closed }: ScheduleView['next'][number],
  { schedule, calendar }: ScheduleView,
  screen: Screen,
  here: string,
  label: string,
): string[] {
  const there = wallTime(schedule.timeZone, at);
  const local = here === schedule.timeZone ? '' : `here ${wallTime(here, at)}`;
  const line = `${label}${there}   ${local}`.trimEnd();
  const lines = line.length <= screen.columns ? [line] : [`${label}${there}`, `${BLANK}  ${local}`];
  if (!closed) return lines;
  const paint = painter(screen);
  const [first = '', ...more] = wrapped(`${BLANK}  `, closedText(closed, calendar.timeZone), screen.columns);
  return [...lines, ...[first, ...more].map((text) => paint(text, PAINT.wait))];
}

function closedText({ until, reason }: Closed, zone: string): string {
  return `would be refused${until === null ? '' : ` until ${wallTime(zone, until)}`}: ${reason}`;
}

function lastLines(
  { scheduledAt = '', outcome, deploymentId, release }: NonNullable<ScheduleView['last']>,
  { schedule }: ScheduleView,
  screen: Screen,
): string[] {
  const ended = outcome ? outcome.verdict : 'running';
  const what = release ? `  ${shortName({ ...release, commit: release.commit || null })}` : '';
  const text = `${wallTime(schedule.timeZone, Date.parse(scheduledAt))}   ${ended}${what}   ${deploymentId}`;
  return [
    ...wrapped('  last  ', text, screen.columns),
    ...(outcome?.reason ? wrapped(`${BLANK}  `, outcome.reason, screen.columns) : []),
  ];
}
