import { nextDue, parseExpression } from '../../core/schedule/expression.ts';
import { translateCron } from '../../core/schedule/unix-cron.ts';

const problemOf = (cron: string) => {
  const read = translateCron(cron);
  return 'problem' in read ? read.problem : undefined;
};

test.each([
  // The issue's: Tuesday is 2 to UNIX and 3 to AWS.
  ['0 3 * * 2', 'cron(0 3 ? * TUE *)'],
  ['0 3 * * *', 'cron(0 3 * * ? *)'],
  ['0 3 * * 0', 'cron(0 3 ? * SUN *)'],
  ['0 3 * * 7', 'cron(0 3 ? * SUN *)'],
  ['0 3 * * 0,7', 'cron(0 3 ? * SUN *)'],
  ['0 3 * * 1-5', 'cron(0 3 ? * MON-FRI *)'],
  ['0 3 * * 5-7', 'cron(0 3 ? * SUN,FRI,SAT *)'],
  ['0 3 * * 0-7', 'cron(0 3 * * ? *)'],
  ['0 3 * * mon,Wed', 'cron(0 3 ? * MON,WED *)'],
  ['0 3 * * */2', 'cron(0 3 ? * SUN,TUE,THU,SAT *)'],
  ['*/15 * * * *', 'cron(0,15,30,45 * * * ? *)'],
  ['5/20 9-17 * * *', 'cron(5,25,45 9-17 * * ? *)'],
  ['0 0 1 * *', 'cron(0 0 1 * ? *)'],
  ['0 0 1,15 JAN-MAR,7 *', 'cron(0 0 1,15 1-3,7 ? *)'],
  ['30 2 */10 * *', 'cron(30 2 1,11,21,31 * ? *)'],
  ['0 0 29 2 *', 'cron(0 0 29 2 ? *)'],
  ['* * * * *', 'cron(* * * * ? *)'],
  ['  0   3 * *\t2 ', 'cron(0 3 ? * TUE *)'],
])('%s is %s to EventBridge Scheduler', (cron, expression) => {
  expect(translateCron(cron)).toEqual({ expression });
  expect(parseExpression(expression, 'strict')).toBeDefined();
});

test.each([
  ['', 'must be five fields, minute hour day month weekday, for example "0 3 * * 2"; it has none'],
  ['@daily', 'must be five fields, minute hour day month weekday, for example "0 3 * * 2"; it has 1'],
  ['0 3 ? * TUE *', 'must be five fields, minute hour day month weekday, for example "0 3 * * 2"; it has 6'],
  ['0 25 * * *', 'has the hour "25"; it is 0-23, *, a list (1,2), a range (1-5) or steps (*/5)'],
  [
    '0 3 * * 8',
    'has the day of the week "8"; it is 0-7 or SUN-SAT, *, a list (1,2), a range (1-5) or steps (*/5)',
  ],
  ['0 3 * 13 *', 'has the month "13"; it is 1-12 or JAN-DEC, *, a list (1,2), a range (1-5) or steps (*/5)'],
  ['0 3 31 2 *', 'is a day that no month has'],
  [
    '0 3 1 * 2',
    'names a day of the month and a day of the week; a UNIX cron runs on either, which EventBridge Scheduler cannot: name one of them and leave the other *',
  ],
])('the cron "%s" %s', (cron, problem) => {
  expect(problemOf(cron)).toBe(problem);
});

test.each([
  '60 * * * *',
  '0 3 0 * *',
  '0 3 * * 5-1',
  '0 3 * * L',
  '0 3 ? * *',
  '*/0 * * * *',
  '1- * * * *',
  '-1 * * * *',
])('the cron "%s" is refused', (cron) => expect(problemOf(cron)).toMatch(/^has the /));

