/** Step Functions: standard workflows in JSONata, run by the interpreter in `local/states`. */
import { randomUUID } from 'node:crypto';
import * as sdk from '@aws-sdk/client-sfn';
import type { Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import type { Json } from '../../states/json.ts';
import { executionOperations, start } from './execution-operations.ts';
import { Executions } from './executions.ts';
import { taskRunner } from './integrations/tasks.ts';
import { machineOperations } from './machine-operations.ts';
import { openState } from './model.ts';
import { provisioners } from './provision.ts';
import { tagOperations } from './tag-operations.ts';
import { taskOperations } from './task-operations.ts';

export function create(world: World): { service: Service; ports: Pick<Ports, 'states'> } {
  const state = openState(world);
  const executions = new Executions(state, (children) => taskRunner(world, children));
  return {
    service: {
      signingName: 'states',
      sdk,
      operations: {
        ...machineOperations(state),
        ...tagOperations(state),
        ...executionOperations(state, executions),
        ...taskOperations(state, executions),
      },
      provisioners: provisioners(state),
      start: () => executions.resume(),
      stop: () => executions.suspend(),
      differences: [
        'Standard workflows in JSONata only: Express workflows, machines in JSONPath, distributed maps, activities, versions and aliases are refused.',
        'In a machine that mixes the query languages, JSONPath states may be Pass, Task, Wait, Succeed and Fail, with paths of names and indexes and without intrinsic functions.',
        'After a kill an execution goes on where it was: waits end at their time, task tokens stay valid, and a task that was out is called again without further events, its time-outs running on. At most the last 50 ms are forgotten.',
        'StopExecution and a time-out also end the Lambda invocation that the state waits for; on AWS it runs to its end.',
        'Executions of a deleted machine run to their end.',
        'An Inline Map honours ToleratedFailureCount and ToleratedFailurePercentage; failed iterations are left out of its result.',
        'An expression that defines functions is stopped after 300,000 steps, where AWS stops it after a time and a depth.',
        'There is no X-Ray: TracingConfiguration is taken and ignored.',
      ],
    },
    ports: {
      states: {
        start(stateMachineArn, input, name = randomUUID()) {
          return { executionArn: start(state, executions, stateMachineArn, name, (input ?? {}) as Json).arn };
        },
      },
    },
  };
}
