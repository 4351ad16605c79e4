/** EventBridge Scheduler: rates, crons in a time zone, and single times, which call their targets as their roles. */
import * as sdk from '@aws-sdk/client-scheduler';
import type { Service, World } from '../../service.ts';
import { groupOperations } from './groups.ts';
import { scheduleOperations } from './operations.ts';
import { schedulerProvisioners } from './provision.ts';
import { Schedules } from './schedules.ts';

export function create(world: World): { service: Service } {
  const schedules = new Schedules(world);
  return {
    service: {
      signingName: 'scheduler',
      sdk,
      operations: { ...scheduleOperations(world, schedules), ...groupOperations(world, schedules) },
      provisioners: schedulerProvisioners(world, schedules),
      start: () => schedules.start(),
      stop: () => schedules.stop(),
      differences: [
        'Schedules fire at their second; AWS fires within their minute. Flexible time windows are refused.',
        'Of the times that were missed while the embedded AWS was off, the latest is made up for at its start, if it is not older than the target’s maximum event age.',
        'Functions, state machines, topics, the event bus and `aws-sdk` calls can be targets.',
        'A dead-letter queue need not exist: its messages are kept, and its metric of visible messages is put.',
      ],
    },
  };
}
