/** The last lines of a log stream in CloudWatch Logs. */
import { stripVTControlCharacters } from 'node:util';
import { type CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { isNamed } from './errors.ts';
import { taskId } from './tasks.ts';

export interface LogStream {
  readonly group: string;
  readonly stream: string;
}

/** Oldest first, without colours; none where the stream does not exist (yet). */
export async function lastLines(
  logs: CloudWatchLogsClient,
  { group, stream }: LogStream,
  count: number,
): Promise<string[]> {
  try {
    const { events } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: stream,
        limit: count,
        startFromHead: false,
      }),
    );
    return (events ?? []).map((event) => stripVTControlCharacters(event.message ?? '').trimEnd());
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return [];
    throw error;
  }
}

/** Where the `awslogs` driver writes what a container of a task says; undefined for other log drivers. */
export function streamOf(container: ContainerDefinition | undefined, taskArn: string): LogStream | undefined {
  const options = container?.logConfiguration?.options;
  const group = options?.['awslogs-group'];
  const prefix = options?.['awslogs-stream-prefix'];
  if (container?.logConfiguration?.logDriver !== 'awslogs' || !group || !prefix) return undefined;
  return { group, stream: `${prefix}/${container.name}/${taskId(taskArn)}` };
}
