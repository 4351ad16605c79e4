import { decide, type Point } from '../../../local/services/monitoring/alarms/decide.ts';
import type { StateValue } from '../../../local/services/monitoring/alarms/model.ts';

/** `0 - X`: a point within the threshold, a missing one, one beyond it; oldest first, a minute apart. */
function points(text: string): Point[] {
  return text
    .split(' ')
    .map((sign, index) => ({ at: index * 60, value: sign === '-' ? undefined : sign === 'X' ? 5 : 0 }));
}

function state(
  text: string,
  toAlarm: number,
  treatMissingData: string,
  current: StateValue = 'INSUFFICIENT_DATA',
) {
  const criteria = {
    threshold: 1,
    comparison: 'GreaterThanThreshold',
    evaluationPeriods: 3,
    datapointsToAlarm: toAlarm,
    treatMissingData,
  };
  return decide(points(text), criteria, current)?.state ?? 'kept';
}

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'];

// The tables of "Configuring how CloudWatch alarms treat missing data".
describe('3 of 3', () => {
  test.each([
    ['0 - X - X', ['OK', 'OK', 'OK', 'OK']],
    ['- - - - 0', ['OK', 'OK', 'OK', 'OK']],
    ['- - - - -', ['INSUFFICIENT_DATA', 'kept', 'ALARM', 'OK']],
    ['0 X X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['- - X - -', ['ALARM', 'kept', 'ALARM', 'OK']],
    ['X X X X X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['X X X X 0', ['OK', 'OK', 'OK', 'OK']],
    // The one point that there is may be followed by others: no alarm yet.
    ['- - - - X', ['kept', 'kept', 'ALARM', 'OK']],
  ])('%s', (text, expected) => {
    expect(TREATMENTS.map((treatment) => state(text, 3, treatment))).toEqual(expected);
  });
});

describe('2 of 3', () => {
  test.each([
    ['0 - X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['0 0 X 0 X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['0 - X - -', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - - 0', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - X -', ['ALARM', 'kept', 'ALARM', 'OK']],
  ])('%s', (text, expected) => {
    expect(TREATMENTS.map((treatment) => state(text, 2, treatment))).toEqual(expected);
  });
});

test('the reasons are CloudWatch’s sentences', () => {
  const criteria = {
    threshold: 1,
    comparison: 'GreaterThanOrEqualToThreshold',
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
  };
  const at = Date.UTC(2026, 10, 24, 9, 15) / 1000;
  const reason = (value: number | undefined, current: StateValue, rest: object = {}) =>
    decide([{ at, value }], { ...criteria, ...rest }, current)?.reason;
  expect(reason(5, 'OK')).toBe(
    'Threshold Crossed: 1 out of the last 1 datapoints [5.0 (24/11/26 09:15:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).',
  );
  expect(reason(0.5, 'ALARM')).toBe(
    'Threshold Crossed: 1 out of the last 1 datapoints [0.5 (24/11/26 09:15:00)] was not greater than or equal to the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).',
  );
  expect(reason(undefined, 'OK')).toBe('Insufficient Data: 1 datapoint was unknown.');
  expect(reason(undefined, 'ALARM', { treatMissingData: 'notBreaching' })).toBe(
    'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
  );
});
