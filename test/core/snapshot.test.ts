import { expect, test } from '@jest/globals';
import type { Plan } from '../../core/plan.ts';
import { snapshotDecision } from '../../core/snapshot.ts';

const deployment = { id: '0123abcd', service: 'backend', environment: 'production' };
const plan = (snapshot: 'always' | 'risky' | 'never', instance: string | null = 'backend-production') =>
  ({ settings: { database: { schema: 'public', instance }, migrations: { snapshot } } }) as Plan;

test.each<['always' | 'risky' | 'never', boolean, boolean]>([
  ['always', false, true],
  ['always', true, true],
  ['risky', false, false],
  ['risky', true, true],
  ['never', true, false],
])('policy %s, risky %s: snapshot %s', (policy, risky, taken) => {
  expect('instance' in snapshotDecision(deployment, plan(policy), { risky })).toBe(taken);
});

test('the name is the deployment’s, so that a retry asks for the same snapshot', () => {
  expect(snapshotDecision(deployment, plan('always'), { risky: false })).toEqual({
    instance: 'backend-production',
    name: 'lockstep-backend-production-0123abcd',
  });
});

test('without an instance there is nothing to snapshot, and the reason says what is missing', () => {
  expect(snapshotDecision(deployment, plan('always', null), { risky: true })).toEqual({
    skip: 'no "instance" in the "database" block of the environment file',
  });
});
