/** The operations on the targets of rules. */
import type {
  ListRuleNamesByTargetCommandInput,
  ListTargetsByRuleCommandInput,
  PutTargetsCommandInput,
  RemoveTargetsCommandInput,
} from '@aws-sdk/client-eventbridge';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import type { Bus } from './bus.ts';
import { checkBus, ruleArn, sdkTarget, storedTarget } from './model.ts';
import { invalidToken } from './rules.ts';

const MOST_TARGETS = 5;

export function targetOperations(world: World, bus: Bus): Record<string, Operation> {
  const on = (action: string) => (input: { Rule?: string | undefined }) => [
    { action: `events:${action}`, resource: ruleArn(world, input.Rule ?? '') },
  ];

  return {
    PutTargets: operation<PutTargetsCommandInput, object>('PutTargets', ['Rule', 'EventBusName', 'Targets'], {
      permissions: (input) => [
        {
          action: 'events:PutTargets',
          resource: ruleArn(world, input.Rule ?? ''),
          context: { 'events:TargetArn': input.Targets?.[0]?.Arn ?? '' },
        },
        ...(input.Targets ?? []).flatMap(({ RoleArn }) =>
          RoleArn === undefined
            ? []
            : [
                {
                  action: 'iam:PassRole',
                  resource: RoleArn,
                  context: { 'iam:PassedToService': 'events.amazonaws.com' },
                },
              ],
        ),
      ],
      run(input) {
        checkBus(world, input.EventBusName);
        const rule = bus.get(input.Rule ?? '');
        const added = (input.Targets ?? []).map((target) => storedTarget('PutTargets', target));
        const kept = rule.targets.filter((target) => !added.some(({ id }) => id === target.id));
        if (kept.length + added.length > MOST_TARGETS) {
          throw new AwsError(
            'LimitExceededException',
            'The requested resource exceeds the maximum number allowed.',
          );
        }
        bus.save({ ...rule, targets: [...kept, ...added] });
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    }),

    RemoveTargets: operation<RemoveTargetsCommandInput, object>(
      'RemoveTargets',
      ['Rule', 'EventBusName', 'Ids', 'Force'],
      {
        permissions: on('RemoveTargets'),
        run(input) {
          checkBus(world, input.EventBusName);
          const rule = bus.get(input.Rule ?? '');
          const ids = input.Ids ?? [];
          bus.save({ ...rule, targets: rule.targets.filter((target) => !ids.includes(target.id)) });
          const absent = ids.filter((id) => !rule.targets.some((target) => target.id === id));
          return {
            FailedEntryCount: absent.length,
            FailedEntries: absent.map((TargetId) => ({
              TargetId,
              ErrorCode: 'ResourceNotFoundException',
              ErrorMessage: `Rule ${rule.name} does not have target ${TargetId}.`,
            })),
          };
        },
      },
    ),

    ListTargetsByRule: operation<ListTargetsByRuleCommandInput, object>(
      'ListTargetsByRule',
      ['Rule', 'EventBusName', 'NextToken', 'Limit'],
      {
        permissions: on('ListTargetsByRule'),
        run(input) {
          checkBus(world, input.EventBusName);
          const { targets } = bus.get(input.Rule ?? '');
          const { items, nextToken } = page(targets, input.NextToken, input.Limit ?? 100, invalidToken);
          return { Targets: items.map(sdkTarget), NextToken: nextToken };
        },
      },
    ),

    ListRuleNamesByTarget: operation<ListRuleNamesByTargetCommandInput, object>(
      'ListRuleNamesByTarget',
      ['TargetArn', 'EventBusName', 'NextToken', 'Limit'],
      {
        permissions: () => [{ action: 'events:ListRuleNamesByTarget', resource: ruleArn(world, '*') }],
        run(input) {
          checkBus(world, input.EventBusName);
          const found = bus
            .all()
            .filter((rule) => rule.targets.some((target) => target.arn === input.TargetArn))
            .map((rule) => rule.name);
          const { items, nextToken } = page(found, input.NextToken, input.Limit ?? 100, invalidToken);
          return { RuleNames: items, NextToken: nextToken };
        },
      },
    ),
  };
}
