/** One trace for each way through `schedule`. */
import { readMachine } from '../../scripts/docs/state-machine.ts';
import { type Answer, catchersOf, statesOf, type Trace, trace } from './trace.ts';

const request = { version: 1, service: 'backend', environment: 'production', action: 'update' };
const seen = new Set<string>();
const caught = new Set<string>();

async function scheduled(answers: Answer | readonly Answer[], at = '2026-11-24T02:00:00Z'): Promise<Trace> {
  const traced = await trace('schedule', {
    input: { name: 'backend-production-schedule-', at, request },
    answers: { StartDeployment: answers },
  });
  for (const state of traced.path) seen.add(state);
  for (const catcher of traced.caught) caught.add(catcher);
  return traced;
}

test('the deployment is named after its time, without what a name may not have, and is told the time', async () => {
  const traced = await scheduled({ ExecutionArn: 'arn:deployment' });
  expect(traced.given('StartDeployment')).toEqual([
    {
      StateMachineArn: expect.stringMatching(/stateMachine:deploy$/),
      Name: 'backend-production-schedule-20261124T020000Z',
      Input: { ...request, schedule: { at: '2026-11-24T02:00:00Z' } },
    },
  ]);
  expect(traced).toMatchObject({ status: 'SUCCEEDED', output: { executionArn: 'arn:deployment' } });
});

test('fractions of a second make no second name', async () => {
  const traced = await scheduled({ ExecutionArn: 'arn:deployment' }, '2026-11-24T02:00:00.000Z');
  expect(traced.given('StartDeployment')[0]?.['Name']).toBe('backend-production-schedule-20261124T020000Z');
});

test('a time that was delivered before, and whose deployment has ended, is no failure', async () => {
  const traced = await scheduled({ throws: 'StepFunctions.ExecutionAlreadyExistsException' });
  expect(traced).toMatchObject({ status: 'SUCCEEDED', path: ['StartDeployment', 'StartedBefore'] });
});

test('a start that is throttled is tried again', async () => {
  const throttled = { throws: 'StepFunctions.ThrottlingException' };
  const traced = await scheduled([throttled, throttled, { ExecutionArn: 'arn:deployment' }]);
  expect(traced.given('StartDeployment')).toHaveLength(3);
  expect(traced.status).toBe('SUCCEEDED');
});

test('a start that fails says why', async () => {
  const traced = await scheduled({
    throws: 'StepFunctions.StateMachineDoesNotExistException',
    cause: 'gone',
  });
  expect(traced).toMatchObject({
    status: 'FAILED',
    error: 'not-started',
    cause:
      'The scheduled deployment could not be started: StepFunctions.StateMachineDoesNotExistException: gone',
  });
});

test('every state and every Catch is reached by a test above', () => {
  expect(Object.keys(statesOf(readMachine('schedule'))).filter((state) => !seen.has(state))).toEqual([]);
  expect(catchersOf('schedule').filter((catcher) => !caught.has(catcher))).toEqual([]);
});
