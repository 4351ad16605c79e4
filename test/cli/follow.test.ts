/** Following outlives what passes, and ends with the deployment going on where AWS can no longer be asked. */
import { expect, test } from '@jest/globals';
import { type Execution, follow } from '../../cli/follow.ts';
import { type ErrorName, LockstepError } from '../../core/errors.ts';
import type { DeployEvent } from '../../core/events.ts';

const error = (name: ErrorName) => new LockstepError(name, { service: 'SFN', detail: 'no answer' });

/** Gives one page or error after the other; the last again and again. */
function execution(answers: readonly (Error | 'page' | 'end')[]): Execution {
  let asked = 0;
  return {
    deploymentId: '7c2f19aa',
    executionArn: 'arn:execution',
    async history() {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      if (answer instanceof Error) throw answer;
      const timestamp = new Date(0);
      return {
        events: answer === 'end' ? [{ id: 9, type: 'ExecutionSucceeded', timestamp }] : [],
        token: 't',
      };
    },
    describe: async () => ({
      status: 'SUCCEEDED',
      startedAt: new Date(0),
      stoppedAt: new Date(1000),
      error: undefined,
      cause: 'Succeeded.',
    }),
    entry: async () => undefined,
  };
}

async function followed(answers: readonly (Error | 'page' | 'end')[]) {
  const shown: DeployEvent[] = [];
  const renderer = { show: (event: DeployEvent) => void shown.push(event), tick: () => undefined };
  const { signal } = new AbortController();
  const end = await follow(execution(answers), { renderer, signal, interval: 1 });
  return { end, notes: shown.flatMap((event) => (event.type === 'note' ? event.text : [])) };
}

test('what passes is waited for, and told once', async () => {
  const down = error('AwsUnavailable');
  const { end, notes } = await followed(['page', down, down, down, 'page', 'end']);
  expect(end.type).toBe('verdict');
  expect(notes).toEqual(['SFN did not answer: no answer Looking again …']);
});

test.each<ErrorName>(['CredentialsExpired', 'CredentialsMissing', 'CredentialsRefused'])(
  'with %s the deployment goes on, and it is said how to attach',
  async (name) => {
    const { end, notes } = await followed(['page', error(name)]);
    expect(end).toEqual({
      type: 'detached',
      deploymentId: '7c2f19aa',
      executionArn: 'arn:execution',
      why: 'lost',
    });
    expect(notes).toEqual([error(name).message]);
  },
);

test('whatever else goes wrong is an error', async () => {
  await expect(followed([error('PermissionMissing')])).rejects.toThrow('no answer');
});
