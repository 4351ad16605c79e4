/** What was done to a service beside Lockstep, told from ECS's list and the journal. */
import { describe, expect, test } from '@jest/globals';
import type { JournalEntry } from '../../core/journal.ts';
import { outsideDeployments, replacedOutside, type ServiceDeploymentSeen } from '../../core/outside.ts';
import { OLD } from '../setup/function.ts';

const arn = (revision: number) => `arn:aws:ecs:eu-central-1:1:task-definition/backend-production:${revision}`;
const running = (revision: number) => ({
  ...OLD,
  taskDefinition: arn(revision),
  revision: `backend-production:${revision}`,
});

/** A deployment that gave the service a revision, by this service deployment; `back` is what it went back to. */
function entry(
  at: number,
  revision: number,
  serviceDeployment: string | null,
  more: { back?: number; under?: boolean; proven?: boolean } = {},
): JournalEntry {
  const startedAt = `2026-11-24T${at}:00:00.000Z`;
  const rollout = { taskDefinition: arn(revision), serviceDeployment, startedAt };
  const record = (work: Record<string, unknown>) => ({ startedAt, status: 'done', summary: '', work });
  return {
    startedAt,
    ...(more.under
      ? {}
      : { endedAt: `2026-11-24T${at}:10:00.000Z`, outcome: { verdict: 'succeeded', running: null } }),
    ...(more.proven === false ? {} : { proven: { ...running(more.back ?? revision), commit: 'a1b2c3d4' } }),
    steps: {
      UpdateService: record({ rollout }),
      ...(more.back
        ? {
            Rollback: record({
              rollout: { ...rollout, taskDefinition: arn(more.back), serviceDeployment: 'back' },
            }),
          }
        : {}),
    },
  } as unknown as JournalEntry;
}

const seen = (name: string, at: string, revision: number): ServiceDeploymentSeen => ({
  arn: name,
  createdAt: `2026-11-24T${at}:00.000Z`,
  finishedAt: null,
  status: 'SUCCESSFUL',
  taskDefinition: arn(revision),
});

describe('a service deployment is outside', () => {
  const entries = [entry(12, 43, 'c', { back: 42 }), entry(11, 42, null), entry(10, 41, 'a')];
  const outside = (...ones: ServiceDeploymentSeen[]) =>
    outsideDeployments(ones, entries).map((one) => one.arn);

  test('where no deployment of ours asked for it', () => {
    expect(outside(seen('hand', '12:30', 41), seen('forced', '13:00', 42))).toEqual(['hand', 'forced']);
  });

  test('and not where one did: its release, its way back, or one that ECS listed only later', () => {
    expect(outside(seen('a', '10:01', 41), seen('c', '12:01', 43), seen('back', '12:05', 42))).toEqual([]);
    expect(outside(seen('listed later', '11:01', 42))).toEqual([]);
  });

  test('and is not told from before the first deployment of ours', () => {
    expect(outside(seen('of the stack', '09:00', 1))).toEqual([]);
    expect(outsideDeployments([seen('x', '09:00', 1)], [])).toEqual([]);
  });
});

describe('what runs is not ours', () => {
  const entries = [entry(12, 43, 'c', { back: 42 }), entry(11, 42, 'b')];

  test('where it is neither the last release of ours nor what that went back to', () => {
    expect(replacedOutside(running(41), entries)).toEqual({
      revision: 'backend-production:42',
      commit: 'a1b2c3d4',
    });
  });

  test.each([
    ['its way back runs', running(42), entries],
    [
      'its release runs although nothing was proven',
      running(44),
      [entry(13, 44, 'd', { proven: false }), ...entries],
    ],
    ['one of ours is under way', running(41), [entry(13, 44, 'd', { under: true }), ...entries]],
    ['nothing runs', null, entries],
    ['nothing was ever ours', running(7), []],
  ])('and not where %s', (_, now, all) => {
    expect(replacedOutside(now, all)).toBeNull();
  });
});
