/** AWS::Events::Rule. */
import type { Target } from '@aws-sdk/client-eventbridge';
import { physicalName } from '../../provision/names.ts';
import type { Provisioner, World } from '../../service.ts';
import type { Bus } from './bus.ts';
import { checkBus, ruleArn, storedTarget } from './model.ts';
import { putRule } from './rules.ts';

export function eventsProvisioners(world: World, bus: Bus): Record<string, Provisioner> {
  return {
    'AWS::Events::Rule': {
      honours: [
        'Name',
        'Description',
        'EventBusName',
        'EventPattern',
        'ScheduleExpression',
        'State',
        'RoleArn',
        'Targets',
        'Tags',
      ],
      provision(properties, place) {
        checkBus(world, properties['EventBusName'] as string | undefined);
        const text = (name: string) =>
          properties[name] === undefined ? undefined : String(properties[name]);
        const { EventPattern: pattern, Tags: tags, Targets: targets } = properties;
        const rule = putRule(world, bus, {
          name: text('Name') ?? physicalName(place, 64),
          description: text('Description'),
          eventPattern:
            pattern === undefined || typeof pattern === 'string' ? pattern : JSON.stringify(pattern),
          scheduleExpression: text('ScheduleExpression'),
          state: text('State'),
          roleArn: text('RoleArn'),
          tags: Object.fromEntries(
            ((tags ?? []) as readonly { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
          ),
        });
        const stored = ((targets ?? []) as readonly Target[]).map((target) =>
          storedTarget('AWS::Events::Rule', numbered(target)),
        );
        bus.save({ ...rule, targets: stored });
        return { ref: rule.name, attributes: { Arn: ruleArn(world, rule.name) } };
      },
    },
  };
}

/** CloudFormation lets numbers be written as strings. */
function numbered(target: Target): Target {
  const { RetryPolicy: policy } = target;
  if (!policy) return target;
  const numbers = Object.fromEntries(Object.entries(policy).map(([name, value]) => [name, Number(value)]));
  return { ...target, RetryPolicy: numbers };
}
