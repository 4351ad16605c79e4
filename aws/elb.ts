/** Elastic Load Balancing: the health of targets, and where a load balancer can be asked. */
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { FrontDoor } from '../core/front-door.ts';
import type { TargetSeen } from '../core/observation.ts';

/** The targets of one target group. Those of type `instance` are no tasks' addresses: null then. */
export async function targetsOf(
  elb: ElasticLoadBalancingV2Client,
  targetGroupArn: string,
): Promise<TargetSeen[] | null> {
  const { TargetHealthDescriptions } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
  );
  const targets = (TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => ({
    address: Target?.Id ?? '',
    state: TargetHealth?.State ?? 'unused',
    description: TargetHealth?.Description ?? null,
  }));
  return targets.some((target) => target.address.startsWith('i-')) ? null : targets;
}

/**
 * `http://name:port` at which a target group is reached from outside, or why that cannot be asked honestly: an internal
 * load balancer is out of reach, and over HTTPS its certificate names the service's own domain, not this one.
 */
export async function publicUrl(
  elb: ElasticLoadBalancingV2Client,
  targetGroupArn: string,
): Promise<FrontDoor> {
  const { TargetGroups } = await elb.send(
    new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn] }),
  );
  const loadBalancerArn = TargetGroups?.[0]?.LoadBalancerArns?.[0];
  if (!loadBalancerArn) return { url: null, closed: 'no-load-balancer' };
  const { LoadBalancers } = await elb.send(
    new DescribeLoadBalancersCommand({ LoadBalancerArns: [loadBalancerArn] }),
  );
  const balancer = LoadBalancers?.[0];
  if (!balancer?.DNSName) return { url: null, closed: 'no-load-balancer' };
  if (balancer.Scheme === 'internal') return { url: null, closed: 'internal' };
  const { Listeners } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancerArn }));
  const listener = Listeners?.find(
    ({ Protocol, DefaultActions }) =>
      Protocol === 'HTTP' &&
      DefaultActions?.some(
        (action) =>
          action.TargetGroupArn === targetGroupArn ||
          action.ForwardConfig?.TargetGroups?.some((group) => group.TargetGroupArn === targetGroupArn),
      ),
  );
  return listener
    ? { url: `http://${balancer.DNSName}:${listener.Port ?? 80}`, closed: null }
    : { url: null, closed: 'https-only' };
}

/** What the environment file names, else the first of a service's target groups that can be asked from outside. */
export async function frontDoor(
  elb: ElasticLoadBalancingV2Client,
  named: string | null,
  targetGroupArns: readonly string[],
): Promise<FrontDoor> {
  if (named) return { url: named, closed: null };
  let closed: FrontDoor = { url: null, closed: 'no-load-balancer' };
  for (const group of targetGroupArns) {
    const door = await publicUrl(elb, group);
    if (door.url) return door;
    if (closed.closed === 'no-load-balancer') closed = door;
  }
  return closed;
}

/** What CloudWatch files a service's requests under; null where it has no load balancer. */
export async function elbNames(
  elb: ElasticLoadBalancingV2Client,
  targetGroupArns: readonly string[],
): Promise<{ loadBalancer: string | null; targetGroup: string | null }> {
  const [arn] = targetGroupArns;
  if (!arn) return { loadBalancer: null, targetGroup: null };
  const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
  const balancer = TargetGroups?.[0]?.LoadBalancerArns?.[0];
  return {
    loadBalancer: balancer?.split(':loadbalancer/')[1] ?? null,
    targetGroup: arn.split(':').at(-1) ?? null,
  };
}
