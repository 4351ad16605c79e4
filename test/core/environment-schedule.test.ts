import { parseEnvironment } from '../../core/environment.ts';
import { calendarOf, scheduleOf } from '../../core/environment-schedule.ts';

const BASE = {
  deployment: { imageTagStrategy: 'mutable', autoScale: false, minTasks: 1, maxTasks: 1 },
  resources: { cpu: 256, memory: 512 },
  aws: { region: 'eu-central-1' },
  services: { backend: { cluster: 'main', port: 4000 } },
};

const read = (more: object) => {
  const parsed = parseEnvironment({ ...BASE, ...more });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.environment;
};
const problems = (more: object) => {
  const parsed = parseEnvironment({ ...BASE, ...more });
  return 'problems' in parsed ? parsed.problems.map(({ path, sentence }) => `${path} ${sentence}`) : [];
};

test('an environment without schedule, freeze and windows has none', () => {
  expect(scheduleOf(read({}))).toBeUndefined();
  expect(calendarOf(read({}))).toEqual({ timeZone: 'UTC', freeze: [], windows: [] });
});

test('the schedule of the issue', () => {
  const environment = read({
    schedule: { cron: '0 3 * * 2', timeZone: 'Europe/Berlin', what: 'latest-published' },
  });
  expect(scheduleOf(environment)).toEqual({
    cron: '0 3 * * 2',
    expression: 'cron(0 3 ? * TUE *)',
    timeZone: 'Europe/Berlin',
    what: 'latest-published',
    branch: undefined,
  });
  expect(calendarOf(environment).timeZone).toBe('Europe/Berlin');
});

test('the file’s own zone serves both, and a schedule without any is read in UTC', () => {
  const schedule = { cron: '0 3 * * *', what: 'branch:release/1.x' };
  const there = read({ timeZone: 'America/New_York', schedule });
  expect(scheduleOf(there)).toMatchObject({ timeZone: 'America/New_York', branch: 'release/1.x' });
  expect(calendarOf(there).timeZone).toBe('America/New_York');
  expect(scheduleOf(read({ schedule }))?.timeZone).toBe('UTC');
});

test('every mistake is told with its path', () => {
  expect(
    problems({
      timeZone: 'europe/berlin',
      schedule: { cron: '0 3 1 * 2', timeZone: 'Mars/Olympus', what: 'main' },
      freeze: [
        { from: '2026-12-24', to: '2026-12-18', reason: 'x' },
        { from: 'Christmas', to: '2026-12-27', reason: '' },
      ],
      windows: ['Mon-Fri', 'Tue 09:00-16:00'],
    }),
  ).toEqual([
    'timeZone is not a time zone of the IANA list; did you mean Europe/Berlin?',
    'schedule.cron names a day of the month and a day of the week; a UNIX cron runs on either, which EventBridge Scheduler cannot: name one of them and leave the other *',
    'schedule.timeZone is not a time zone of the IANA list, for example Europe/Berlin',
    'schedule.what must be "latest-published" or "branch:NAME", for example "branch:main"',
    'freeze.0.from is 2026-12-24, which is not before to (2026-12-18)',
    'freeze.1.from is not a day or a time, for example 2026-12-18 or 2026-12-18T17:00',
    'freeze.1.reason is empty',
    'windows.0 is not a weekly window, for example "Mon-Thu 09:00-16:00" or "Tue,Sat 22:00-02:00"',
  ]);
});

test('an offset is no zone, another name of one is; a freeze of one day is one', () => {
  expect(problems({ timeZone: '+01:00' })).toHaveLength(1);
  expect(problems({ timeZone: 'Asia/Calcutta' })).toEqual([]);
  expect(problems({ freeze: [{ from: '2026-12-24', to: '2026-12-24', reason: 'x' }] })).toEqual([]);
});

test('an unknown key is named with the one that was meant', () => {
  expect(problems({ schedule: { crom: '0 3 * * 2', cron: '0 3 * * 2', what: 'latest-published' } })).toEqual([
    'schedule.crom unknown key; did you mean cron?',
  ]);
});
