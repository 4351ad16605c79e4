/** Application Auto Scaling: target tracking of ECS services, which really scales them. */
import * as sdk from '@aws-sdk/client-application-auto-scaling';
import type { Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { Scaling } from './model.ts';
import { policyOperations } from './policies.ts';
import { scalingProvisioners } from './provision.ts';
import { onTargets, targetOperations } from './targets.ts';
import { Tracking } from './tracking.ts';

export function create(world: World): { service: Service; ports: Pick<Ports, 'scaling'> } {
  const scaling = new Scaling(world);
  const tracking = new Tracking(world, scaling);
  return {
    service: {
      signingName: 'application-autoscaling',
      sdk,
      operations: {
        ...targetOperations(world, scaling, tracking),
        ...policyOperations(scaling, tracking, onTargets(world)),
      },
      provisioners: scalingProvisioners(scaling, tracking),
      start: () => tracking.start(),
      stop: () => tracking.stop(),
      differences: [
        'The desired count of ECS services is scaled by target tracking; step, predictive and scheduled scaling are refused.',
        'Target tracking looks at the metrics itself: its alarms do not appear in CloudWatch.',
      ],
    },
    ports: {
      scaling: {
        bounds(resourceId) {
          const target = scaling.target(resourceId);
          return target && { min: target.min, max: target.max };
        },
      },
    },
  };
}
