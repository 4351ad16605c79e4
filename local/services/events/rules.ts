/** The operations on rules. */
import type {
  DeleteRuleCommandInput,
  DescribeRuleCommandInput,
  DisableRuleCommandInput,
  EnableRuleCommandInput,
  ListRulesCommandInput,
  ListTagsForResourceCommandInput,
  PutRuleCommandInput,
  Rule,
} from '@aws-sdk/client-eventbridge';
import { parseExpression } from '../../../core/schedule/expression.ts';
import { operation, page } from '../../operation.ts';
import type { AwsError, Operation, World } from '../../service.ts';
import type { Bus } from './bus.ts';
import { checkBus, ruleArn, type StoredRule, validation } from './model.ts';
import { parseEventPattern } from './pattern/pattern.ts';

const STATES: readonly string[] = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'];

export interface RuleSettings {
  readonly name: string;
  readonly description?: string | undefined;
  readonly eventPattern?: string | undefined;
  readonly scheduleExpression?: string | undefined;
  readonly state?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Makes or changes a rule; its targets stay. A rate begins anew only where the schedule is another. */
export function putRule(world: World, bus: Bus, given: RuleSettings): StoredRule {
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(given.name)) {
    throw validation(
      `1 validation error detected: Value '${given.name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
    );
  }
  if (given.eventPattern === undefined && given.scheduleExpression === undefined) {
    throw validation('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (given.eventPattern !== undefined) parseEventPattern(given.eventPattern);
  if (given.scheduleExpression !== undefined) {
    const expression = parseExpression(given.scheduleExpression, 'strict');
    if (!expression || expression.kind === 'at')
      throw validation('Parameter ScheduleExpression is not valid.');
  }
  const state = given.state ?? 'ENABLED';
  if (!STATES.includes(state)) throw validation(`Parameter State is not valid.`);
  const known = bus.find(given.name);
  const rule: StoredRule = {
    name: given.name,
    ...(given.description === undefined ? {} : { description: given.description }),
    ...(given.eventPattern === undefined ? {} : { eventPattern: given.eventPattern }),
    ...(given.scheduleExpression === undefined ? {} : { scheduleExpression: given.scheduleExpression }),
    state: state as StoredRule['state'],
    ...(given.roleArn === undefined ? {} : { roleArn: given.roleArn }),
    tags: given.tags ?? known?.tags ?? {},
    scheduledFrom:
      known && known.scheduleExpression === given.scheduleExpression
        ? known.scheduledFrom
        : world.clock.now(),
    targets: known?.targets ?? [],
  };
  bus.save(rule);
  return rule;
}

export function ruleOperations(world: World, bus: Bus): Record<string, Operation> {
  const on = (action: string) => (input: { Name?: string | undefined }) => [
    { action: `events:${action}`, resource: ruleArn(world, input.Name ?? '') },
  ];
  const describe = (rule: StoredRule): Rule => ({
    Name: rule.name,
    Arn: ruleArn(world, rule.name),
    EventPattern: rule.eventPattern,
    ScheduleExpression: rule.scheduleExpression,
    State: rule.state,
    Description: rule.description,
    RoleArn: rule.roleArn,
    EventBusName: 'default',
  });
  const setState = (
    input: { Name?: string | undefined; EventBusName?: string | undefined },
    state: StoredRule['state'],
  ) => {
    checkBus(world, input.EventBusName);
    bus.save({ ...bus.get(input.Name ?? ''), state });
    return {};
  };

  return {
    PutRule: operation<PutRuleCommandInput, object>(
      'PutRule',
      [
        'Name',
        'ScheduleExpression',
        'EventPattern',
        'State',
        'Description',
        'RoleArn',
        'Tags',
        'EventBusName',
      ],
      {
        permissions: on('PutRule'),
        run(input) {
          checkBus(world, input.EventBusName);
          const rule = putRule(world, bus, {
            name: input.Name ?? '',
            description: input.Description,
            eventPattern: input.EventPattern,
            scheduleExpression: input.ScheduleExpression,
            state: input.State,
            roleArn: input.RoleArn,
            tags:
              input.Tags && Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
          });
          return { RuleArn: ruleArn(world, rule.name) };
        },
      },
    ),

    DeleteRule: operation<DeleteRuleCommandInput, object>('DeleteRule', ['Name', 'EventBusName', 'Force'], {
      permissions: on('DeleteRule'),
      run(input) {
        checkBus(world, input.EventBusName);
        const rule = bus.find(input.Name ?? '');
        if (rule && rule.targets.length > 0) throw validation("Rule can't be deleted since it has targets.");
        bus.delete(input.Name ?? '');
        return {};
      },
    }),

    DescribeRule: operation<DescribeRuleCommandInput, object>('DescribeRule', ['Name', 'EventBusName'], {
      permissions: on('DescribeRule'),
      run(input) {
        checkBus(world, input.EventBusName);
        return { ...describe(bus.get(input.Name ?? '')), CreatedBy: world.account };
      },
    }),

    EnableRule: operation<EnableRuleCommandInput, object>('EnableRule', ['Name', 'EventBusName'], {
      permissions: on('EnableRule'),
      run: (input) => setState(input, 'ENABLED'),
    }),

    DisableRule: operation<DisableRuleCommandInput, object>('DisableRule', ['Name', 'EventBusName'], {
      permissions: on('DisableRule'),
      run: (input) => setState(input, 'DISABLED'),
    }),

    ListRules: operation<ListRulesCommandInput, object>(
      'ListRules',
      ['NamePrefix', 'EventBusName', 'NextToken', 'Limit'],
      {
        permissions: (input) => [
          { action: 'events:ListRules', resource: ruleArn(world, `${input.NamePrefix ?? ''}*`) },
        ],
        run(input) {
          checkBus(world, input.EventBusName);
          const found = bus.all().filter((rule) => rule.name.startsWith(input.NamePrefix ?? ''));
          const { items, nextToken } = page(found, input.NextToken, input.Limit ?? 100, invalidToken);
          return { Rules: items.map(describe), NextToken: nextToken };
        },
      },
    ),

    ListTagsForResource: operation<ListTagsForResourceCommandInput, object>(
      'ListTagsForResource',
      ['ResourceARN'],
      {
        permissions: (input) => [{ action: 'events:ListTagsForResource', resource: input.ResourceARN ?? '' }],
        run(input) {
          const { tags } = bus.get((input.ResourceARN ?? '').split('/').at(-1) ?? '');
          return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
        },
      },
    ),
  };
}

export function invalidToken(): AwsError {
  return validation('The NextToken is not valid.');
}
