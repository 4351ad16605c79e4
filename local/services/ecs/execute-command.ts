/** ExecuteCommand: a session into a container of a task, over the protocol that the session-manager-plugin speaks. */
import type * as ecs from '@aws-sdk/client-ecs';
import { operation } from '../../operation.ts';
import { AwsError } from '../../service.ts';
import type { Engine } from './engine/engine.ts';
import type { Sessions } from './session/sessions.ts';
import { clientError, invalid, type State } from './state.ts';

export function executeCommand(state: State, engine: Engine, sessions: Sessions) {
  return operation<ecs.ExecuteCommandRequest, ecs.ExecuteCommandResponse>(
    'ExecuteCommand',
    ['cluster', 'container', 'command', 'interactive', 'task'],
    {
      permissions: (input) => [
        {
          action: 'ecs:ExecuteCommand',
          resource: state.taskArn(input.cluster, input.task ?? ''),
          context: { 'ecs:cluster': state.clusterArn(input.cluster) },
        },
      ],
      async run(input) {
        const cluster = state.cluster(input.cluster);
        const task = state.tasks.get(state.taskArn(input.cluster, input.task ?? ''));
        if (!task) throw invalid('The referenced task was not found.');
        if (!task.enableExecuteCommand) {
          throw invalid(
            'The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.',
          );
        }
        const running = engine.running(task.arn);
        const name = input.container ?? task.containers[0]?.name ?? '';
        if (task.containers.length > 1 && !input.container) {
          throw invalid('The container name is required when the task has more than one container.');
        }
        const container = task.containers.find((one) => one.name === name);
        if (!container) throw invalid(`Container '${name}' is not in task '${task.id}'.`);
        if (!running || container.lastStatus !== 'RUNNING') {
          throw new AwsError(
            'TargetNotConnectedException',
            'The execute command failed due to an internal error. Try again later.',
          );
        }
        if (!input.interactive) throw clientError('Interactive is the only mode supported currently.');
        const command = input.command ?? '';
        const session = await sessions.open((options) =>
          running.exec(name, ['/bin/sh', '-c', command], { ...options, terminal: true }),
        );
        return {
          clusterArn: cluster.arn,
          taskArn: task.arn,
          containerArn: container.arn,
          containerName: name,
          interactive: true,
          session,
        };
      },
    },
  );
}
