/** EventBridge: the default bus, its rules and schedules, and the targets that they call. */
import * as sdk from '@aws-sdk/client-eventbridge';
import type { Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { Bus } from './bus.ts';
import { eventsProvisioners } from './provision.ts';
import { eventOperations } from './put-events.ts';
import { ruleOperations } from './rules.ts';
import { targetOperations } from './targets.ts';

export function create(world: World): { service: Service; ports: Pick<Ports, 'events'> } {
  const bus = new Bus(world);
  return {
    service: {
      signingName: 'events',
      sdk,
      operations: {
        ...ruleOperations(world, bus),
        ...targetOperations(world, bus),
        ...eventOperations(world, bus),
      },
      provisioners: eventsProvisioners(world, bus),
      start: () => bus.start(),
      stop: () => bus.stop(),
      differences: [
        'There is the default bus only; archives, pipes, partner sources and API destinations are refused.',
        'Functions, state machines, topics and log groups can be targets. State machines are started as the rule’s role; the others are called without a look at their resource policies.',
        'What a scheduled rule missed while the embedded AWS was off is not made up for; retries that were under way are lost.',
        'A dead-letter queue need not exist: its messages are kept, and its metric of visible messages is put.',
      ],
    },
    ports: { events: { emit: (event) => bus.emit(event) } },
  };
}
