/** RunTask: a task of its own, not a service's. */
import { createHash } from 'node:crypto';
import type * as ecs from '@aws-sdk/client-ecs';
import { operation } from '../../operation.ts';
import { AwsError } from '../../service.ts';
import { nameOf } from './arns.ts';
import type { Engine } from './engine/engine.ts';
import { cannotAssume } from './engine/resources.ts';
import { cpuUnits, isFargateSize, mebibytes } from './fargate.ts';
import type { TaskDefinition } from './model.ts';
import { PLATFORM_VERSION } from './service-changes.ts';
import { checkCapacity, checkNetwork } from './service-rules.ts';
import { showTask } from './show-task.ts';
import { clientError, invalid, type State } from './state.ts';
import { passRole, tagging } from './task-definitions.ts';

const LONGEST_OVERRIDES = 8192;
const TOKENS_STAY_MS = 24 * 3_600_000;

export function runTask(state: State, engine: Engine) {
  return operation<ecs.RunTaskRequest, ecs.RunTaskResponse>(
    'RunTask',
    [
      'cluster',
      'taskDefinition',
      'count',
      'launchType',
      'capacityProviderStrategy',
      'platformVersion',
      'networkConfiguration',
      'overrides',
      'startedBy',
      'group',
      'tags',
      'propagateTags',
      'enableECSManagedTags',
      'enableExecuteCommand',
      'clientToken',
      'referenceId',
    ],
    {
      permissions(input) {
        const definition = state.findTaskDefinition(input.taskDefinition ?? '');
        const { taskRoleArn, executionRoleArn } = { ...definition?.body, ...input.overrides };
        const resource = definition?.arn ?? input.taskDefinition ?? '*';
        return [
          { action: 'ecs:RunTask', resource, context: { 'ecs:cluster': state.clusterArn(input.cluster) } },
          ...passRole([taskRoleArn, executionRoleArn]),
          ...tagging(input.tags, `${state.taskArn(input.cluster, '*')}`),
        ];
      },
      run: (input, { principal }) => run(state, engine, input, principal.arn),
    },
  );
}

function run(state: State, engine: Engine, input: ecs.RunTaskRequest, by: string): ecs.RunTaskResponse {
  const cluster = state.cluster(input.cluster);
  const definition = state.findTaskDefinition(input.taskDefinition ?? '');
  if (!definition) throw clientError('TaskDefinition not found.');
  if (definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
  const count = input.count ?? 1;
  if (count < 1 || count > 10) throw invalid('Tasks count must be between 1 and 10.');
  checkCapacity('RunTask', input);
  checkNetwork(definition, input.networkConfiguration);
  checkStartedBy(input.startedBy);
  const overrides = checkOverrides(definition, input.overrides);

  const repeated = repeats(state, input, by);
  if (repeated) return { tasks: repeated.map((task) => showTask(task, definition)), failures: [] };

  for (const role of [
    overrides.executionRoleArn ?? definition.body.executionRoleArn,
    overrides.taskRoleArn ?? definition.body.taskRoleArn,
  ]) {
    if (role && !state.world.ports.iam.trusts(role, 'ecs-tasks.amazonaws.com'))
      throw clientError(cannotAssume(role));
  }
  const tasks = Array.from({ length: count }, () =>
    engine.launch({
      definition,
      clusterArn: cluster.arn,
      group: input.group ?? `family:${definition.family}`,
      startedBy: input.startedBy,
      platformVersion:
        !input.platformVersion || input.platformVersion === 'LATEST'
          ? PLATFORM_VERSION
          : input.platformVersion,
      overrides,
      network: input.networkConfiguration,
      enableExecuteCommand: input.enableExecuteCommand ?? false,
      tags: [...(input.tags ?? []), ...(input.propagateTags === 'TASK_DEFINITION' ? definition.tags : [])],
    }),
  );
  if (input.clientToken) {
    state.tokens.set(input.clientToken, {
      request: fingerprint(input, by),
      tasks: tasks.map((task) => task.arn),
      at: state.world.clock.now(),
    });
  }
  return { tasks: tasks.map((task) => showTask(task, definition)), failures: [] };
}

function checkStartedBy(startedBy: string | undefined): void {
  if (startedBy === undefined) return;
  if (startedBy.length > 128) throw invalid('startedBy length should be between 0 and 128.');
  if (!/^[A-Za-z0-9/_-]*$/.test(startedBy)) throw invalid('startedBy contains invalid characters.');
}

function checkOverrides(definition: TaskDefinition, given: ecs.TaskOverride | undefined): ecs.TaskOverride {
  const overrides = given ?? {};
  if (JSON.stringify(overrides).length > LONGEST_OVERRIDES) {
    throw invalid(`Container Overrides length must be at most ${LONGEST_OVERRIDES}`);
  }
  for (const { name } of overrides.containerOverrides ?? []) {
    if (!definition.body.containerDefinitions.some((container) => container.name === name)) {
      throw invalid(`Override for container named ${name} is not a container in the TaskDefinition.`);
    }
  }
  if (overrides.cpu || overrides.memory) {
    const cpu = cpuUnits(overrides.cpu ?? definition.body.cpu);
    const memory = mebibytes(overrides.memory ?? definition.body.memory);
    if (!cpu || !memory || !isFargateSize(cpu, memory)) {
      throw clientError(
        `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
      );
    }
  }
  return overrides;
}

/** The tasks of an earlier call with the same token; a call that asks for something else is a conflict. */
function repeats(state: State, input: ecs.RunTaskRequest, by: string) {
  const { clientToken } = input;
  if (!clientToken) return undefined;
  if (clientToken.length > 64) throw invalid('clientToken length should be between 1 and 64.');
  const known = state.tokens.get(clientToken);
  if (!known || known.at < state.world.clock.now() - TOKENS_STAY_MS) return undefined;
  if (known.request !== fingerprint(input, by)) {
    throw new AwsError(
      'ConflictException',
      `The request with client token ${clientToken} does not match an earlier request with that token.`,
      { resourceIds: known.tasks },
    );
  }
  const tasks = known.tasks.flatMap((one) => state.tasks.get(one) ?? []);
  if (tasks.length === 0) {
    throw new AwsError(
      'ConflictException',
      `The tasks that were started with client token ${clientToken} (${known.tasks.map(nameOf).join(', ')}) are gone.`,
      { resourceIds: known.tasks },
    );
  }
  return tasks;
}

function fingerprint(input: ecs.RunTaskRequest, by: string): string {
  // The same role in another session is the same caller: a retried Lambda is.
  const caller = by.split('/').slice(0, 2).join('/');
  return createHash('sha256')
    .update(JSON.stringify([caller, sorted(input)]))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
