/** The parts of the environment file that say when deployments run by themselves, and when none may begin. */
import { z } from 'zod';
import type { Environment } from './environment.ts';
import { type Calendar, freezeTime, parseWindow } from './schedule/calendar.ts';
import { translateCron } from './schedule/unix-cron.ts';
import { isTimeZone, spellingOf } from './schedule/zone.ts';

export const timeZoneSchema = z
  .string()
  .superRefine((zone, context) => {
    // An offset is none: EventBridge Scheduler takes names only, and an offset has no daylight saving time.
    const named = /^[a-z]/i.test(zone) && isTimeZone(zone);
    const spelling = named ? spellingOf(zone) : undefined;
    if (named && spelling === zone) return;
    const meant = spelling ? `; did you mean ${spelling}?` : ', for example Europe/Berlin';
    context.addIssue({ code: 'custom', message: `is not a time zone of the IANA list${meant}` });
  })
  .describe(
    'The zone in which freezes and windows are read; that of `schedule` where it is left out, else UTC.',
  );

export const scheduleSchema = z
  .strictObject({
    cron: z
      .string()
      .superRefine((cron, context) => {
        const read = translateCron(cron);
        if ('problem' in read) context.addIssue({ code: 'custom', message: read.problem });
      })
      .describe(
        'A UNIX cron of five fields: minute, hour, day of the month, month, day of the week (0 or 7 is Sunday).',
      ),
    timeZone: timeZoneSchema
      .optional()
      .describe('The zone whose clocks count; `timeZone` of the file where it is left out, else UTC.'),
    what: z
      .string()
      .regex(
        /^(latest-published|branch:[\w][\w./-]*)$/,
        'must be "latest-published" or "branch:NAME", for example "branch:main"',
      )
      .describe(
        '`latest-published` releases what was published last; `branch:main` builds and releases what was uploaded of that branch last.',
      ),
  })
  .describe('When each service is deployed without anybody asking.');

const freezeSchema = z
  .strictObject({
    from: freezeEnd('from').describe('A day or a time (2026-12-18, 2026-12-18T17:00) of the zone.'),
    to: freezeEnd('to').describe('Likewise; a day alone is the last one of the freeze.'),
    reason: z.string().min(1).max(200).describe('Why; told to whoever is refused.'),
  })
  .superRefine(({ from, to }, context) => {
    const [begins, ends] = [freezeTime(from, 'UTC', 'from'), freezeTime(to, 'UTC', 'to')];
    if (begins !== undefined && ends !== undefined && begins >= ends)
      context.addIssue({
        code: 'custom',
        path: ['from'],
        message: `is ${from}, which is not before to (${to})`,
      });
  });

export const freezesSchema = z
  .array(freezeSchema)
  .default([])
  .describe('Times in which no deployment begins. A rollback always may.');

export const windowsSchema = z
  .array(
    z.string().refine((text) => parseWindow(text) !== undefined, {
      error: 'is not a weekly window, for example "Mon-Thu 09:00-16:00" or "Tue,Sat 22:00-02:00"',
    }),
  )
  .default([])
  .describe(
    'Weekly windows outside of which no deployment begins, for example "Mon-Thu 09:00-16:00"; any time where there is none.',
  );

function freezeEnd(end: 'from' | 'to') {
  return z.string().refine((text) => freezeTime(text, 'UTC', end) !== undefined, {
    error: 'is not a day or a time, for example 2026-12-18 or 2026-12-18T17:00',
  });
}

type Times = Pick<Environment, 'schedule' | 'timeZone' | 'freeze' | 'windows'>;

export interface Schedule {
  /** As in the file. */
  readonly cron: string;
  /** As EventBridge Scheduler takes it. */
  readonly expression: string;
  readonly timeZone: string;
  readonly what: string;
  /** The branch that is built; undefined where what was published last is released. */
  readonly branch: string | undefined;
}

/** Undefined where the environment has no schedule. */
export function scheduleOf({ schedule, timeZone }: Times): Schedule | undefined {
  if (!schedule) return undefined;
  const read = translateCron(schedule.cron);
  if ('problem' in read) throw new Error(`schedule.cron ${read.problem}`);
  return {
    cron: schedule.cron,
    expression: read.expression,
    timeZone: schedule.timeZone ?? timeZone ?? 'UTC',
    what: schedule.what,
    branch: /^branch:(.*)$/.exec(schedule.what)?.[1],
  };
}

export function calendarOf({ schedule, timeZone, freeze, windows }: Times): Calendar {
  return { timeZone: timeZone ?? schedule?.timeZone ?? 'UTC', freeze, windows };
}
