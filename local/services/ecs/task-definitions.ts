/** RegisterTaskDefinition and what reads, lists and deregisters revisions. */
import type * as ecs from '@aws-sdk/client-ecs';
import { operation } from '../../operation.ts';
import { AwsError, type Permission } from '../../service.ts';
import { arn } from './arns.ts';
import type { TaskDefinition } from './model.ts';
import { showTaskDefinition } from './show.ts';
import { clientError, paged, type State } from './state.ts';
import { check, withDefaults } from './task-definition-rules.ts';

/** What a caller needs for each role that a task definition names. */
export function passRole(roles: readonly (string | undefined)[]): Permission[] {
  return [...new Set(roles)]
    .filter((role) => role !== undefined)
    .map((resource) => ({
      action: 'iam:PassRole',
      resource,
      context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    }));
}

export function register(state: State, input: ecs.RegisterTaskDefinitionRequest, by: string): TaskDefinition {
  check(input);
  const family = input.family ?? '';
  const revision = (state.families.get(family) ?? 0) + 1;
  const { tags, containerDefinitions, family: _, ...rest } = input;
  const definition: TaskDefinition = {
    arn: arn(state.world, `task-definition/${family}:${revision}`),
    family,
    revision,
    status: 'ACTIVE',
    registeredAt: state.world.clock.now(),
    registeredBy: by,
    body: {
      ...rest,
      containerDefinitions: (containerDefinitions ?? []).map((container) =>
        withDefaults(container, input.networkMode === 'awsvpc'),
      ),
    },
    tags: tags ?? [],
  };
  state.families.set(family, revision);
  state.taskDefinitions.set(definition.arn, definition);
  return definition;
}

export function taskDefinitionOperations(state: State) {
  const RegisterTaskDefinition = operation<
    ecs.RegisterTaskDefinitionRequest,
    ecs.RegisterTaskDefinitionResponse
  >(
    'RegisterTaskDefinition',
    [
      'family',
      'taskRoleArn',
      'executionRoleArn',
      'networkMode',
      'containerDefinitions',
      'volumes',
      'placementConstraints',
      'requiresCompatibilities',
      'cpu',
      'memory',
      'tags',
      'pidMode',
      'ipcMode',
      'ephemeralStorage',
      'runtimePlatform',
      'proxyConfiguration',
      'inferenceAccelerators',
      'enableFaultInjection',
    ],
    {
      permissions: (input) => [
        {
          action: 'ecs:RegisterTaskDefinition',
          resource: arn(state.world, `task-definition/${input.family}:*`),
        },
        ...passRole([input.taskRoleArn, input.executionRoleArn]),
        ...tagging(input.tags, arn(state.world, `task-definition/${input.family}:*`)),
      ],
      run(input, { principal }) {
        const definition = register(state, input, principal.arn);
        return { taskDefinition: showTaskDefinition(definition), tags: definition.tags };
      },
    },
  );

  const DescribeTaskDefinition = operation<
    ecs.DescribeTaskDefinitionRequest,
    ecs.DescribeTaskDefinitionResponse
  >('DescribeTaskDefinition', ['taskDefinition', 'include'], {
    permissions: () => [{ action: 'ecs:DescribeTaskDefinition', resource: '*' }],
    run(input) {
      const definition = state.findTaskDefinition(input.taskDefinition ?? '');
      if (!definition) throw clientError('Unable to describe task definition.');
      return {
        taskDefinition: showTaskDefinition(definition),
        ...(input.include?.includes('TAGS') ? { tags: definition.tags } : {}),
      };
    },
  });

  const DeregisterTaskDefinition = operation<
    ecs.DeregisterTaskDefinitionRequest,
    ecs.DeregisterTaskDefinitionResponse
  >('DeregisterTaskDefinition', ['taskDefinition'], {
    permissions: () => [{ action: 'ecs:DeregisterTaskDefinition', resource: '*' }],
    run(input) {
      const reference = input.taskDefinition ?? '';
      if (!/:\d+$/.test(reference)) {
        throw new AwsError('InvalidParameterException', 'Task definition must have a revision.');
      }
      const definition = state.findTaskDefinition(reference);
      if (!definition) throw clientError('The specified task definition does not exist.');
      if (definition.status === 'ACTIVE') {
        definition.status = 'INACTIVE';
        definition.deregisteredAt = state.world.clock.now();
        state.taskDefinitions.set(definition.arn, definition);
      }
      return { taskDefinition: showTaskDefinition(definition) };
    },
  });

  const ListTaskDefinitions = operation<ecs.ListTaskDefinitionsRequest, ecs.ListTaskDefinitionsResponse>(
    'ListTaskDefinitions',
    ['familyPrefix', 'status', 'sort', 'nextToken', 'maxResults'],
    {
      permissions: () => [{ action: 'ecs:ListTaskDefinitions', resource: '*' }],
      run(input) {
        const status = input.status ?? 'ACTIVE';
        const all = state.taskDefinitions
          .values()
          .filter(
            (one) => one.status === status && (!input.familyPrefix || one.family === input.familyPrefix),
          )
          .sort((a, b) => a.family.localeCompare(b.family) || a.revision - b.revision);
        if (input.sort === 'DESC') all.reverse();
        const { page, nextToken } = paged(all, input);
        return { taskDefinitionArns: page.map((one) => one.arn), nextToken };
      },
    },
  );

  const ListTaskDefinitionFamilies = operation<
    ecs.ListTaskDefinitionFamiliesRequest,
    ecs.ListTaskDefinitionFamiliesResponse
  >('ListTaskDefinitionFamilies', ['familyPrefix', 'status', 'nextToken', 'maxResults'], {
    permissions: () => [{ action: 'ecs:ListTaskDefinitionFamilies', resource: '*' }],
    run(input) {
      const active = new Set<string>();
      const all = new Set<string>();
      for (const one of state.taskDefinitions.values()) {
        all.add(one.family);
        if (one.status === 'ACTIVE') active.add(one.family);
      }
      const status = input.status ?? 'ALL';
      const chosen = [...all]
        .filter((family) => family.startsWith(input.familyPrefix ?? ''))
        .filter((family) => status === 'ALL' || active.has(family) === (status === 'ACTIVE'))
        .sort();
      const { page, nextToken } = paged(chosen, input);
      return { families: page, nextToken };
    },
  });

  return {
    RegisterTaskDefinition,
    DescribeTaskDefinition,
    DeregisterTaskDefinition,
    ListTaskDefinitions,
    ListTaskDefinitionFamilies,
  };
}

/** Tags at creation need a permission of their own. */
export function tagging(tags: readonly unknown[] | undefined, resource: string): Permission[] {
  return tags?.length ? [{ action: 'ecs:TagResource', resource }] : [];
}
