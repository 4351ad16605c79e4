import { expect, test } from '@jest/globals';
import { runName, runOf } from '../../core/ci.ts';

test.each([
  ['none', {}, undefined],
  [
    'GitHub',
    {
      GITHUB_RUN_ID: '8412',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_SERVER_URL: 'https://g',
      GITHUB_REPOSITORY: 'a/b',
    },
    { system: 'github', id: '8412', attempt: 2, url: 'https://g/a/b/actions/runs/8412' },
  ],
  [
    'GitLab, which does not count attempts',
    { CI_PIPELINE_ID: '77', CI_PIPELINE_URL: 'https://l/77' },
    { system: 'gitlab', id: '77', attempt: undefined, url: 'https://l/77' },
  ],
  [
    'Buildkite, which counts retries from 0',
    { BUILDKITE_BUILD_NUMBER: '5', BUILDKITE_PIPELINE_SLUG: 'shop', BUILDKITE_RETRY_COUNT: '1' },
    { system: 'buildkite', id: 'shop-5', attempt: 2, url: undefined },
  ],
  [
    'what the user says, before all others',
    { LOCKSTEP_RUN: 'nightly', GITHUB_RUN_ID: '8412' },
    { system: 'shell', id: 'nightly', attempt: undefined, url: undefined },
  ],
])('the run is that of %s', (_, variables, run) => {
  expect(runOf(variables)).toEqual(run);
});

const commit = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678';

test.each([
  ['deploy', 'backend-production-a1b2c3d-run8412-1'],
  ['publish', 'backend-production-a1b2c3d-publish-run8412-1'],
  ['rollback', 'backend-production-a1b2c3d-rollback-run8412-1'],
] as const)('%s has a name of its own', (action, name) => {
  expect(runName({ service: 'backend', environment: 'production', action }, commit, { id: '8412' }, 1)).toBe(
    name,
  );
});

test('a name keeps to what Step Functions takes, and to the role’s prefix, however long the run’s id is', () => {
  const id = `${'long '.repeat(40)}the end`;
  const name = runName(
    { service: 'backend', environment: 'production', action: 'deploy' },
    commit,
    { id },
    12,
  );
  expect(name).toMatch(/^backend-production-a1b2c3d-run[\w-]+the-end-12$/);
  expect(name).toHaveLength(80);
});
