import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '../../../local/clock.ts';
import { percentile } from '../../../local/services/monitoring/metrics/bucket.ts';
import { MetricStore } from '../../../local/services/monitoring/metrics/store.ts';
import { bareWorld } from '../events/bare-world.ts';

const START = Date.UTC(2026, 10, 24, 9, 0, 0);
const seconds = START / 1000;
const name = { namespace: 'N', name: 'M', dimensions: { a: '1' } };

function open() {
  const clock = new VirtualClock(START);
  const world = bareWorld({}, clock);
  const store = new MetricStore(world);
  const put = (value: number, unit = 'Count') => store.put([{ ...name, value, unit }]);
  return { clock, world, store, put };
}

test('a percentile is the value that so many of the values do not exceed', () => {
  const { store, put } = open();
  for (let value = 1; value <= 20; value++) put(value);
  const bucket = store.periods(name, seconds, seconds + 60, 60)[0]?.bucket;
  expect([0, 5, 50, 90, 95, 99, 100].map((percent) => bucket && percentile(bucket, percent))).toEqual([
    1, 1, 10, 18, 19, 20, 20,
  ]);
  store.close();
});

test('values are kept by the second for an hour, and by the minute after it', async () => {
  const { clock, store, put } = open();
  put(1);
  await clock.sleep(10_000);
  put(2);
  expect(store.periods(name, seconds, seconds + 60, 10).map(({ bucket }) => bucket.sum)).toEqual([1, 2]);
  await clock.sleep(3_700_000);
  put(3);
  expect(store.periods(name, seconds, seconds + 60, 10).map(({ bucket }) => bucket.sum)).toEqual([3]);
  expect(store.periods(name, seconds, seconds + 7200, 3600).map(({ bucket }) => bucket.sum)).toEqual([3, 3]);
  await clock.sleep(16 * 86_400_000);
  put(4);
  expect(store.periods(name, 0, seconds + 10 * 86_400, 60)).toEqual([]);
  store.close();
});

test('two units of a metric are never mixed', () => {
  const { store, put } = open();
  put(1, 'Seconds');
  put(100, 'Milliseconds');
  const sums = (unit?: string) =>
    store.periods(name, seconds, seconds + 60, 60, unit).map(({ bucket }) => bucket.sum);
  expect(sums('Seconds')).toEqual([1]);
  expect(sums('Milliseconds')).toEqual([100]);
  expect(sums('Count')).toEqual([]);
  expect(sums()).toEqual([1]);
  store.close();
});

test('a restart finds everything again, in files that it has made small', async () => {
  const { clock, world, store, put } = open();
  for (let second = 0; second < 120; second++) {
    put(second);
    await clock.sleep(1000);
  }
  store.close();
  const folder = join(world.folder, 'metrics');
  const [file = ''] = readdirSync(folder);
  const lines = () => readFileSync(join(folder, file), 'utf8').split('\n').length - 1;
  expect(lines()).toBe(120);
  appendFileSync(join(folder, file), '["N","M",[["a","1"]],"Count",17');
  await clock.sleep(2 * 3_600_000);
  const next = new MetricStore(world);
  expect(lines()).toBe(2);
  const periods = next.periods(name, seconds, seconds + 120, 60);
  expect(periods.map(({ bucket }) => [bucket.count, bucket.sum, percentile(bucket, 50)])).toEqual([
    [60, 1770, 29],
    [60, 5370, 89],
  ]);
});
