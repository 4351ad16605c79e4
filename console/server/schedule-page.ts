/** Schedules, freezes and weekly windows, as the environment files have them. */
import type { BriefEntry } from '../../core/dora.ts';
import { markOf } from '../../core/dora.ts';
import { calendarOf, scheduleOf } from '../../core/environment-schedule.ts';
import { type Calendar, freezeTime } from '../../core/schedule/calendar.ts';
import { upcoming } from '../../core/schedule/upcoming.ts';
import type { NowRow } from '../model/now.ts';
import type { Place as PlaceView, Problem } from '../model/parts.ts';
import type { Schedules } from '../model/schedules.ts';
import { type Place, targetOf } from './place.ts';

const TIMES = 5;
/** A freeze that is further away is nobody's concern yet. */
const SOON_MS = 14 * 86_400_000;

interface Freeze {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

function freezesOf({ freeze, timeZone }: Calendar): Freeze[] {
  return freeze.flatMap(({ from, to, reason }) => {
    const [begins, ends] = [freezeTime(from, timeZone, 'from'), freezeTime(to, timeZone, 'to')];
    return begins === undefined || ends === undefined ? [] : [{ from: begins, to: ends, reason }];
  });
}

const iso = (at: number) => new Date(at).toISOString();

/** The freeze that holds, or the next one soon. */
export function freezeOf(place: Place, now: number): PlaceView['freeze'] {
  const [next] = freezesOf(calendarOf(place.environment))
    .filter(({ from, to }) => to > now && from < now + SOON_MS)
    .sort((a, b) => a.from - b.from);
  return next ? { from: iso(next.from), to: iso(next.to), reason: next.reason, now: next.from <= now } : null;
}

export function nextOf(place: Place, now: number): NowRow['next'] {
  const schedule = scheduleOf(place.environment);
  const [next] = schedule ? upcoming(schedule, calendarOf(place.environment), now, 1) : [];
  if (!schedule || !next) return null;
  return { at: iso(next.at), what: next.closed ? `refused: ${next.closed.reason}` : whatOf(schedule.what) };
}

function whatOf(what: string): string {
  return what === 'latest-published' ? 'what was published last' : `\`${what.replace('branch:', '')}\``;
}

export function schedulesOf(
  places: readonly Place[],
  entriesOf: (target: string) => readonly BriefEntry[],
  problems: readonly Problem[],
  now: number,
): Schedules {
  return {
    at: iso(now),
    rows: places.flatMap((place) => {
      const schedule = scheduleOf(place.environment);
      if (!schedule) return [];
      const next = upcoming(schedule, calendarOf(place.environment), now, TIMES).map(({ at }) => iso(at));
      return place.services.map((service) => {
        const last = entriesOf(targetOf(place, service)).find(({ scheduledAt }) => scheduledAt);
        return {
          environment: place.environmentName,
          service,
          cron: schedule.cron,
          timeZone: schedule.timeZone,
          what: whatOf(schedule.what),
          next,
          last: last
            ? { id: last.deploymentId, at: last.endedAt ?? last.startedAt, mark: markOf(last) }
            : null,
        };
      });
    }),
    freezes: places.flatMap((place) =>
      freezesOf(calendarOf(place.environment)).map(({ from, to, reason }) => ({
        environment: place.environmentName,
        from: iso(from),
        to: iso(to),
        reason,
        state: to <= now ? ('over' as const) : from <= now ? ('now' as const) : ('to-come' as const),
      })),
    ),
    windows: places.flatMap((place) => {
      const { windows, timeZone } = calendarOf(place.environment);
      return windows.map((text) => ({ environment: place.environmentName, text: `${text} ${timeZone}` }));
    }),
    problems,
  };
}
