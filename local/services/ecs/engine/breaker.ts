/** When the deployment circuit breaker opens: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html */
import type * as ecs from '@aws-sdk/client-ecs';

const LEAST = 3;
const MOST = 200;

/** How many consecutive failures are one too many. Half of the desired count by default, from 3 to 200. */
export function threshold(configuration: ecs.DeploymentConfiguration, desired: number): number {
  const { type = 'BOUNDED_PERCENT', value = 50 } =
    configuration.deploymentCircuitBreaker?.thresholdConfiguration ?? {};
  if (type === 'COUNT') return Math.max(1, value);
  const share = Math.ceil((desired * value) / 100);
  if (type === 'UNBOUNDED_PERCENT') return Math.max(1, share);
  return Math.min(MOST, Math.max(LEAST, share));
}

export function resetsOnHealthyTask(configuration: ecs.DeploymentConfiguration): boolean {
  return configuration.deploymentCircuitBreaker?.resetOnHealthyTask ?? true;
}
