import {
  type Calendar,
  closedAt,
  freezesOf,
  freezeTime,
  parseWindow,
  wallTime,
} from '../../core/schedule/calendar.ts';

const BERLIN = 'Europe/Berlin';

/** `open`, or until when it is closed (UTC, to the minute) and why. */
function at(time: string, calendar: Partial<Calendar>): string {
  const closed = closedAt({ timeZone: BERLIN, freeze: [], windows: [], ...calendar }, Date.parse(time));
  if (!closed) return 'open';
  const until = closed.until === null ? 'never' : new Date(closed.until).toISOString().slice(0, 16);
  return `until ${until}: ${closed.reason}`;
}

describe('a freeze', () => {
  const freeze = [
    { from: '2026-12-18', to: '2027-01-03', reason: 'end of year' },
    { from: '2027-01-04T00:00', to: '2027-01-04T08:00', reason: 'stocktaking' },
    { from: '2026-11-27T00:00:00Z', to: '2026-11-28T00:00:00-05:00', reason: 'Black Friday' },
  ];
  test.each([
    ['2026-12-17T22:59Z', 'open'],
    ['2026-12-17T23:00Z', 'until 2027-01-04T07:00: end of year'],
    // Its last day is in it, and the next freeze follows at once.
    ['2027-01-03T22:59Z', 'until 2027-01-04T07:00: end of year'],
    ['2027-01-03T23:00Z', 'until 2027-01-04T07:00: stocktaking'],
    ['2027-01-04T07:00Z', 'open'],
    ['2026-11-28T04:59Z', 'until 2026-11-28T05:00: Black Friday'],
    ['2026-11-28T05:00Z', 'open'],
  ])('at %s: %s', (time, expected) => expect(at(time, { freeze })).toBe(expected));

  test('has both of the hours that come twice in autumn', () => {
    const autumn = [{ from: '2026-10-25T02:30', to: '2026-10-25T02:45', reason: 'x' }];
    expect(at('2026-10-25T00:29Z', { freeze: autumn })).toBe('open');
    expect(at('2026-10-25T00:30Z', { freeze: autumn })).toBe('until 2026-10-25T01:45: x');
    expect(at('2026-10-25T01:44Z', { freeze: autumn })).toBe('until 2026-10-25T01:45: x');
    expect(at('2026-10-25T01:45Z', { freeze: autumn })).toBe('open');
  });

  test('whose ends spring skips begins and ends where the clocks are put forward', () => {
    const skipped = Date.parse('2026-03-29T01:00Z');
    expect(freezeTime('2026-03-29T02:30', BERLIN, 'from')).toBe(skipped);
    expect(freezeTime('2026-03-29T02:30', BERLIN, 'to')).toBe(skipped);
    // A change of half an hour, on the other half of the world: 02:00 becomes 02:30 on 4 October.
    expect(freezeTime('2026-10-04T02:15', 'Australia/Lord_Howe', 'from')).toBe(
      Date.parse('2026-10-03T15:30Z'),
    );
  });

  test('is told as moments, its last day in it', () => {
    expect(freezesOf({ freeze: freeze.slice(0, 1), timeZone: BERLIN })).toEqual([
      {
        from: Date.parse('2026-12-17T23:00Z'),
        to: Date.parse('2027-01-03T23:00Z'),
        reason: 'end of year',
      },
    ]);
  });

  test.each([
    '2026-02-30',
    '2026-13-01',
    '2026-12-18 17:00',
    '2026-12-18T24:00',
    '2026-12-18T17:60',
    'tomorrow',
    '',
  ])('"%s" is no time', (text) => expect(freezeTime(text, BERLIN, 'from')).toBeUndefined());
});

