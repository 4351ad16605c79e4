/** The stored resources of the load balancer, by ARN, and how they hang together. */

import type { World } from '../../service.ts';
import type { Collection } from '../../store.ts';
import {
  forwardsTo,
  type Listener,
  type LoadBalancer,
  notFound,
  type Rule,
  type TargetGroup,
} from './model.ts';

export interface State {
  readonly world: World;
  readonly loadBalancers: Collection<LoadBalancer>;
  readonly targetGroups: Collection<TargetGroup>;
  readonly listeners: Collection<Listener>;
  readonly rules: Collection<Rule>;
  loadBalancer(arn: string): LoadBalancer;
  targetGroup(arn: string): TargetGroup;
  listener(arn: string): Listener;
  rulesOf(listenerArn: string): Rule[];
  /** Load balancers that send requests to the group; a group without one has only `unused` targets. */
  servedBy(targetGroupArn: string): string[];
}

export function openState(world: World): State {
  const store = world.store('elasticloadbalancing');
  const loadBalancers = store.collection<LoadBalancer>('load-balancers');
  const targetGroups = store.collection<TargetGroup>('target-groups');
  const listeners = store.collection<Listener>('listeners');
  const rules = store.collection<Rule>('rules');

  const rulesOf = (listenerArn: string) =>
    rules
      .values()
      .filter((rule) => rule.listenerArn === listenerArn)
      .sort((a, b) => a.priority - b.priority);

  return {
    world,
    loadBalancers,
    targetGroups,
    listeners,
    rules,
    rulesOf,
    loadBalancer(arn) {
      const found = loadBalancers.get(arn);
      if (!found) throw notFound('LoadBalancer');
      return found;
    },
    targetGroup(arn) {
      const found = targetGroups.get(arn);
      if (!found) throw notFound('TargetGroup');
      return found;
    },
    listener(arn) {
      const found = listeners.get(arn);
      if (!found) throw notFound('Listener');
      return found;
    },
    servedBy(targetGroupArn) {
      const found = new Set<string>();
      for (const listener of listeners.values()) {
        const actions = [
          ...listener.defaultActions,
          ...rulesOf(listener.arn).flatMap((rule) => rule.actions),
        ];
        if (forwardsTo(actions).some((group) => group.arn === targetGroupArn))
          found.add(listener.loadBalancerArn);
      }
      return [...found];
    },
  };
}
