/**
 * `npm start` and each of its faults, for real: the synthesized stack on the embedded AWS, a real build, a real
 * PostgreSQL, Prisma's own engine, tasks as processes, and a client that sends 20 requests a second meanwhile.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TrafficEvent } from '../../core/events.ts';
import { eventsOf, lockstep, type Ran, stepsOf, verdictOf } from '../setup/command.ts';
import { startLocal, stopLocal } from '../setup/local.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-faults-'));
const start = (...words: string[]): Promise<Ran> =>
  lockstep(['start', '--exit', '--json', '--folder', folder, ...words]);
const MINUTES = 60_000;

beforeAll(async () => {
  await startLocal(folder);
}, 2 * MINUTES);

afterAll(async () => {
  await stopLocal(folder);
  rmSync(folder, { recursive: true, force: true });
});

function lostRequests(ran: Ran): TrafficEvent | undefined {
  return eventsOf(ran).findLast((event): event is TrafficEvent => event.type === 'traffic');
}

describe('the example', () => {
  let good: string | undefined;

  test(
    'is built, judged, migrated, released and verified',
    async () => {
      const ran = await start();
      const verdict = verdictOf(ran);
      expect(verdict).toMatchObject({
        verdict: 'succeeded',
        running: { revision: expect.stringMatching(/^backend-local:\d+$/) },
      });
      expect(ran.code).toBe(0);
      expect(Object.keys(stepsOf(ran))).toEqual(
        expect.arrayContaining([
          'Plan',
          'Build',
          'MigrateCheck',
          'Migrate',
          'UpdateService',
          'VerifyHealth',
          'Record',
        ]),
      );
      good = verdict.running?.revision;
    },
    4 * MINUTES,
  );

  test(
    'is not deployed again when nothing changed',
    async () => {
      const ran = await start();
      expect(verdictOf(ran).verdict).toBe('unchanged');
      expect(ran.code).toBe(0);
    },
    2 * MINUTES,
  );

  test.each([
    ['build-error', 'build-failed', 11, /src\/.*\.ts:\d+/],
    ['blocked-migration', 'refused', 10, /legacyId/],
    ['crash-on-boot', 'rolled-back', 13, /exits? with code 1|exit code 1/],
    ['unhealthy', 'rolled-back', 13, /503/],
    ['never-listens', 'rolled-back', 13, /listen/],
    ['missing-env', 'rolled-back', 13, /SEARCH_URL/],
  ])(
    'with %s it ends as %s, says why, and the old release serves on without losing a request',
    async (fault, verdict, code, why) => {
      const ran = await start('--fault', fault);
      const end = verdictOf(ran);
      expect({ fault, verdict: end.verdict, code: ran.code }).toEqual({ fault, verdict, code });
      expect([end.reason, end.failure?.sentence, ...(end.failure?.evidence ?? [])].join('\n')).toMatch(why);
      expect(end.running?.revision).toBe(good);
      expect(lostRequests(ran)).toMatchObject({ failed: 0 });
      expect(lostRequests(ran)?.requests).toBeGreaterThan(20);
    },
    4 * MINUTES,
  );

  test(
    'that needs three times as long to start is waited for',
    async () => {
      const ran = await start('--fault', 'slow-boot');
      expect(verdictOf(ran).verdict).toBe('succeeded');
      expect(ran.code).toBe(0);
      expect(lostRequests(ran)).toMatchObject({ failed: 0 });
    },
    4 * MINUTES,
  );

  // The last one: it leaves a failed migration behind.
  test(
    'with SQL that fails halfway it ends as migration-failed, and the database’s state is told',
    async () => {
      const ran = await start('--fault', 'bad-migration');
      const end = verdictOf(ran);
      expect(end.verdict).toBe('migration-failed');
      expect(ran.code).toBe(12);
      expect(end.failure?.sentence).toMatch(/P3018|exit code 1/);
      expect(lostRequests(ran)).toMatchObject({ failed: 0 });
    },
    4 * MINUTES,
  );
});
