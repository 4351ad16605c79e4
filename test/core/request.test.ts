import { nearest } from '../../core/nearest.ts';
import { problemsText } from '../../core/problems.ts';
import { executionName, parseRequest } from '../../core/request.ts';
import { kebab, STEPS } from '../../core/steps.ts';
import { endState, isGood, VERDICT_NAMES } from '../../core/verdict.ts';

describe('an execution’s name', () => {
  const at = new Date('2026-11-24T09:15:02.345Z');
  test('says service, environment, commit and time', () => {
    const request = {
      service: 'backend',
      environment: 'production',
      action: 'deploy' as const,
      commit: 'a1b2c3d4e5f6',
    };
    expect(executionName(request, at)).toBe('backend-production-a1b2c3d-20261124T091502Z');
    expect(executionName(request, at, '2')).toBe('backend-production-a1b2c3d-20261124T091502Z-2');
  });

  test('says what is done where no commit is named', () => {
    expect(
      executionName({ service: 'backend', environment: 'dev', action: 'rollback', commit: undefined }, at),
    ).toBe('backend-dev-rollback-20261124T091502Z');
  });

  test.each([1, 32, 60, 200])(
    'of a service of %i letters fits into 80 characters and keeps its end',
    (length) => {
      const name = executionName(
        { service: 's'.repeat(length), environment: 'e'.repeat(length), action: 'deploy', commit: 'a1b2c3d' },
        at,
        'retry-10',
      );
      expect(name.length).toBeLessThanOrEqual(80);
      expect(name).toMatch(/-a1b2c3d-20261124T091502Z-retry-10$/);
      expect(name).toMatch(/^[a-zA-Z0-9-_]+$/);
    },
  );
});

describe('a request', () => {
  const right = { version: 1, service: 'backend', environment: 'production' };

  test('gets its defaults', () => {
    expect(parseRequest(right)).toEqual({
      request: { ...right, action: 'deploy', migrate: true, allowOlder: false, requestedBy: 'unknown' },
    });
  });

  test.each([
    [{ ...right, comit: 'x' }, 'comit unknown key; did you mean commit?'],
    [{ ...right, commit: 'main' }, 'commit must be a git commit: 7 to 40 hexadecimal digits'],
    [{ ...right, version: 2 }, 'version must be 1'],
    [{ ...right, service: '' }, 'service is empty'],
    [{ ...right, imageDigest: 'sha256:1' }, 'imageDigest must be sha256: and 64 hexadecimal digits'],
    [{ version: 1, service: 'backend' }, 'environment is missing; must be of type string'],
    [null, '(the request) must be of type object'],
  ])('%j is told: %#', (json, expected) => {
    const read = parseRequest(json);
    expect('problems' in read && problemsText(read.problems)).toBe(expected);
  });
});

describe('what a misspelt word means', () => {
  test.each([
    ['backand', ['backend', 'frontend'], 'backend'],
    ['memroy', ['memory', 'cpu'], 'memory'],
    ['imageTag', ['imageTagStrategy', 'maxTasks'], 'imageTagStrategy'],
    ['REGION', ['region'], 'region'],
    ['zzz', ['memory', 'cpu'], undefined],
    ['x', [], undefined],
  ])('%s of %j is %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test('is the nearer of two', () => {
    expect(nearest('stagin', ['string', 'staging'])).toBe('staging');
  });
});

test('a step has one name everywhere', () => {
  expect(STEPS.map(kebab)).toContain('verify-health');
  expect(kebab('Plan')).toBe('plan');
});

test('every verdict has an end of its own, green only where all is well', () => {
  expect(VERDICT_NAMES.map(endState)).toEqual(
    expect.arrayContaining(['Succeeded', 'RolledBack', 'NeedsAttention']),
  );
  expect(new Set(VERDICT_NAMES.map(endState)).size).toBe(VERDICT_NAMES.length);
  expect(VERDICT_NAMES.filter(isGood)).toEqual(['succeeded', 'unchanged']);
});
