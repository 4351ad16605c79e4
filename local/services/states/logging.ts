/** `LoggingConfiguration`, checked as AWS checks it. */
import type { LoggingConfiguration } from '@aws-sdk/client-sfn';
import type { World } from '../../service.ts';
import { groupName } from './announce.ts';
import { type Logging, statesError } from './model.ts';

export function readLogging(world: World, given: LoggingConfiguration): Logging {
  const level = given.level ?? 'OFF';
  const destinations = given.destinations?.map(
    ({ cloudWatchLogsLogGroup }) => cloudWatchLogsLogGroup?.logGroupArn ?? '',
  );
  const refuse = (why: string) => statesError('InvalidLoggingConfiguration', why);
  if (level !== 'OFF' && destinations?.length !== 1)
    throw refuse('Must specify exactly one Log Destination.');
  for (const arn of destinations ?? []) {
    if (!/^arn:[^:]+:logs:[^:]*:\d*:log-group:.+:\*$/.test(arn)) throw refuse('Invalid Log Destination.');
    if (!world.ports.logs.hasGroup(groupName(arn))) throw refuse('Log Destination not found.');
  }
  return {
    level,
    includeExecutionData: given.includeExecutionData ?? false,
    ...(destinations === undefined ? {} : { destinations }),
  };
}
