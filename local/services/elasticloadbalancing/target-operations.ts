/** Targets and the settings of their group: what is seen of them, and how they come and go by hand. */
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { operation } from '../../operation.ts';
import { AwsError, unsupported } from '../../service.ts';
import { anywhere, pairs, showTargetGroup } from './describe.ts';
import type { TargetGroup } from './model.ts';
import { setHealthCheck, setTargetGroupAttributes } from './settings.ts';
import type { State } from './state.ts';
import type { Targets } from './targets.ts';

const onGroup = (operation: string) => (input: { TargetGroupArn?: string | undefined }) => [
  { action: `elasticloadbalancing:${operation}`, resource: input.TargetGroupArn ?? '*' },
];

export function targetOperations(state: State, targets: Targets) {
  const DescribeTargetHealth = operation<elb.DescribeTargetHealthInput, elb.DescribeTargetHealthOutput>(
    'DescribeTargetHealth',
    ['TargetGroupArn', 'Targets'],
    {
      permissions: anywhere('DescribeTargetHealth'),
      run(input) {
        const group = state.targetGroup(input.TargetGroupArn ?? '');
        const asked =
          input.Targets?.map((target) => ({ id: target.Id ?? '', port: target.Port ?? group.port })) ??
          targets.list(group.arn).map(({ id, port }) => ({ id, port }));
        return {
          TargetHealthDescriptions: asked.map(({ id, port }) => {
            const health = targets.health(group.arn, { id, port });
            return {
              Target: { Id: id, Port: port },
              HealthCheckPort:
                group.healthCheck.port === 'traffic-port' ? String(port) : group.healthCheck.port,
              TargetHealth: {
                State: health.state as elb.TargetHealthStateEnum,
                Reason: health.reason as elb.TargetHealthReasonEnum,
                Description: health.description,
              },
            };
          }),
        };
      },
    },
  );

  const RegisterTargets = operation<elb.RegisterTargetsInput, elb.RegisterTargetsOutput>(
    'RegisterTargets',
    ['TargetGroupArn', 'Targets'],
    {
      permissions: onGroup('RegisterTargets'),
      run(input) {
        const group = state.targetGroup(input.TargetGroupArn ?? '');
        for (const target of addresses(group, input.Targets)) {
          if (!/^\d+\.\d+\.\d+\.\d+$/.test(target.id)) {
            throw new AwsError(
              'InvalidTargetException',
              `The following targets are not valid IP addresses: '${target.id}'`,
            );
          }
          if (!group.targets.some((known) => same(known, target))) group.targets.push(target);
          targets.register(group.arn, target);
        }
        state.targetGroups.set(group.arn, group);
        return {};
      },
    },
  );

  const DeregisterTargets = operation<elb.DeregisterTargetsInput, elb.DeregisterTargetsOutput>(
    'DeregisterTargets',
    ['TargetGroupArn', 'Targets'],
    {
      permissions: onGroup('DeregisterTargets'),
      run(input) {
        const group = state.targetGroup(input.TargetGroupArn ?? '');
        for (const target of addresses(group, input.Targets)) {
          group.targets = group.targets.filter((known) => !same(known, target));
          // The API answers when draining has begun, not when it is over.
          void targets.deregister(group.arn, target);
        }
        state.targetGroups.set(group.arn, group);
        return {};
      },
    },
  );

  const ModifyTargetGroup = operation<elb.ModifyTargetGroupInput, elb.ModifyTargetGroupOutput>(
    'ModifyTargetGroup',
    [
      'TargetGroupArn',
      'HealthCheckProtocol',
      'HealthCheckPort',
      'HealthCheckPath',
      'HealthCheckEnabled',
      'HealthCheckIntervalSeconds',
      'HealthCheckTimeoutSeconds',
      'HealthyThresholdCount',
      'UnhealthyThresholdCount',
      'Matcher',
    ],
    {
      permissions: onGroup('ModifyTargetGroup'),
      run(input) {
        const group = state.targetGroup(input.TargetGroupArn ?? '');
        if (input.HealthCheckEnabled === false)
          throw unsupported('ModifyTargetGroup', 'HealthCheckEnabled false');
        setHealthCheck(group, input as unknown as Readonly<Record<string, unknown>>);
        state.targetGroups.set(group.arn, group);
        return { TargetGroups: [showTargetGroup(group, state)] };
      },
    },
  );

  const ModifyTargetGroupAttributes = operation<
    elb.ModifyTargetGroupAttributesInput,
    elb.ModifyTargetGroupAttributesOutput
  >('ModifyTargetGroupAttributes', ['TargetGroupArn', 'Attributes'], {
    permissions: onGroup('ModifyTargetGroupAttributes'),
    run(input) {
      const group = state.targetGroup(input.TargetGroupArn ?? '');
      setTargetGroupAttributes(group, input.Attributes ?? []);
      state.targetGroups.set(group.arn, group);
      return { Attributes: pairs(group.attributes) };
    },
  });

  return {
    DescribeTargetHealth,
    RegisterTargets,
    DeregisterTargets,
    ModifyTargetGroup,
    ModifyTargetGroupAttributes,
  };
}

function addresses(group: TargetGroup, given: readonly elb.TargetDescription[] | undefined) {
  return (given ?? []).map((target) => ({ id: target.Id ?? '', port: target.Port ?? group.port }));
}

function same(a: { id: string; port: number }, b: { id: string; port: number }): boolean {
  return a.id === b.id && a.port === b.port;
}
