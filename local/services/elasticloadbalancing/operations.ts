/** The load balancer's API: what the stock CLI inspects it with, and how targets come and go by hand. */
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, unsupported } from '../../service.ts';
import { showDefaultRule, showListener, showLoadBalancer, showRule, showTargetGroup } from './describe.ts';
import { notFound, type TargetGroup, validationError } from './model.ts';
import { setHealthCheck, setTargetGroupAttributes } from './settings.ts';
import type { State } from './state.ts';
import type { Targets } from './targets.ts';

/** None of the Describe operations knows a resource in AWS's service authorization reference. */
const anywhere = (operation: string) => () => [
  { action: `elasticloadbalancing:${operation}`, resource: '*' },
];
const onGroup = (operation: string) => (input: { TargetGroupArn?: string | undefined }) => [
  { action: `elasticloadbalancing:${operation}`, resource: input.TargetGroupArn ?? '*' },
];

export function operations(state: State, targets: Targets): Readonly<Record<string, Operation>> {
  const { region } = state.world;

  const DescribeLoadBalancers = operation<elb.DescribeLoadBalancersInput, elb.DescribeLoadBalancersOutput>(
    'DescribeLoadBalancers',
    ['LoadBalancerArns', 'Names', 'Marker', 'PageSize'],
    {
      permissions: anywhere('DescribeLoadBalancers'),
      run(input) {
        const all = state.loadBalancers.values();
        const chosen = input.LoadBalancerArns
          ? input.LoadBalancerArns.map((arn) => state.loadBalancer(arn))
          : pick(all, input.Names, 'LoadBalancer');
        const { page, NextMarker } = paged(chosen, input);
        return { LoadBalancers: page.map((balancer) => showLoadBalancer(balancer, region)), NextMarker };
      },
    },
  );

  const DescribeTargetGroups = operation<elb.DescribeTargetGroupsInput, elb.DescribeTargetGroupsOutput>(
    'DescribeTargetGroups',
    ['LoadBalancerArn', 'TargetGroupArns', 'Names', 'Marker', 'PageSize'],
    {
      permissions: anywhere('DescribeTargetGroups'),
      run(input) {
        const all = state.targetGroups.values();
        let chosen = input.TargetGroupArns
          ? input.TargetGroupArns.map((arn) => state.targetGroup(arn))
          : pick(all, input.Names, 'TargetGroup');
        if (input.LoadBalancerArn) {
          const { arn } = state.loadBalancer(input.LoadBalancerArn);
          chosen = chosen.filter((group) => state.servedBy(group.arn).includes(arn));
        }
        const { page, NextMarker } = paged(chosen, input);
        return { TargetGroups: page.map((group) => showTargetGroup(group, state)), NextMarker };
      },
    },
  );

  const DescribeListeners = operation<elb.DescribeListenersInput, elb.DescribeListenersOutput>(
    'DescribeListeners',
    ['LoadBalancerArn', 'ListenerArns', 'Marker', 'PageSize'],
    {
      permissions: anywhere('DescribeListeners'),
      run(input) {
        if (!input.ListenerArns && !input.LoadBalancerArn) {
          throw validationError('You must specify either listener ARNs or a load balancer ARN');
        }
        const balancer = input.LoadBalancerArn ? state.loadBalancer(input.LoadBalancerArn).arn : undefined;
        const chosen = input.ListenerArns
          ? input.ListenerArns.map((arn) => state.listener(arn))
          : state.listeners.values().filter((listener) => listener.loadBalancerArn === balancer);
        const { page, NextMarker } = paged(chosen, input);
        return { Listeners: page.map(showListener), NextMarker };
      },
    },
  );

  const DescribeRules = operation<elb.DescribeRulesInput, elb.DescribeRulesOutput>(
    'DescribeRules',
    ['ListenerArn', 'RuleArns', 'Marker', 'PageSize'],
    {
      permissions: anywhere('DescribeRules'),
      run(input) {
        if (input.ListenerArn) {
          const listener = state.listener(input.ListenerArn);
          const { page, NextMarker } = paged(
            [...state.rulesOf(listener.arn).map(showRule), showDefaultRule(listener)],
            input,
          );
          return { Rules: page, NextMarker };
        }
        if (!input.RuleArns)
          throw validationError('You must specify either listener rule ARNs or a listener ARN');
        return {
          Rules: input.RuleArns.map((arn) => {
            const rule = state.rules.get(arn);
            const listener = state.listeners.values().find((one) => showDefaultRule(one).RuleArn === arn);
            if (rule) return showRule(rule);
            if (listener) return showDefaultRule(listener);
            throw notFound('Rule');
          }),
        };
      },
    },
  );

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

  const DescribeTargetGroupAttributes = operation<
    elb.DescribeTargetGroupAttributesInput,
    elb.DescribeTargetGroupAttributesOutput
  >('DescribeTargetGroupAttributes', ['TargetGroupArn'], {
    permissions: anywhere('DescribeTargetGroupAttributes'),
    run: (input) => ({ Attributes: pairs(state.targetGroup(input.TargetGroupArn ?? '').attributes) }),
  });

  const DescribeLoadBalancerAttributes = operation<
    elb.DescribeLoadBalancerAttributesInput,
    elb.DescribeLoadBalancerAttributesOutput
  >('DescribeLoadBalancerAttributes', ['LoadBalancerArn'], {
    permissions: anywhere('DescribeLoadBalancerAttributes'),
    run: (input) => ({ Attributes: pairs(state.loadBalancer(input.LoadBalancerArn ?? '').attributes) }),
  });

  const DescribeTags = operation<elb.DescribeTagsInput, elb.DescribeTagsOutput>(
    'DescribeTags',
    ['ResourceArns'],
    {
      permissions: anywhere('DescribeTags'),
      run: (input) => ({
        TagDescriptions: (input.ResourceArns ?? []).map((arn) => {
          const tagged = state.loadBalancers.get(arn) ?? state.targetGroups.get(arn);
          if (!tagged && !state.listeners.has(arn) && !state.rules.has(arn)) throw notFound(kindOf(arn));
          return { ResourceArn: arn, Tags: pairs(tagged?.tags ?? {}) };
        }),
      }),
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
    DescribeLoadBalancers,
    DescribeTargetGroups,
    DescribeListeners,
    DescribeRules,
    DescribeTargetHealth,
    DescribeTargetGroupAttributes,
    DescribeLoadBalancerAttributes,
    DescribeTags,
    RegisterTargets,
    DeregisterTargets,
    ModifyTargetGroup,
    ModifyTargetGroupAttributes,
  } as unknown as Readonly<Record<string, Operation>>;
}

function pick<T extends { name: string }>(
  all: readonly T[],
  names: readonly string[] | undefined,
  kind: 'LoadBalancer' | 'TargetGroup',
): T[] {
  if (!names) return [...all];
  return names.map((name) => {
    const found = all.find((one) => one.name === name);
    if (!found) throw notFound(kind, name);
    return found;
  });
}

/** A marker is the place where the next page begins. */
function paged<T>(all: readonly T[], input: { Marker?: string | undefined; PageSize?: number | undefined }) {
  const from = Number(input.Marker ?? 0);
  const to = from + (input.PageSize ?? 400);
  return { page: all.slice(from, to), NextMarker: to < all.length ? String(to) : undefined };
}

function pairs(map: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(map).map(([Key, Value]) => ({ Key, Value }));
}

function addresses(group: TargetGroup, given: readonly elb.TargetDescription[] | undefined) {
  return (given ?? []).map((target) => ({ id: target.Id ?? '', port: target.Port ?? group.port }));
}

function same(a: { id: string; port: number }, b: { id: string; port: number }): boolean {
  return a.id === b.id && a.port === b.port;
}

function kindOf(arn: string): 'LoadBalancer' | 'TargetGroup' | 'Listener' | 'Rule' {
  if (arn.includes(':targetgroup/')) return 'TargetGroup';
  if (arn.includes(':listener-rule/')) return 'Rule';
  return arn.includes(':listener/') ? 'Listener' : 'LoadBalancer';
}
