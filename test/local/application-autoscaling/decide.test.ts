import {
  decideScaling,
  type Reading,
  type Situation,
} from '../../../local/services/application-autoscaling/decide.ts';

const minutes = (value: number, count = 15) => Array.from({ length: count }, () => value);

const reading = (rest: Partial<Reading>): Reading => ({
  policy: 'cpu',
  target: 60,
  outCooldown: 300,
  inCooldown: 300,
  disableScaleIn: false,
  minutes: [],
  ...rest,
});

const situation = (rest: Partial<Situation> = {}): Situation => ({
  current: 4,
  min: 2,
  max: 10,
  suspendedIn: false,
  suspendedOut: false,
  deploying: false,
  sinceOut: Number.POSITIVE_INFINITY,
  sinceAny: Number.POSITIVE_INFINITY,
  ...rest,
});

const out = { desired: 6, policy: 'cpu', alarm: 'AlarmHigh' };
const down = { desired: 2, policy: 'cpu', alarm: 'AlarmLow' };

test.each<[string, Reading[], Situation, object | undefined]>([
  [
    'above the target for three minutes: out in proportion',
    [reading({ minutes: minutes(90, 3) })],
    situation(),
    out,
  ],
  ['above it for two only', [reading({ minutes: [90, 90, 50] })], situation(), undefined],
  ['a minute without a value', [reading({ minutes: [90, undefined, 90] })], situation(), undefined],
  [
    'never beyond the maximum',
    [reading({ minutes: minutes(90, 3) })],
    situation({ max: 5 }),
    { ...out, desired: 5 },
  ],
  ['at the maximum', [reading({ minutes: minutes(90, 3) })], situation({ max: 4 }), undefined],
  [
    'within the cooldown of the last scaling out',
    [reading({ minutes: minutes(90, 3) })],
    situation({ sinceOut: 299 }),
    undefined,
  ],
  ['after it', [reading({ minutes: minutes(90, 3) })], situation({ sinceOut: 300 }), out],
  [
    'scaling out suspended',
    [reading({ minutes: minutes(90, 3) })],
    situation({ suspendedOut: true }),
    undefined,
  ],
  [
    'scaling out goes on during a deployment',
    [reading({ minutes: minutes(90, 3) })],
    situation({ deploying: true }),
    out,
  ],
  [
    'the policy that wants most',
    [
      reading({ minutes: minutes(90, 3) }),
      reading({ policy: 'memory', target: 75, minutes: minutes(150, 3) }),
    ],
    situation(),
    { desired: 8, policy: 'memory', alarm: 'AlarmHigh' },
  ],
  [
    'far below the target for a quarter of an hour: in, in proportion',
    [reading({ minutes: minutes(20) })],
    situation(),
    down,
  ],
  ['for fourteen minutes only', [reading({ minutes: minutes(20, 14) })], situation(), undefined],
  ['barely below the target', [reading({ minutes: minutes(55) })], situation(), undefined],
  [
    'never under the minimum',
    [reading({ minutes: minutes(1) })],
    situation({ min: 3 }),
    { ...down, desired: 3 },
  ],
  [
    'no scaling in during a deployment',
    [reading({ minutes: minutes(20) })],
    situation({ deploying: true }),
    undefined,
  ],
  [
    'within the cooldown of the last scaling',
    [reading({ minutes: minutes(20) })],
    situation({ sinceAny: 200 }),
    undefined,
  ],
  ['scaling in suspended', [reading({ minutes: minutes(20) })], situation({ suspendedIn: true }), undefined],
  ['scaling in disabled', [reading({ minutes: minutes(20), disableScaleIn: true })], situation(), undefined],
  [
    'one of two policies still needs the tasks',
    [reading({ minutes: minutes(20) }), reading({ policy: 'memory', target: 75, minutes: minutes(74) })],
    situation(),
    undefined,
  ],
  [
    'both can do with fewer: as many as the needier one wants',
    [reading({ minutes: minutes(20) }), reading({ policy: 'memory', target: 75, minutes: minutes(50) })],
    situation(),
    { ...down, desired: 3 },
  ],
])('%s', (_what, readings, now, expected) => {
  expect(decideScaling(readings, now)).toEqual(expected);
});
