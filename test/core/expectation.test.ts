/** How long a deployment takes and what its execution costs, from those that went before. */
import { describe, expect, test } from '@jest/globals';
import { expected } from '../../core/expectation.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { PRICES } from '../../core/prices.ts';
import type { Step } from '../../core/steps.ts';

const SMALL = { cpu: 256, memory: 512 };

function entry(seconds: Partial<Record<Step, number>>, verdict = 'succeeded'): JournalEntry {
  const startedAt = '2026-11-24T10:00:00.000Z';
  const steps = Object.fromEntries(
    Object.entries(seconds).map(([step, took]) => {
      const endedAt = new Date(Date.parse(startedAt) + took * 1000).toISOString();
      return [step, { startedAt, endedAt, status: 'done', summary: '' }];
    }),
  );
  return { outcome: { verdict }, steps } as unknown as JournalEntry;
}

describe('what is expected', () => {
  test('is told a step from the deployments that succeeded, and only of steps that will be taken', () => {
    const entries = [10, 20, 30].map((n) => entry({ Build: n * 6, VerifyHealth: n, Migrate: 5 }));
    const steps = new Set<Step>(['Build', 'VerifyHealth']);
    const found = expected([...entries, entry({ Build: 900 }, 'build-failed')], steps, SMALL);
    expect(found?.steps).toEqual([
      { step: 'Build', p50: 120, p90: 180, of: 3 },
      { step: 'VerifyHealth', p50: 20, p90: 30, of: 3 },
    ]);
    expect(found).toMatchObject({ p50: 140, p90: 210 });
  });

  test('is not known before one has succeeded', () => {
    expect(expected([], new Set<Step>(['Plan']), SMALL)).toBeUndefined();
    expect(expected([entry({ Plan: 1 }, 'refused')], new Set<Step>(['Plan']), SMALL)).toBeUndefined();
  });

  test('costs what its transitions, functions, build minutes and migration task cost, at named prices', () => {
    const { transition, functionCall, functionSecond, buildMinute } = PRICES;
    const build = expected([entry({ Build: 90 })], new Set<Step>(['Build']), SMALL);
    expect(build?.dollars).toBeCloseTo(
      2 * buildMinute.dollars +
        (3 + 9 * 3) * transition.dollars +
        9 * (functionCall.dollars + 0.5 * functionSecond.dollars),
      10,
    );
    expect(build?.pricesOf).toEqual({ region: 'us-east-1', month: expect.stringMatching(/^\d{4}-\d\d$/) });
    const task = (size: typeof SMALL) =>
      expected([entry({ Migrate: 5 })], new Set<Step>(['Migrate']), size)?.dollars ?? 0;
    // A vCPU and 2 GB for the minute that Fargate charges at least, less a quarter of that.
    expect(task({ cpu: 1024, memory: 2048 }) - task(SMALL)).toBeCloseTo(
      (0.75 * PRICES.taskCpuHour.dollars + 1.5 * PRICES.taskMemoryHour.dollars) / 60,
      10,
    );
  });
});
