/** What the embedded load balancer keeps: the resources as they are stored, and how the API shows them. */
import { createHash } from 'node:crypto';
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError, type World } from '../../service.ts';

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly scheme: string;
  readonly vpcId: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly createdAt: number;
  attributes: Record<string, string>;
  tags: Record<string, string>;
}

export interface HealthCheckSettings {
  protocol: string;
  /** A number, or `traffic-port`. */
  port: string;
  path: string;
  /** Seconds. */
  interval: number;
  /** Seconds. */
  timeout: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** For example `200`, `200,204` or `200-299`. */
  matcher: string;
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly protocolVersion: string;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: string;
  healthCheck: HealthCheckSettings;
  attributes: Record<string, string>;
  tags: Record<string, string>;
  /** Registered by RegisterTargets or in the template; tasks register themselves anew at each start. */
  targets: { id: string; port: number }[];
}

export interface Listener {
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly protocol: string;
  /** The free port of this machine that the front door listens on; the same at each start. */
  port: number;
  defaultActions: elb.Action[];
}

export interface Rule {
  readonly arn: string;
  readonly listenerArn: string;
  priority: number;
  conditions: elb.RuleCondition[];
  actions: elb.Action[];
}

export const TARGET_GROUP_DEFAULTS: Readonly<Record<string, string>> = {
  'deregistration_delay.timeout_seconds': '300',
  'load_balancing.algorithm.type': 'round_robin',
  'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
  'slow_start.duration_seconds': '0',
  'stickiness.enabled': 'false',
  'stickiness.type': 'lb_cookie',
};

export const LOAD_BALANCER_DEFAULTS: Readonly<Record<string, string>> = {
  'access_logs.s3.bucket': '',
  'access_logs.s3.enabled': 'false',
  'access_logs.s3.prefix': '',
  'client_keep_alive.seconds': '3600',
  'deletion_protection.enabled': 'false',
  'idle_timeout.timeout_seconds': '60',
  'load_balancing.cross_zone.enabled': 'true',
  'routing.http.drop_invalid_header_fields.enabled': 'false',
  'routing.http2.enabled': 'true',
};

/** Sixteen hexadecimal digits that stay the same for the same words, as the last part of the ARNs has them. */
export function identifier(...words: readonly string[]): string {
  return createHash('sha256').update(words.join('\0')).digest('hex').slice(0, 16);
}

export function arnOf(world: World, rest: string): string {
  return `arn:aws:elasticloadbalancing:${world.region}:${world.account}:${rest}`;
}

/** What CloudWatch calls the resource: the ARN's end, `app/NAME/ID` or `targetgroup/NAME/ID`. */
export function fullName(arn: string): string {
  const rest = arn.split(':').slice(5).join(':');
  return rest.startsWith('loadbalancer/') ? rest.slice('loadbalancer/'.length) : rest;
}

/** Every target group that an action can send a request to, with its weight. */
export function forwardsTo(actions: readonly elb.Action[]): { arn: string; weight: number }[] {
  return actions.flatMap((action) => {
    if (action.Type !== 'forward') return [];
    const groups = action.ForwardConfig?.TargetGroups ?? [];
    if (groups.length > 0) {
      return groups.map((group) => ({ arn: group.TargetGroupArn ?? '', weight: group.Weight ?? 1 }));
    }
    return action.TargetGroupArn ? [{ arn: action.TargetGroupArn, weight: 1 }] : [];
  });
}

export function notFound(
  kind: 'LoadBalancer' | 'TargetGroup' | 'Listener' | 'Rule',
  what?: string,
): AwsError {
  const plural = {
    LoadBalancer: 'load balancers',
    TargetGroup: 'target groups',
    Listener: 'listeners',
    Rule: 'rules',
  }[kind];
  const message = what
    ? `${plural[0]?.toUpperCase()}${plural.slice(1)} '[${what}]' not found`
    : `One or more ${plural} not found`;
  return new AwsError(`${kind}NotFoundException`, message);
}

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
