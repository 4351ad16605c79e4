import { afterAll, expect, test } from '@jest/globals';
import { closeRehearsal } from '../../judge/index.ts';
import { fuzz, hostile } from '../../scripts/fuzz-judge.ts';

afterAll(closeRehearsal);

// scripts/fuzz-judge.ts runs 20,000 of them by hand and in test:long.
test('400 generated, mutated and hostile files: no crash, no hang, none called fine whose rehearsal failed', async () => {
  const result = await fuzz(400, 20_261_124, 0);
  expect(result.files).toBe(400);
});

test('the hostile ones, rehearsed', async () => {
  const result = await fuzz(0, 1, 0, hostile);
  expect(result.rehearsed).toBe(hostile.length);
}, 60_000);
