/** Application Auto Scaling: the limits between which it moves a service's count. */
import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import type { ServiceName } from './ecs.ts';

export async function scalingOf(
  scaling: ApplicationAutoScalingClient,
  { cluster, ecsService }: ServiceName,
): Promise<{ least: number; most: number } | null> {
  const { ScalableTargets } = await scaling.send(
    new DescribeScalableTargetsCommand({
      ServiceNamespace: 'ecs',
      ResourceIds: [`service/${cluster}/${ecsService}`],
      ScalableDimension: 'ecs:service:DesiredCount',
    }),
  );
  const target = ScalableTargets?.[0];
  return target ? { least: target.MinCapacity ?? 0, most: target.MaxCapacity ?? 0 } : null;
}
