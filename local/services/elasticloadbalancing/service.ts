/** The embedded Application Load Balancer: a real reverse proxy in front of the targets of each target group. */
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { FrontDoor } from './front-door.ts';
import { Counters } from './metrics.ts';
import type { Listener } from './model.ts';
import { operations } from './operations.ts';
import { provisioners } from './provision.ts';
import { openState } from './state.ts';
import { Targets } from './targets.ts';

export function create(world: World): { service: Service; ports?: Partial<Ports> } {
  const state = openState(world);
  const targets = new Targets(state);
  const counters = new Counters(state, targets);
  const doors = new Map<string, FrontDoor>();

  const open = async (listener: Listener): Promise<number> => {
    const known = doors.get(listener.arn);
    if (known) return listener.port;
    const door = new FrontDoor(listener.arn, { state, targets, counters });
    doors.set(listener.arn, door);
    return door.open(listener.port);
  };

  targets.watch((group) => counters.hosts(group));

  return {
    service: {
      signingName: 'elasticloadbalancing',
      sdk,
      operations: operations(state, targets),
      provisioners: provisioners(state, targets, { open }),
      start() {
        counters.start();
      },
      async stop() {
        counters.stop();
        targets.close();
        await Promise.all([...doors.values()].map((door) => door.close()));
        doors.clear();
      },
      differences: [
        'A load balancer is at `localhost`; each listener is on a free port of 127.0.0.1, which DescribeListeners tells and which stays the same over restarts. A template’s port (80, 443) is not used.',
        'The front door speaks HTTP/1.1 only; a listener with protocol HTTPS is served as plain HTTP, on this machine.',
        'A target that was never healthy is checked every second until its first success, as several load balancer nodes together would; failures count at the interval.',
        'A target that is deregistered leaves as soon as no request to it is under way, at the latest after the deregistration delay; AWS shows it as draining for the whole delay.',
        'Where no target is healthy the front door answers 503; an Application Load Balancer sends requests to unhealthy targets when there are no others.',
        'Sticky sessions, slow start, authentication actions, access logs and target types other than `ip` and `instance` are refused or mean nothing.',
      ],
    },
    ports: { targets },
  };
}
