/** What `lockstep schedules` prints. docs/schedules.md shows the same lines, and is held against them here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scheduleLines } from '../../cli/render/schedules.ts';
import type { ScheduleView } from '../../cli/schedules.ts';
import { parseEnvironment } from '../../core/environment.ts';
import { calendarOf, scheduleOf } from '../../core/environment-schedule.ts';
import { entryOf, type JournalEntry } from '../../core/journal.ts';
import { upcoming } from '../../core/schedule/upcoming.ts';
import { PROJECT } from '../setup/command.ts';
import { DEPLOYMENT, RELEASE } from '../setup/function.ts';

const page = readFileSync(join(PROJECT, 'docs/schedules.md'), 'utf8');
const blocks = [...page.matchAll(/```(\w*)\n(.*?)```/gs)].map(([, language, text = '']) => ({
  language,
  text,
}));
/** The page's own environment file. */
const times = JSON.parse(`{${blocks.find(({ language }) => language === 'json')?.text}}`) as object;

function view(
  more: object = times,
  after = '2026-11-24T09:00Z',
  rest: Partial<ScheduleView> = {},
): ScheduleView {
  const read = parseEnvironment({
    deployment: { imageTagStrategy: 'mutable', autoScale: false, minTasks: 1, maxTasks: 1 },
    resources: { cpu: 256, memory: 512 },
    aws: { region: 'eu-central-1' },
    services: { backend: { cluster: 'main', port: 4000 } },
    ...more,
  });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const schedule = scheduleOf(read.environment);
  if (!schedule) throw new Error('no schedule');
  const calendar = calendarOf(read.environment);
  const next = upcoming(schedule, calendar, Date.parse(after), 5);
  return {
    service: 'backend',
    environment: 'production',
    schedule,
    calendar,
    next,
    last: undefined,
    notes: [],
    ...rest,
  };
}
const screen = (columns = 100) => ({ write: () => {}, isTerminal: false, columns, colour: false });
const last = (more: Partial<JournalEntry>): JournalEntry => ({
  ...entryOf({ ...DEPLOYMENT, id: '7a2f01c9' }, { schedule: { at: '2026-11-24T02:00:00Z' } }),
  ...more,
});

test('the page’s example prints what the page shows', () => {
  const outcome = { verdict: 'succeeded' as const, sentence: '', running: null, reason: null, remedy: null };
  const shown = view(times, '2026-11-24T09:00Z', { last: last({ outcome, release: RELEASE }) });
  expect(blocks.map(({ text }) => text)).toContain(
    `${scheduleLines(shown, screen(), 'America/New_York').join('\n')}\n`,
  );
});

test('a machine in the schedule’s own zone sees each time once; what is wrong is said last', () => {
  const outcome = {
    verdict: 'refused' as const,
    sentence: '',
    running: null,
    reason: 'Frozen.',
    remedy: null,
  };
  const shown = view(
    { schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin', what: 'branch:main' } },
    '2026-03-28T00:00Z',
    { last: last({ outcome }), notes: ['The schedule is switched off in EventBridge Scheduler.'] },
  );
  expect(scheduleLines(shown, screen(), 'Europe/Berlin')).toEqual([
    'backend → production   30 2 * * *  Europe/Berlin   branch:main',
    '  next  Sat 28 Mar 2026 02:30',
    // 02:30 does not exist on the 29th.
    '        Mon 30 Mar 2026 02:30',
    '        Tue 31 Mar 2026 02:30',
    '        Wed 1 Apr 2026 02:30',
    '        Thu 2 Apr 2026 02:30',
    '  last  Tue 24 Nov 2026 03:00   refused   7a2f01c9',
    '          Frozen.',
    '  note  The schedule is switched off in EventBridge Scheduler.',
  ]);
});

test('on 40 columns no line is longer', () => {
  const shown = view(times, '2026-12-18T09:00Z', {
    notes: ['A note that is longer than one line of forty columns.'],
  });
  for (const line of scheduleLines(shown, screen(40), 'UTC')) expect(line.length).toBeLessThanOrEqual(40);
});

test('what would be refused says until when it is really allowed', () => {
  expect(view().next.map(({ at, closed }) => [new Date(at).toISOString(), closed?.reason])).toEqual([
    ['2026-12-01T02:00:00.000Z', undefined],
    ['2026-12-08T02:00:00.000Z', undefined],
    ['2026-12-15T02:00:00.000Z', undefined],
    ['2026-12-22T02:00:00.000Z', 'end of year'],
    ['2026-12-29T02:00:00.000Z', 'end of year'],
  ]);
});
