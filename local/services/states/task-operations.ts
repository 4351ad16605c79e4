/** Answers to task tokens. */
import type { SendTaskFailureInput, SendTaskHeartbeatInput, SendTaskSuccessInput } from '@aws-sdk/client-sfn';
import { operation } from '../../operation.ts';
import type { Operation, Permission } from '../../service.ts';
import { exceeds, type Json } from '../../states/json.ts';
import { type Executions, executionOf } from './executions.ts';
import { type State, statesError } from './model.ts';

export function taskOperations(state: State, executions: Executions): Record<string, Operation> {
  // A role may be allowed the answers of one machine's tasks only; the token says whose task it is.
  const allowed =
    (action: string) =>
    ({ taskToken = '' }: { taskToken?: string | undefined }): Permission[] => {
      const execution = state.executions.get(executionOf(taskToken) ?? '');
      return [{ action: `states:${action}`, resource: execution?.machineArn ?? '*' }];
    };
  const take = (taskToken: string, taken: boolean) => {
    if (taken) return {};
    if (!state.executions.has(executionOf(taskToken) ?? ''))
      throw statesError('InvalidToken', 'Invalid token');
    throw statesError('TaskTimedOut', 'Provided task does not exist anymore');
  };

  return {
    SendTaskSuccess: operation<SendTaskSuccessInput, object>('SendTaskSuccess', ['taskToken', 'output'], {
      permissions: allowed('SendTaskSuccess'),
      run: ({ taskToken = '', output = '' }) =>
        take(taskToken, executions.complete(taskToken, { output: parseOutput(output) })),
    }),
    SendTaskFailure: operation<SendTaskFailureInput, object>(
      'SendTaskFailure',
      ['taskToken', 'error', 'cause'],
      {
        permissions: allowed('SendTaskFailure'),
        run: ({ taskToken = '', error = '', cause }) =>
          take(
            taskToken,
            executions.complete(taskToken, { error, ...(cause === undefined ? {} : { cause }) }),
          ),
      },
    ),
    SendTaskHeartbeat: operation<SendTaskHeartbeatInput, object>('SendTaskHeartbeat', ['taskToken'], {
      permissions: allowed('SendTaskHeartbeat'),
      run: ({ taskToken = '' }) => take(taskToken, executions.heartbeat(taskToken)),
    }),
  } as unknown as Record<string, Operation>;
}

function parseOutput(text: string): Json {
  let output: Json;
  try {
    output = JSON.parse(text) as Json;
  } catch (error) {
    throw statesError('InvalidOutput', (error as Error).message);
  }
  if (exceeds(output)) throw statesError('InvalidOutput', 'The output is larger than 262144 bytes.');
  return output;
}
