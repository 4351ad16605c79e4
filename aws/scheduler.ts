/** Schedules in EventBridge Scheduler, for those who compare them with what the environment file says. */
import { GetScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { isNamed } from './errors.ts';

export interface ScheduleSeen {
  readonly expression: string;
  readonly timeZone: string;
  readonly enabled: boolean;
}

/** Undefined where there is no such schedule. */
export async function findSchedule(
  scheduler: SchedulerClient,
  name: string,
): Promise<ScheduleSeen | undefined> {
  try {
    const found = await scheduler.send(new GetScheduleCommand({ Name: name }));
    return {
      expression: found.ScheduleExpression ?? '',
      timeZone: found.ScheduleExpressionTimezone ?? 'UTC',
      enabled: found.State !== 'DISABLED',
    };
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}
