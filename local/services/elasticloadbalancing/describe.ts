/** How the API shows what is stored. */
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Listener, LoadBalancer, Rule, TargetGroup } from './model.ts';
import type { State } from './state.ts';

/** What a front door's name resolves to on every machine. Its port is the listener's. */
export const DNS_NAME = 'localhost';

export function showLoadBalancer(balancer: LoadBalancer, region: string): elb.LoadBalancer {
  return {
    LoadBalancerArn: balancer.arn,
    DNSName: DNS_NAME,
    CanonicalHostedZoneId: 'Z35SXDOTRQ7X7K',
    CreatedTime: new Date(balancer.createdAt),
    LoadBalancerName: balancer.name,
    Scheme: balancer.scheme as elb.LoadBalancerSchemeEnum,
    VpcId: balancer.vpcId,
    State: { Code: 'active' },
    Type: 'application',
    AvailabilityZones: balancer.subnets.map((subnet, i) => ({
      ZoneName: `${region}${'abc'[i % 3]}`,
      SubnetId: subnet,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: [...balancer.securityGroups],
    IpAddressType: 'ipv4',
  };
}

export function showTargetGroup(group: TargetGroup, state: State): elb.TargetGroup {
  const check = group.healthCheck;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol as elb.ProtocolEnum,
    Port: group.port,
    VpcId: group.vpcId,
    HealthCheckProtocol: check.protocol as elb.ProtocolEnum,
    HealthCheckPort: check.port,
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: check.interval,
    HealthCheckTimeoutSeconds: check.timeout,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    HealthCheckPath: check.path,
    Matcher: { HttpCode: check.matcher },
    LoadBalancerArns: state.servedBy(group.arn),
    TargetType: group.targetType as elb.TargetTypeEnum,
    ProtocolVersion: group.protocolVersion,
    IpAddressType: 'ipv4',
  };
}

export function showListener(listener: Listener): elb.Listener {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancerArn,
    Port: listener.port,
    Protocol: listener.protocol as elb.ProtocolEnum,
    DefaultActions: listener.defaultActions,
  };
}

export function showRule(rule: Rule): elb.Rule {
  return {
    RuleArn: rule.arn,
    Priority: String(rule.priority),
    Conditions: rule.conditions,
    Actions: rule.actions,
    IsDefault: false,
  };
}

/** The rule that a listener always has: its default actions. */
export function showDefaultRule(listener: Listener): elb.Rule {
  return {
    RuleArn: listener.arn.replace(':listener/', ':listener-rule/').concat('/', 'default'),
    Priority: 'default',
    Conditions: [],
    Actions: listener.defaultActions,
    IsDefault: true,
  };
}

/** None of the Describe operations knows a resource in AWS's service authorization reference. */
export const anywhere = (operation: string) => () => [
  { action: `elasticloadbalancing:${operation}`, resource: '*' },
];

export function pairs(map: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(map).map(([Key, Value]) => ({ Key, Value }));
}