describe('the days on which the clocks change in Berlin', () => {
  const next = (cron: string, after: string, count: number): string[] => {
    const read = translateCron(cron);
    const expression = 'expression' in read ? parseExpression(read.expression, 'any') : undefined;
    if (!expression) throw new Error(cron);
    const found: string[] = [];
    for (let at = Date.parse(after); found.length < count; ) {
      const due = nextDue(expression, at, { zone: 'Europe/Berlin', anchor: at });
      if (due === undefined) break;
      at = due;
      found.push(new Date(at).toISOString().slice(0, 16));
    }
    return found;
  };

  // EventBridge Scheduler: a time that does not exist is skipped, one that exists twice runs once, at the first.
  test.each([
    [
      '29 March: 02:30 does not exist, and the run is left out',
      '30 2 * * *',
      '2026-03-28T12:00Z',
      ['2026-03-30T00:30', '2026-03-31T00:30'],
    ],
    [
      '29 March: 03:00 is 23 hours after the day before’s',
      '0 3 * * *',
      '2026-03-27T12:00Z',
      ['2026-03-28T02:00', '2026-03-29T01:00'],
    ],
    [
      '25 October: 02:30 comes twice, and runs at the first',
      '30 2 * * *',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      '25 October: 03:00 is 25 hours after the day before’s',
      '0 3 * * *',
      '2026-10-23T12:00Z',
      ['2026-10-24T01:00', '2026-10-25T02:00'],
    ],
    [
      'a Tuesday keeps its hour on the wall over both',
      '0 3 * * 2',
      '2026-10-19T12:00Z',
      ['2026-10-20T01:00', '2026-10-27T02:00'],
    ],
  ])('%s', (_, cron, after, expected) => {
    expect(next(cron, after, expected.length)).toEqual(expected);
  });
});

/** A UNIX cron as its manual describes it, minute by minute, and knowing nothing of AWS's. */
function* unixTimes(cron: string, from: number): Generator<number> {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  const has = (field: string, value: number, least: number, most: number) =>
    field.split(',').some((part) => {
      const [range = '', step = '1'] = part.split('/');
      const [first = '', last = first] = range === '*' ? [`${least}`, `${most}`] : range.split('-');
      return value >= Number(first) && value <= Number(last) && (value - Number(first)) % Number(step) === 0;
    });
  for (let at = from - (from % 86_400_000); ; at += 86_400_000) {
    const date = new Date(at);
    if (!has(day, date.getUTCDate(), 1, 31) || !has(month, date.getUTCMonth() + 1, 1, 12)) continue;
    const sunday = date.getUTCDay() === 0 && has(weekday, 7, 0, 6);
    if (!sunday && !has(weekday, date.getUTCDay(), 0, 6)) continue;
    for (let hours = 0; hours < 24; hours++)
      for (let minutes = 0; minutes < 60; minutes++)
        if (has(hour, hours, 0, 23) && has(minute, minutes, 0, 59)) {
          const time = at + (hours * 60 + minutes) * 60_000;
          if (time > from) yield time;
        }
  }
}

test('three hundred crons made up by a generator run when a UNIX cron would', () => {
  // Park and Miller's generator: the same crons every time.
  let seed = 20261124;
  const below = (limit: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % limit;
  };
  const field = (least: number, most: number): string => {
    const value = () => least + below(most - least + 1);
    const [a, b] = [value(), value()].sort((x, y) => x - y) as [number, number];
    const forms = ['*', `${a}`, `${a}-${b}`, `${a},${b}`, `*/${1 + below(9)}`, `${a}-${b}/${1 + below(4)}`];
    return forms[below(forms.length)] ?? '*';
  };
  const from = Date.parse('2026-11-24T09:15:00Z');
  for (let made = 0; made < 300; made++) {
    const days = below(2) === 0 ? [field(1, 28), '*'] : ['*', field(0, 7)];
    const cron = [field(0, 59), field(0, 23), days[0], field(1, 12), days[1]].join(' ');
    const read = translateCron(cron);
    const expression = 'expression' in read ? parseExpression(read.expression, 'strict') : undefined;
    if (!expression) throw new Error(`${cron}: ${JSON.stringify(read)}`);
    const unix = unixTimes(cron, from);
    for (let at = from, count = 0; count < 4; count++) {
      const due = nextDue(expression, at, { zone: 'UTC', anchor: from });
      expect([cron, due]).toEqual([cron, unix.next().value]);
      at = due ?? at;
    }
  }
});
