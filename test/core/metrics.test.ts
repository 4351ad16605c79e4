import { expect, test } from '@jest/globals';
import { figure, questionsOf, seriesOf, sparkline, squeezed } from '../../core/metrics.ts';

const axis = { from: 0, periodSeconds: 60, periods: 3 };
const place = {
  cluster: 'production',
  ecsService: 'backend',
  loadBalancer: 'app/backend/1',
  targetGroup: 'targetgroup/backend/2',
  databaseInstance: 'backend',
};

test('requests are told a second, and a minute without a datum had none', () => {
  const [requests] = questionsOf(place);
  if (!requests) throw new Error('no question');
  expect(seriesOf(requests, axis, [{ at: 60_000, value: 120 }]).values).toEqual([0, 2, 0]);
});

test('latency without a datum is not known', () => {
  const p50 = questionsOf(place).find(({ id }) => id === 'p50');
  if (!p50) throw new Error('no question');
  expect(seriesOf(p50, axis, [{ at: 120_000, value: 0.041 }]).values).toEqual([null, null, 41]);
});

test('a service without a load balancer and a database has cpu and memory', () => {
  const bare = { ...place, loadBalancer: null, targetGroup: null, databaseInstance: null };
  expect(questionsOf(bare).map(({ id }) => id)).toEqual(['cpu', 'memory']);
});

test('a sparkline leaves blank what is not known, and shows peaks when it is squeezed', () => {
  expect(sparkline([0, null, 4, 8])).toBe('▁ ▅█');
  expect(squeezed([1, 9, null, null, 2, 2], 3)).toEqual([9, null, 2]);
});

test.each([
  [null, 'count', 'unknown'],
  [1204.4, 'count', '1,204'],
  [0.0333, 'per second', '0.033 /s'],
  [41.2, 'milliseconds', '41 ms'],
  [18.24, 'percent', '18 %'],
] as const)('%s %s is told as %s', (value, unit, text) => {
  expect(figure(value, unit)).toBe(text);
});
