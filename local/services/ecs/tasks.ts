/** What describes, lists and stops tasks. */
import type * as ecs from '@aws-sdk/client-ecs';
import { operation } from '../../operation.ts';
import type { Permission } from '../../service.ts';
import { nameOf } from './arns.ts';
import type { Engine } from './engine/engine.ts';
import type { Task } from './model.ts';
import { showTask } from './show-task.ts';
import { invalid, paged, type State } from './state.ts';

export function taskOperations(state: State, engine: Engine) {
  const onTask = (action: string, cluster: string | undefined, task: string): Permission => ({
    action: `ecs:${action}`,
    resource: state.taskArn(cluster, task),
    context: { 'ecs:cluster': state.clusterArn(cluster) },
  });
  const show = (task: Task) => showTask(task, state.taskDefinitions.get(task.taskDefinition));

  return {
    DescribeTasks: operation<ecs.DescribeTasksRequest, ecs.DescribeTasksResponse>(
      'DescribeTasks',
      ['cluster', 'tasks', 'include'],
      {
        permissions: (input) => (input.tasks ?? []).map((one) => onTask('DescribeTasks', input.cluster, one)),
        run(input) {
          state.cluster(input.cluster);
          const asked = (input.tasks ?? []).map((one) => state.taskArn(input.cluster, one));
          if (asked.length === 0) throw invalid('Tasks cannot be empty.');
          if (asked.length > 100) throw invalid('Tasks cannot have more than 100 elements.');
          const known = new Map(
            state.tasksOf((task) => asked.includes(task.arn)).map((task) => [task.arn, task]),
          );
          return {
            tasks: asked
              .flatMap((one) => known.get(one) ?? [])
              .map((task) => ({ ...show(task), ...(input.include?.includes('TAGS') ? {} : { tags: [] }) })),
            failures: asked.filter((one) => !known.has(one)).map((one) => ({ arn: one, reason: 'MISSING' })),
          };
        },
      },
    ),

    ListTasks: operation<ecs.ListTasksRequest, ecs.ListTasksResponse>(
      'ListTasks',
      [
        'cluster',
        'family',
        'nextToken',
        'maxResults',
        'startedBy',
        'serviceName',
        'desiredStatus',
        'launchType',
      ],
      {
        permissions: (input) => [
          {
            action: 'ecs:ListTasks',
            // What the service authorization reference names as the action's resource, although tasks are listed.
            resource: `arn:aws:ecs:${state.world.region}:${state.world.account}:container-instance/${nameOf(state.clusterArn(input.cluster))}/*`,
            context: { 'ecs:cluster': state.clusterArn(input.cluster) },
          },
        ],
        run(input) {
          const { arn } = state.cluster(input.cluster);
          const service = input.serviceName ? state.service(input.cluster, input.serviceName).arn : undefined;
          const desired = input.desiredStatus ?? 'RUNNING';
          const chosen = state
            .tasksOf((task) => task.clusterArn === arn && task.desiredStatus === desired)
            .filter((task) => !service || task.serviceArn === service)
            .filter((task) => !input.startedBy || task.startedBy === input.startedBy)
            .filter((task) => !input.launchType || task.launchType === input.launchType)
            .filter((task) => !input.family || nameOf(task.taskDefinition).split(':')[0] === input.family);
          const { page, nextToken } = paged(chosen, input);
          return { taskArns: page.map((task) => task.arn), nextToken };
        },
      },
    ),

    StopTask: operation<ecs.StopTaskRequest, ecs.StopTaskResponse>(
      'StopTask',
      ['cluster', 'task', 'reason'],
      {
        permissions: (input) => [onTask('StopTask', input.cluster, input.task ?? '')],
        run(input) {
          state.cluster(input.cluster);
          const task = state.tasks.get(state.taskArn(input.cluster, input.task ?? ''));
          if (!task) throw invalid('The referenced task was not found.');
          engine.stop(task.arn, 'UserInitiated', input.reason ?? 'Task stopped by user');
          return { task: show(task) };
        },
      },
    ),
  };
}
