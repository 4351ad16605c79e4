// The map that a judgement's schemas are kept in behaves as a plain one does, whatever is done to it and its copies.
import { expect, test } from '@jest/globals';
import { Layered } from '../../judge/schema/layered.ts';
import { random } from '../../scripts/fuzz-judge.ts';

const same = (layered: Map<string, number>, plain: Map<string, number>): void => {
  expect([...layered]).toEqual([...plain]);
  expect([...layered.keys()]).toEqual([...plain.keys()]);
  expect([...layered.values()]).toEqual([...plain.values()]);
  expect(layered.size).toBe(plain.size);
  const each: unknown[] = [];
  layered.forEach((value, key) => {
    each.push([key, value]);
  });
  expect(each).toEqual([...plain]);
};

test.each([1, 2, 3, 4, 5])('a thousand changes and copies by chance (%d)', (seed) => {
  const next = random(seed);
  const name = () => `t${Math.floor(next() * 90)}`;
  let plain = new Map(Array.from({ length: 60 }, (_, index) => [`t${index}`, index]));
  let layered: Map<string, number> = Layered.over(plain);
  plain = new Map(plain);
  const kept: [Map<string, number>, Map<string, number>][] = [];
  for (let step = 0; step < 1_000; step += 1) {
    const key = name();
    const what = next();
    if (what < 0.5) {
      layered.set(key, step);
      plain.set(key, step);
    } else if (what < 0.8) {
      expect(layered.delete(key)).toBe(plain.delete(key));
    } else if (what < 0.81) {
      layered.clear();
      plain.clear();
    } else {
      kept.push([layered, plain]);
      layered = Layered.over(layered);
      plain = new Map(plain);
    }
    expect([layered.get(key), layered.has(key)]).toEqual([plain.get(key), plain.has(key)]);
  }
  // What was copied from is as it was when it was copied.
  for (const [one, other] of [...kept, [layered, plain] as const]) same(one, other);
});
