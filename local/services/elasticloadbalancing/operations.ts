/** The load balancer's API: what the stock CLI inspects it with. */
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { operation } from '../../operation.ts';
import type { Operation } from '../../service.ts';
import {
  anywhere,
  pairs,
  showDefaultRule,
  showListener,
  showLoadBalancer,
  showRule,
  showTargetGroup,
} from './describe.ts';
import { notFound, validationError } from './model.ts';
import type { State } from './state.ts';
import { targetOperations } from './target-operations.ts';
import type { Targets } from './targets.ts';

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

  return {
    DescribeLoadBalancers,
    DescribeTargetGroups,
    DescribeListeners,
    DescribeRules,
    DescribeTargetGroupAttributes,
    DescribeLoadBalancerAttributes,
    DescribeTags,
    ...targetOperations(state, targets),
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

function kindOf(arn: string): 'LoadBalancer' | 'TargetGroup' | 'Listener' | 'Rule' {
  if (arn.includes(':targetgroup/')) return 'TargetGroup';
  if (arn.includes(':listener-rule/')) return 'Rule';
  return arn.includes(':listener/') ? 'Listener' : 'LoadBalancer';
}
