import { latestDue, nextDue, parseExpression } from '../../core/schedule/expression.ts';

/** The next times of an expression, in UTC, to the minute. */
function next(text: string, after: string, count = 1, zone = 'UTC'): string[] {
  const expression = parseExpression(text, 'any');
  if (!expression) throw new Error(`${text} is no expression`);
  const found: string[] = [];
  let at: number | undefined = Date.parse(after);
  const anchor = at;
  while (found.length < count) {
    at = nextDue(expression, at, { zone, anchor });
    if (at === undefined) break;
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe('cron', () => {
  test.each([
    ['cron(0 10 * * ? *)', '2026-11-24T10:00Z', '2026-11-25T10:00'],
    ['cron(15 12 * * ? *)', '2026-11-24T10:00Z', '2026-11-24T12:15'],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-27T18:00Z', '2026-11-30T18:00'],
    ['cron(0 8 1 * ? *)', '2026-11-24T10:00Z', '2026-12-01T08:00'],
    ['cron(0/15 * * * ? *)', '2026-11-24T10:46Z', '2026-11-24T11:00'],
    ['cron(5/20 * * * ? *)', '2026-11-24T10:46Z', '2026-11-24T11:05'],
    ['cron(0/30 20-2 ? * MON-FRI *)', '2026-11-24T02:30Z', '2026-11-24T20:00'],
    ['cron(15 10 ? * 6L 2019-2027)', '2026-11-24T10:00Z', '2026-11-27T10:15'],
    ['cron(0 3 ? * 3#2 *)', '2026-11-24T10:00Z', '2026-12-08T03:00'],
    ['cron(0 3 ? * TUE#5 *)', '2026-11-24T10:00Z', '2026-12-29T03:00'],
    ['cron(0 0 L * ? *)', '2026-11-24T10:00Z', '2026-11-30T00:00'],
    ['cron(0 0 L FEB ? 2028)', '2026-11-24T10:00Z', '2028-02-29T00:00'],
    ['cron(0 0 L-1 * ? *)', '2026-11-24T10:00Z', '2026-11-29T00:00'],
    ['cron(0 0 15W * ? *)', '2026-11-20T10:00Z', '2026-12-15T00:00'],
    // 15 August 2026 is a Saturday, 1 August 2026 too: the nearest weekday stays within the month.
    ['cron(0 0 15W AUG ? *)', '2026-06-01T00:00Z', '2026-08-14T00:00'],
    ['cron(0 0 1W AUG ? *)', '2026-06-01T00:00Z', '2026-08-03T00:00'],
    ['cron(0 0 ? * L *)', '2026-11-24T10:00Z', '2026-11-28T00:00'],
    ['cron(0 12 1,15 JAN,JUL ? *)', '2026-11-24T10:00Z', '2027-01-01T12:00'],
    ['cron(0 0 29 2 ? *)', '2026-11-24T10:00Z', '2028-02-29T00:00'],
  ])('%s after %s is due at %s', (text, after, expected) => {
    expect(next(text, after)).toEqual([expected]);
  });

  test('an expression whose last year is over is never due', () => {
    expect(next('cron(0 0 1 1 ? 2020)', '2026-11-24T10:00Z')).toEqual([]);
    expect(next('cron(0 0 30 2 ? *)', '2026-11-24T10:00Z')).toEqual([]);
  });

  test.each([
    'cron(0 10 * * * *)',
    'cron(0 10 ? * ? *)',
    'cron(0 10 * * ?)',
    'cron(60 10 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 10 0 * ? *)',
    'cron(0 10 ? * 8 *)',
    'cron(0/0 10 * * ? *)',
    'cron(0 10 ? * 3#6 *)',
    'cron(0 10 * FOO ? *)',
    'cron(0 10 * * ? 1969)',
    'rate(0 minutes)',
    'rate(5 seconds)',
    'rate(5)',
    'at(2026-13-01T00:00:00)',
    'at(2026-11-24T03:00)',
    '0 10 * * ? *',
  ])('%s is no expression', (text) => {
    expect(parseExpression(text, 'any')).toBeUndefined();
  });
});

describe('daylight saving time', () => {
  const berlin = 'Europe/Berlin';

  test('a daily time stays the same on the wall', () => {
    expect(next('cron(0 3 * * ? *)', '2026-10-23T12:00Z', 3, berlin)).toEqual([
      '2026-10-24T01:00',
      '2026-10-25T02:00',
      '2026-10-26T02:00',
    ]);
  });

  test('a time that is skipped in spring does not run that day', () => {
    // 29 March 2026: 02:00 becomes 03:00.
    expect(next('cron(30 2 * * ? *)', '2026-03-27T12:00Z', 3, berlin)).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
      '2026-03-31T00:30',
    ]);
  });

  test('a time that comes twice in autumn runs once, at the first', () => {
    // 25 October 2026: 03:00 becomes 02:00.
    expect(next('cron(30 2 * * ? *)', '2026-10-24T12:00Z', 2, berlin)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  test('an hourly time neither runs in the skipped hour nor twice in the repeated one', () => {
    expect(next('cron(0 * * * ? *)', '2026-03-28T23:30Z', 4, berlin)).toEqual([
      '2026-03-29T00:00',
      '2026-03-29T01:00',
      '2026-03-29T02:00',
      '2026-03-29T03:00',
    ]);
    expect(next('cron(0 * * * ? *)', '2026-10-24T23:30Z', 3, berlin)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T02:00',
      '2026-10-25T03:00',
    ]);
  });

  test('the other half of the world, and a change of half an hour', () => {
    expect(next('cron(30 2 * * ? *)', '2026-10-02T20:00Z', 2, 'Australia/Sydney')).toEqual([
      '2026-10-04T15:30',
      '2026-10-05T15:30',
    ]);
    expect(next('cron(15 2 * * ? *)', '2026-10-03T00:00Z', 2, 'Australia/Lord_Howe')).toEqual([
      '2026-10-04T15:15',
      '2026-10-05T15:15',
    ]);
  });

  test('a rate counts hours, whatever the clocks do', () => {
    expect(next('rate(1 day)', '2026-03-28T02:00Z', 2, berlin)).toEqual([
      '2026-03-29T02:00',
      '2026-03-30T02:00',
    ]);
  });
});

describe('at', () => {
  test('is due once, in its zone', () => {
    expect(next('at(2026-11-24T03:00:00)', '2026-11-20T00:00Z', 2, 'America/New_York')).toEqual([
      '2026-11-24T08:00',
    ]);
    expect(next('at(2026-11-24T03:00:00)', '2026-11-24T08:00Z', 1, 'America/New_York')).toEqual([]);
  });

  test('in the hour that spring skips it is due an hour later by the wall', () => {
    expect(next('at(2026-03-29T02:30:00)', '2026-03-20T00:00Z', 1, 'Europe/Berlin')).toEqual([
      '2026-03-29T01:30',
    ]);
  });
});

test('rules insist on the right plural, schedules do not', () => {
  expect(parseExpression('rate(1 minutes)', 'strict')).toBeUndefined();
  expect(parseExpression('rate(5 minute)', 'strict')).toBeUndefined();
  expect(parseExpression('rate(1 minute)', 'strict')).toEqual({ kind: 'rate', every: 60_000 });
  expect(parseExpression('rate(1 minutes)', 'any')).toEqual({ kind: 'rate', every: 60_000 });
});

test.each([
  ['rate(5 minutes)', '2026-11-24T10:02Z', '2026-11-24T10:00'],
  ['cron(0 3 * * ? *)', '2026-11-24T10:00Z', '2026-11-24T03:00'],
  ['cron(0 3 ? * TUE *)', '2026-11-29T10:00Z', '2026-11-24T03:00'],
  ['cron(* * * * ? *)', '2026-11-24T10:00Z', '2026-11-24T10:00'],
  ['cron(0 3 1 JAN ? *)', '2026-11-24T10:00Z', undefined],
])('the latest time of %s that was missed until %s', (text, to, expected) => {
  const expression = parseExpression(text, 'any');
  const from = Date.parse('2026-11-20T00:00Z');
  const found = expression && latestDue(expression, from, Date.parse(to), { zone: 'UTC', anchor: from });
  expect(found === undefined ? undefined : new Date(found).toISOString().slice(0, 16)).toBe(expected);
});
