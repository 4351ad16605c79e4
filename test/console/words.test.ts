/** What the page makes of times, durations, figures, and of text that somebody else wrote. */
import { between, range } from '../../console/web/approval/range.ts';
import { inWords, lasted, percent, took } from '../../console/web/base/format.ts';
import { csv } from '../../console/web/history/csv.ts';
import { history } from './fixtures/figures.ts';

test.each([
  [0.005, '< 10 ms'],
  [0.1, '0.1 s'],
  [11.2, '11.2 s'],
  [48, '48 s'],
  [59.6, '1m 00s'],
  [91, '1m 31s'],
  [644, '10m 44s'],
  [11_400, '3 h 10 m'],
])('%d seconds took %s', (seconds, text) => expect(took(seconds)).toBe(text));

test.each([
  [59, '59 s'],
  [23 * 60, '23 m'],
  [101 * 60, '1 h 41 m'],
  [3 * 86_400, '3 d 0 h'],
])('%d seconds ago is %s', (seconds, text) => expect(lasted(seconds)).toBe(text));

test.each([
  [0, 0.01, '< 10 ms'],
  [0.02, 0.3, '20–300 ms'],
  [25, 60, '25–60 s'],
  [180, 360, '3–6 min'],
  [1, 1, '1 s'],
])('an estimate of %d to %d seconds is %s', (low, high, text) => expect(between(low, high)).toBe(text));

test('an estimate without an end says so, and none is unknown and not 0', () => {
  expect(range({ low: 25, high: null, reason: '' })).toBe('25 s or more');
  expect(range(null)).toBe('unknown');
});

test('percentages keep two digits that tell something', () => {
  expect([0.02, 4.31, 100, 0].map(percent)).toEqual(['0.02', '4.3', '100', '0.00']);
  expect([1, 4, 12].map(inWords)).toEqual(['one', 'four', '12']);
});

test('a subject that begins like a formula is none in the spreadsheet', () => {
  const [row] = history({}).rows;
  if (!row?.release) throw new Error('the fixture has no release');
  const subject = '=HYPERLINK("http://evil.example", "x")';
  const text = csv({ ...history({}), rows: [{ ...row, release: { ...row.release, subject } }] });
  expect(text.split('\n')[1]).toContain(`"'=HYPERLINK(""http://evil.example"", ""x"")"`);
});
