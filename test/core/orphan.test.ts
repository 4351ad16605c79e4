import { describe, expect, test } from '@jest/globals';
import type { JournalEntry, StepRecord } from '../../core/journal.ts';
import { isOrphan, orphanOf, resumeAt, resumed } from '../../core/orphan.ts';

const record = (status: StepRecord['status'], over: Partial<StepRecord> = {}): StepRecord => ({
  startedAt: '2026-11-24T09:15:02.000Z',
  status,
  summary: '',
  ...over,
});

const entry = (steps: JournalEntry['steps'], over: Partial<JournalEntry> = {}): JournalEntry => ({
  target: 'backend/production',
  startedAt: '2026-11-24T09:15:02.000Z',
  deploymentId: '0123abcd',
  executionArn: 'arn:dead',
  service: 'backend',
  environment: 'production',
  action: 'deploy',
  commit: null,
  subject: '',
  requestedBy: 'ci',
  reason: null,
  steps,
  ...over,
});

const failure = {
  step: 'VerifyHealth' as const,
  error: 'TaskCrashed',
  sentence: 'It exits.',
  remedy: '',
  evidence: [],
};
const rollout = {
  taskDefinition: 'arn:td',
  serviceDeployment: 'arn:sd',
  startedAt: '2026-11-24T09:16:00.000Z',
};

describe('a recovery finishes what was started and starts nothing new', () => {
  const done = record('done');
  const waiting = record('waiting');
  test.each<[string, JournalEntry['steps'], string]>([
    ['nothing but the plan', { Plan: done }, 'Record'],
    ['a build under way', { Plan: done, Build: waiting }, 'Record'],
    ['a migration under way', { Migrate: record('waiting', { work: { task: 'arn' } }) }, 'Migrate'],
    ['a migration between two tries', { Migrate: record('waiting', { work: { task: null } }) }, 'Record'],
    ['a migration that had no task yet', { MigrateCheck: done, Migrate: waiting }, 'Record'],
    ['a migration that was done, and no release', { Migrate: done }, 'Record'],
    [
      'an update that may have happened',
      { Migrate: done, UpdateService: record('waiting', { work: { startedAt: '2026-11-24T09:20:00Z' } }) },
      'Rollback',
    ],
    ['an update that only waited for another', { Migrate: done, UpdateService: waiting }, 'Record'],
    ['a release under way', { UpdateService: done }, 'VerifyHealth'],
    ['a release being verified', { UpdateService: done, VerifyHealth: waiting }, 'VerifyHealth'],
    ['a release that was proven', { UpdateService: done, VerifyHealth: done }, 'Record'],
    [
      'a release that failed',
      { UpdateService: done, VerifyHealth: record('failed', { failure }) },
      'Rollback',
    ],
    [
      'a rollback under way',
      { UpdateService: done, VerifyHealth: record('failed'), Rollback: waiting },
      'Rollback',
    ],
    [
      'a rollback being verified',
      { UpdateService: done, VerifyHealth: record('failed'), Rollback: done },
      'VerifyHealth',
    ],
  ])('%s', (_, steps, expected) => {
    expect(resumeAt(entry(steps))).toBe(expected);
  });
});

test('a release that is only being verified has not failed', () => {
  const found = resumed(
    entry({ UpdateService: record('done', { work: { rollout } }), VerifyHealth: record('waiting') }),
    'ABORTED',
  );
  expect(found).toMatchObject({ resumeAt: 'VerifyHealth', subject: 'release', failure: null, rollout });
});

test('the failure that had been found is the one that counts', () => {
  const found = resumed(
    entry({
      UpdateService: record('done', { work: { rollout } }),
      VerifyHealth: record('failed', { failure }),
    }),
    'TIMED_OUT',
  );
  expect(found).toMatchObject({
    resumeAt: 'Rollback',
    failure: { step: 'VerifyHealth', error: 'TaskCrashed' },
  });
});

test('an execution that was stopped before anything changed is told as interrupted', () => {
  expect(resumed(entry({ Plan: record('done'), Build: record('waiting') }), 'ABORTED').failure).toEqual({
    step: 'Build',
    error: 'Interrupted',
    cause: 'The execution ended (ABORTED) before the deployment did, and the recovery took over.',
  });
  expect(resumed(undefined, 'GONE')).toMatchObject({ resumeAt: 'Record', failure: { error: 'Interrupted' } });
});

test('the rollback’s own rollout is verified after a rollback', () => {
  const back = { ...rollout, taskDefinition: 'arn:old' };
  const found = resumed(
    entry({
      UpdateService: record('done', { work: { rollout } }),
      VerifyHealth: record('failed', { failure }),
      Rollback: record('done', { work: { rollout: back } }),
    }),
    'FAILED',
  );
  expect(found).toMatchObject({ subject: 'rollback', rollout: back });
});

test('only an execution that runs still frees its lock by itself', () => {
  expect(['RUNNING', 'SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT', 'GONE'].filter(isOrphan)).toEqual([
    'SUCCEEDED',
    'FAILED',
    'ABORTED',
    'TIMED_OUT',
    'GONE',
  ]);
});

test('an orphan is owned by the recovery that found it', () => {
  const lock = {
    lockId: 'backend/production',
    owner: 'arn:dead',
    deploymentId: '0123abcd',
    startedAt: 't',
    requestedBy: 'ci',
    expiresAt: 0,
  };
  expect(orphanOf(lock, 'arn:recovery')).toEqual({
    id: '0123abcd',
    target: 'backend/production',
    service: 'backend',
    environment: 'production',
    startedAt: 't',
    executionArn: 'arn:dead',
    owner: 'arn:recovery',
  });
});
