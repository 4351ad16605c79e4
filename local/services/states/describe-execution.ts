/** An execution as DescribeExecution and the status event show it. */

import type { RunRecord } from '../../states/record.ts';
import { MOST_EVENTS } from '../../states/run.ts';

/** Fourteen days. */
export const REDRIVABLE_FOR_MS = 14 * 24 * 3_600_000;

/** `now` decides whether the time for a redrive is over. */
export function redriveStatus(
  run: RunRecord,
  now: number,
): { redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE'; redriveStatusReason?: string } {
  const not = (redriveStatusReason: string) => ({
    redriveStatus: 'NOT_REDRIVABLE' as const,
    redriveStatusReason,
  });
  if (run.status === 'RUNNING' || run.status === 'SUCCEEDED') {
    return not(`Execution is ${run.status} and cannot be redriven`);
  }
  if (now - (run.stoppedAt ?? 0) > REDRIVABLE_FOR_MS) {
    return not('Execution exceeded the redrivable period and cannot be redriven');
  }
  if (run.events.length >= MOST_EVENTS - 1) {
    return not('Execution history event limit is exceeded and cannot be redriven');
  }
  return { redriveStatus: 'REDRIVABLE' };
}

export function describeExecution(run: RunRecord, withData: boolean, now: number): Record<string, unknown> {
  const data = (member: 'input' | 'output') =>
    withData && run[member] !== undefined ? { [member]: JSON.stringify(run[member]) } : {};
  const details = (member: 'input' | 'output') =>
    run[member] === undefined ? {} : { [`${member}Details`]: { included: withData } };
  const { error, cause } = run;
  return {
    executionArn: run.arn,
    stateMachineArn: run.machineArn,
    name: run.name,
    status: run.status,
    startDate: new Date(run.startedAt),
    ...(run.stoppedAt === undefined ? {} : { stopDate: new Date(run.stoppedAt) }),
    ...data('input'),
    ...details('input'),
    ...data('output'),
    ...details('output'),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    redriveCount: run.redriveCount,
    ...(run.redrivenAt === undefined ? {} : { redriveDate: new Date(run.redrivenAt) }),
    ...redriveStatus(run, now),
  };
}
