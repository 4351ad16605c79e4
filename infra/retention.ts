import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Environment } from '../core/environment.ts';

/** How long logs are kept. The enumeration of the CDK has the days as its values. */
export function retentionOf(environment: Environment): RetentionDays {
  const days = environment.stack.logRetentionDays;
  return RetentionDays[RetentionDays[days] as keyof typeof RetentionDays];
}
