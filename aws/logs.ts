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

export interface LogEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly message: string;
}

/** The last lines of a stretch of time, oldest first, without colours; none where the stream does not exist (yet). */
export async function lastEvents(
  logs: CloudWatchLogsClient,
  { group, stream }: LogStream,
  count: number,
  between: { readonly from?: number; readonly to?: number } = {},
): Promise<LogEvent[]> {
  try {
    const { events } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: stream,
        limit: count,
        startFromHead: false,
        ...(between.from !== undefined && { startTime: Math.max(0, between.from) }),
        ...(between.to !== undefined && { endTime: between.to }),
      }),
    );
    return (events ?? []).map((event) => ({
      at: event.timestamp ?? 0,
      message: stripVTControlCharacters(event.message ?? '').trimEnd(),
    }));
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return [];
    throw error;
  }
}

/** Oldest first, without colours; none where the stream does not exist (yet). */
export async function lastLines(
  logs: CloudWatchLogsClient,
  stream: LogStream,
  count: number,
): Promise<string[]> {
  return (await lastEvents(logs, stream, count)).map(({ message }) => message);
}

/** Where the `awslogs` driver writes what a container of a task says; undefined for other log drivers. */
export function streamOf(container: ContainerDefinition | undefined, taskArn: string): LogStream | undefined {
  const options = container?.logConfiguration?.options;
  const group = options?.['awslogs-group'];
  const prefix = options?.['awslogs-stream-prefix'];
  if (container?.logConfiguration?.logDriver !== 'awslogs' || !group || !prefix) return undefined;
  return { group, stream: `${prefix}/${container.name}/${taskId(taskArn)}` };
}
