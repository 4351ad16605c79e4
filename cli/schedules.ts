/** What a person needs to know of a schedule: when it runs next, what of that would be refused, and how the last run ended. */
import { z } from 'zod';
import { getJson } from '../aws/artefacts.ts';
import { isNamed } from '../aws/errors.ts';
import { entriesOf } from '../aws/journal.ts';
import { clientsOf } from '../aws/lazy-clients.ts';
import { findSchedule, type ScheduleSeen } from '../aws/scheduler.ts';
import { type Environment, parseEnvironment } from '../core/environment.ts';
import { calendarOf, type Schedule, scheduleOf } from '../core/environment-schedule.ts';
import type { JournalEntry } from '../core/journal.ts';
import { scheduleName } from '../core/names.ts';
import { configurationKey } from '../core/release.ts';
import type { Calendar } from '../core/schedule/calendar.ts';
import { type Upcoming, upcoming } from '../core/schedule/upcoming.ts';
import type { Cloud } from './cloud.ts';

const TIMES = 5;
/** Entries that are looked through for a scheduled one: months, where people deploy several times a day. */
const ENTRIES_READ = 500;

export interface ScheduleView {
  readonly service: string;
  readonly environment: string;
  readonly schedule: Schedule;
  readonly calendar: Calendar;
  readonly next: readonly Upcoming[];
  /** The newest deployment that a schedule started. */
  readonly last: JournalEntry | undefined;
  /** What stands between the file and what will happen. */
  readonly notes: readonly string[];
}

/** Undefined where the environment has no schedule. */
export async function schedulesOf(
  cloud: Cloud,
  environment: Environment,
  services: readonly string[],
  now: Date,
): Promise<ScheduleView[] | undefined> {
  const schedule = scheduleOf(environment);
  if (!schedule) return undefined;
  const { environmentName } = cloud;
  const calendar = calendarOf(environment);
  const next = upcoming(schedule, calendar, now.getTime(), TIMES);
  const sent = await asFarAsAllowed('which environment file was sent last', () =>
    sentNotes(cloud, schedule, calendar),
  );
  const scheduler = await clientsOf(cloud).scheduler();
  return Promise.all(
    services.map(async (service) => {
      const name = scheduleName(environmentName, service);
      const deployed = await asFarAsAllowed('whether EventBridge Scheduler has this schedule', async () =>
        deployedNotes(await findSchedule(scheduler, name), schedule, environmentName),
      );
      const last = await lastScheduled(cloud, `${service}/${environmentName}`);
      const notes = [...deployed, ...sent];
      return { service, environment: environmentName, schedule, calendar, next, last, notes };
    }),
  );
}

/** The times come from the file: a role that may not look at the rest is still told them. */
async function asFarAsAllowed(what: string, look: () => Promise<string[]>): Promise<string[]> {
  try {
    return await look();
  } catch (error) {
    if (!isNamed(error, 'PermissionMissing')) throw error;
    return [`Your role may not see ${what}: ${(error as Error).message}`];
  }
}

async function lastScheduled(cloud: Cloud, target: string): Promise<JournalEntry | undefined> {
  let read = 0;
  for await (const entry of entriesOf(cloud.journal, target)) {
    if (entry.scheduledAt) return entry;
    if (++read === ENTRIES_READ) break;
  }
  return undefined;
}

function deployedNotes(
  seen: ScheduleSeen | undefined,
  { expression, timeZone }: Schedule,
  environmentName: string,
): string[] {
  const again = `\`npx cdk deploy --context environment=${environmentName}\``;
  if (!seen) return [`EventBridge Scheduler does not know this schedule yet; ${again} makes it.`];
  const notes = [];
  if (seen.expression !== expression || seen.timeZone !== timeZone)
    notes.push(
      `EventBridge Scheduler still has ${seen.expression} in ${seen.timeZone}; ${again} brings it up to date.`,
    );
  if (!seen.enabled) notes.push('The schedule is switched off in EventBridge Scheduler.');
  return notes;
}

/** A run goes by the environment file that was sent last, and not by the one that lies here. */
async function sentNotes(cloud: Cloud, schedule: Schedule, calendar: Calendar): Promise<string[]> {
  // The upload of a branch brings the file of its commit along.
  if (schedule.branch) return [];
  const s3 = await clientsOf(cloud).s3();
  const json = await getJson(s3, cloud.bucket, configurationKey(cloud.environmentName), z.unknown());
  const read = json === undefined ? undefined : parseEnvironment(json);
  if (read && 'environment' in read && isSame(calendarOf(read.environment), calendar)) return [];
  return [
    'The freezes and windows of this file have not been sent yet, and a run goes by those that were sent last: `lockstep publish` sends them.',
  ];
}

function isSame(one: Calendar, other: Calendar): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
