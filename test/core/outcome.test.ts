import { describe, expect, test } from '@jest/globals';
import type { Failure } from '../../core/journal.ts';
import { duration, type Ending, outcomeOf } from '../../core/outcome.ts';
import type { Plan, Running } from '../../core/plan.ts';

const running: Running = {
  taskDefinition: 'arn:aws:ecs:r:0:task-definition/backend-production:41',
  revision: 'backend-production:41',
  image: 'repository@sha256:1',
  digest: null,
  commit: '9f31c2e0000000000000000000000000000000aa',
  committedAt: null,
};
const plan = { running, steps: { build: true, migrate: true, release: true } } as Plan;

const failure = (step: Failure['step'], error: string): Failure => ({
  step,
  error,
  sentence: 'Why.',
  remedy: 'Do.',
  evidence: [],
});
const ending = (over: Partial<Ending>): Ending => ({
  service: 'backend',
  environment: 'production',
  plan,
  release: null,
  failure: null,
  running,
  database: 'unchanged',
  released: false,
  rolledBack: false,
  unchanged: false,
  seconds: 307,
  ...over,
});

describe('the verdict and the last sentence', () => {
  test.each<[string, Partial<Ending>, string, string]>([
    [
      'all went well',
      { released: true },
      'succeeded',
      'Succeeded in 5m 07s. backend in production runs 9f31c2e (backend-production:41), healthy.',
    ],
    [
      'nothing to change',
      { unchanged: true },
      'unchanged',
      'Nothing to do. backend in production runs 9f31c2e (backend-production:41) already.',
    ],
    [
      'a refusal',
      { failure: failure('Plan', 'StaleCommit') },
      'refused',
      'Refused. Nothing was changed. backend in production still runs 9f31c2e (backend-production:41).',
    ],
    [
      'a bug before anything was changed',
      { failure: failure('Plan', 'Internal') },
      'refused',
      'Refused. Nothing was changed. backend in production still runs 9f31c2e (backend-production:41).',
    ],
    [
      'a build',
      { failure: failure('Build', 'TypeError') },
      'build-failed',
      'The build failed. Nothing was changed. backend in production still runs 9f31c2e (backend-production:41).',
    ],
    [
      'a bug in the build',
      { failure: failure('Build', 'Internal') },
      'build-failed',
      'The build failed. Nothing was changed. backend in production still runs 9f31c2e (backend-production:41).',
    ],
    [
      'a rollback',
      { failure: failure('VerifyHealth', 'TaskCrashed'), released: true, rolledBack: true },
      'rolled-back',
      'Rolled back. backend in production runs 9f31c2e (backend-production:41) again, healthy.',
    ],
    [
      'a rollback that failed',
      { failure: failure('VerifyHealth', 'TaskCrashed'), released: true },
      'needs-attention',
      'This needs a person. backend in production runs 9f31c2e (backend-production:41).',
    ],
    [
      'cancelled in time',
      { failure: failure('Build', 'Cancelled') },
      'cancelled',
      'Cancelled. backend in production still runs 9f31c2e (backend-production:41).',
    ],
    [
      'cancelled and taken back',
      { failure: failure('VerifyHealth', 'Cancelled'), released: true, rolledBack: true },
      'cancelled',
      'Cancelled. backend in production runs 9f31c2e (backend-production:41) again, healthy.',
    ],
    [
      'superseded',
      { failure: failure('VerifyHealth', 'Superseded'), released: true },
      'superseded',
      'Superseded by another deployment. backend in production runs 9f31c2e (backend-production:41).',
    ],
    [
      'the lock lost',
      { failure: failure('Plan', 'LockLost') },
      'needs-attention',
      'This needs a person. backend in production runs 9f31c2e (backend-production:41).',
    ],
    [
      'a refusal after the migration',
      { failure: failure('UpdateService', 'ServiceUpdateRejected'), database: 'migrated' },
      'needs-attention',
      'This needs a person: the schema was migrated, and the new code was not released. backend in production runs 9f31c2e (backend-production:41).',
    ],
  ])('%s', (_, over, verdict, sentence) => {
    expect(outcomeOf(ending(over))).toMatchObject({ verdict, sentence });
  });

  test('a migration that failed says where to look', () => {
    const outcome = outcomeOf(ending({ failure: failure('Migrate', 'MigrationFailed'), database: 'failed' }));
    expect(outcome.verdict).toBe('migration-failed');
    expect(outcome.sentence).toContain('lockstep migrations status');
  });

  test('what runs is never guessed', () => {
    expect(outcomeOf(ending({ running: null })).sentence).toContain(
      'could not be read; `lockstep check --service backend` tells.',
    );
    expect(
      outcomeOf(
        ending({ running: null, plan: { ...plan, running: null }, failure: failure('Build', 'BuildFailed') }),
      ).sentence,
    ).toContain('runs nothing yet.');
  });
});

test.each([
  [0.4, '0s'],
  [59.6, '1m 00s'],
  [307, '5m 07s'],
  [7_260, '2h 01m'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
