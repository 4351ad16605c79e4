/** Settings that the API and the template both can give: health checks and attributes. */
import { AwsError, unsupported } from '../../service.ts';
import {
  type HealthCheckSettings,
  LOAD_BALANCER_DEFAULTS,
  type LoadBalancer,
  TARGET_GROUP_DEFAULTS,
  type TargetGroup,
  validationError,
} from './model.ts';

type Given = Readonly<Record<string, unknown>>;
export type Attribute = { Key?: string | undefined; Value?: string | undefined };

/** `HealthCheck…`, `Matcher` and the thresholds, under the same names in the API and in CloudFormation. */
export function healthCheck(given: Given, before: HealthCheckSettings): HealthCheckSettings {
  const settings: HealthCheckSettings = {
    protocol: String(given['HealthCheckProtocol'] ?? before.protocol),
    port: String(given['HealthCheckPort'] ?? before.port),
    path: String(given['HealthCheckPath'] ?? before.path),
    interval: Number(given['HealthCheckIntervalSeconds'] ?? before.interval),
    timeout: Number(given['HealthCheckTimeoutSeconds'] ?? before.timeout),
    healthyThreshold: Number(given['HealthyThresholdCount'] ?? before.healthyThreshold),
    unhealthyThreshold: Number(given['UnhealthyThresholdCount'] ?? before.unhealthyThreshold),
    matcher: String((given['Matcher'] as { HttpCode?: string } | undefined)?.HttpCode ?? before.matcher),
  };
  if (settings.protocol !== 'HTTP')
    throw unsupported('ModifyTargetGroup', `HealthCheckProtocol ${settings.protocol}`);
  within('Health check interval', settings.interval, 5, 300);
  within('Health check timeout', settings.timeout, 2, 120);
  within('Healthy threshold count', settings.healthyThreshold, 2, 10);
  within('Unhealthy threshold count', settings.unhealthyThreshold, 2, 10);
  if (settings.timeout > settings.interval) {
    throw validationError(
      `Health check timeout '${settings.timeout}' must be smaller than or equal to the interval '${settings.interval}'`,
    );
  }
  return settings;
}

export function setHealthCheck(group: TargetGroup, given: Given): void {
  group.healthCheck = healthCheck(given, group.healthCheck);
}

const IGNORED_GROUP_ATTRIBUTES = [
  'target_group_health.',
  'stickiness.',
  'load_balancing.cross_zone.',
  'lambda.',
];

export function setTargetGroupAttributes(group: TargetGroup, given: readonly Attribute[]): void {
  const next = { ...group.attributes };
  for (const { Key = '', Value = '' } of given) {
    const known =
      Key in TARGET_GROUP_DEFAULTS || IGNORED_GROUP_ATTRIBUTES.some((prefix) => Key.startsWith(prefix));
    if (!known)
      throw new AwsError('ValidationError', `Target group attribute key '${Key}' is not recognized`);
    if (Key === 'stickiness.enabled' && Value === 'true') refuse(Key, Value);
    if (Key === 'slow_start.duration_seconds' && Value !== '0') refuse(Key, Value);
    if (
      Key === 'load_balancing.algorithm.type' &&
      !['round_robin', 'least_outstanding_requests'].includes(Value)
    ) {
      refuse(Key, Value);
    }
    if (Key === 'deregistration_delay.timeout_seconds')
      within('Deregistration delay', Number(Value), 0, 3600);
    next[Key] = Value;
  }
  group.attributes = next;
}

export function setLoadBalancerAttributes(balancer: LoadBalancer, given: readonly Attribute[]): void {
  const next = { ...balancer.attributes };
  for (const { Key = '', Value = '' } of given) {
    const known =
      Key in LOAD_BALANCER_DEFAULTS || /^(routing\.http|connection_logs|zonal_shift|waf)\./.test(Key);
    if (!known)
      throw new AwsError('ValidationError', `Load balancer attribute key '${Key}' is not recognized`);
    next[Key] = Value;
  }
  balancer.attributes = next;
}

function refuse(key: string, value: string): never {
  throw unsupported('ModifyTargetGroupAttributes', `${key} ${value}`);
}

function within(what: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  throw validationError(`${what} '${value}' must be between ${low} and ${high}`);
}