describe('weekly windows', () => {
  const windows = ['Mon-Thu 09:00-16:00', 'Sat 22:00-02:00'];
  const why = ': outside of the weekly windows (Mon-Thu 09:00-16:00, Sat 22:00-02:00)';
  test.each([
    ['2026-11-24T07:59Z', `until 2026-11-24T08:00${why}`],
    ['2026-11-24T08:00Z', 'open'],
    ['2026-11-24T14:59Z', 'open'],
    ['2026-11-24T15:00Z', `until 2026-11-25T08:00${why}`],
    // Thursday's ends; the next one is on Saturday, over midnight, and then Monday's.
    ['2026-11-26T15:00Z', `until 2026-11-28T21:00${why}`],
    ['2026-11-29T00:59Z', 'open'],
    ['2026-11-29T01:00Z', `until 2026-11-30T08:00${why}`],
  ])('at %s: %s', (time, expected) => expect(at(time, { windows })).toBe(expected));

  test('keep their hours on the wall, in summer and in winter', () => {
    expect(at('2026-07-14T07:00Z', { windows })).toBe('open');
    expect(at('2026-07-14T14:00Z', { windows })).toBe(`until 2026-07-15T07:00${why}`);
  });

  test('a window in the hour that spring skips opens a week later; one in the hour that comes twice is open twice as long', () => {
    const night = ['Sun 02:00-03:00'];
    const reason = ': outside of the weekly windows (Sun 02:00-03:00)';
    expect(at('2026-03-28T12:00Z', { windows: night })).toBe(`until 2026-04-05T00:00${reason}`);
    expect(at('2026-03-29T01:00Z', { windows: night })).toBe(`until 2026-04-05T00:00${reason}`);
    for (const open of ['2026-10-25T00:00Z', '2026-10-25T00:59Z', '2026-10-25T01:00Z', '2026-10-25T01:59Z'])
      expect(at(open, { windows: night })).toBe('open');
    expect(at('2026-10-25T02:00Z', { windows: night })).toBe(`until 2026-11-01T01:00${reason}`);
    // Half of it is left.
    expect(at('2026-03-28T12:00Z', { windows: ['Sun 02:00-04:00'] })).toMatch(/^until 2026-03-29T01:00/);
  });

  test('what is told is a moment at which it is really allowed', () => {
    const freeze = [{ from: '2026-11-25', to: '2026-12-01', reason: 'launch' }];
    // The freeze ends on Tuesday night; Wednesday's window comes next.
    expect(at('2026-11-24T15:00Z', { freeze, windows })).toBe(`until 2026-12-02T08:00${why}`);
    expect(at('2026-11-25T09:00Z', { freeze, windows })).toBe('until 2026-12-02T08:00: launch');
  });

  test.each([
    'Mon-Thu 9:00-16:00',
    'Mo 09:00-16:00',
    'mon 09:00-16:00',
    'Mon 09:00-09:00',
    'Mon 24:00-25:00',
    'Mon 09:00-24:30',
    'Mon 09:60-10:00',
    'Mon-Tue-Wed 09:00-16:00',
    'Mon, Tue 09:00-16:00',
    '09:00-16:00',
  ])('"%s" is none', (text) => expect(parseWindow(text)).toBeUndefined());

  test.each([
    ['Fri-Mon 00:00-24:00', [0, 4, 5, 6], 0, 1440],
    ['Tue,Sat 22:00-02:00', [1, 5], 1320, 1560],
  ])('"%s" is one', (text, days, from, to) => {
    const window = parseWindow(text);
    expect([...(window?.days ?? [])].sort()).toEqual(days);
    expect(window).toMatchObject({ from, to });
  });
});

test.each([
  ['spring', '2026-03-21T00:00Z'],
  ['autumn', '2026-10-17T00:00Z'],
])('every quarter of an hour of three weeks in %s is told the first one that is open', (_, start) => {
  const calendar = {
    timeZone: BERLIN,
    windows: ['Mon-Thu 09:00-16:00', 'Sat 22:00-03:30', 'Sun 02:15-02:45'],
    freeze: [
      { from: '2026-03-26T10:00', to: '2026-03-28', reason: 'x' },
      { from: '2026-10-25T02:30', to: '2026-10-27T10:00', reason: 'x' },
    ],
  };
  const quarter = 15 * 60_000;
  const from = Date.parse(start);
  const grid = Array.from({ length: 21 * 96 }, (_, index) => closedAt(calendar, from + index * quarter));
  let first: number | null = null;
  for (let index = grid.length - 1; index >= 0; index--) {
    const closed = grid[index];
    if (!closed) first = from + index * quarter;
    // What opens after the end of the three weeks cannot be looked up in them.
    else if (first !== null) expect([index, closed.until]).toEqual([index, first]);
  }
  expect(grid.filter((closed) => !closed).length).toBeGreaterThan(200);
});

test('a moment is told as the clocks of the zone show it', () => {
  expect(wallTime(BERLIN, Date.parse('2027-01-04T07:00Z'))).toBe('Mon 4 Jan 2027 08:00');
  expect(wallTime('UTC', Date.parse('2026-07-05T22:30Z'))).toBe('Sun 5 Jul 2026 22:30');
});
