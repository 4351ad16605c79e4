/** `lockstep schedules`: when each service is deployed by itself, and how it ended last. */
import { type Command, flag, text } from '../command.ts';
import { openEnvironment } from '../open.ts';
import { scheduleLines } from '../render/schedules.ts';
import { screenOf } from '../render/text.ts';
import type { ScheduleView } from '../schedules.ts';
import { serviceName } from '../target.ts';

export const schedules: Command = {
  name: 'schedules',
  summary: 'list when services are deployed by themselves: the next times, and the last result',
  usage: '--environment NAME [--service NAME]',
  options: {},
  examples: [
    'lockstep schedules --environment production',
    'lockstep schedules --environment production --service backend',
    'lockstep schedules --environment production --json',
  ],
  exits: {},
  async run(invocation) {
    const { cloud, environment, environmentName } = await openEnvironment(invocation);
    const services =
      text(invocation, 'service') === undefined
        ? Object.keys(environment.services)
        : [serviceName(invocation, environment, environmentName)];
    const { schedulesOf } = await import('../schedules.ts');
    const found = await schedulesOf(cloud, environment, services, new Date());
    const screen = screenOf(process.stdout, invocation.variables);
    if (flag(invocation, 'json')) {
      for (const view of found ?? []) screen.write(`${JSON.stringify(jsonOf(view))}\n`);
      return 0;
    }
    if (!found) {
      screen.write(
        `${environmentName} has no schedule. "schedule" in environments/${environmentName}.json makes one: docs/schedules.md.\n`,
      );
      return 0;
    }
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    screen.write(found.map((view) => `${scheduleLines(view, screen, here).join('\n')}\n`).join('\n'));
    return 0;
  },
};

function jsonOf({ service, environment, schedule, calendar, next, last, notes }: ScheduleView) {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    type: 'schedule',
    service,
    environment,
    cron: schedule.cron,
    expression: schedule.expression,
    timeZone: schedule.timeZone,
    what: schedule.what,
    next: next.map(({ at, closed }) => ({
      at: iso(at),
      refused: closed && {
        until: closed.until === null ? null : iso(closed.until),
        timeZone: calendar.timeZone,
        reason: closed.reason,
      },
    })),
    last: last
      ? {
          at: last.scheduledAt,
          deploymentId: last.deploymentId,
          verdict: last.outcome?.verdict ?? null,
          reason: last.outcome?.reason ?? null,
        }
      : null,
    notes,
  };
}
