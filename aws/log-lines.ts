/** Lines of a log group over all its streams: a stretch of the past, complete, or what comes, at once. */
import {
  type CloudWatchLogsClient,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
  StartLiveTailCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { LockstepError } from '../core/errors.ts';
import type { LogLine } from '../core/log-lines.ts';
import { isNamed } from './errors.ts';

export interface LogQuestion {
  readonly group: string;
  /** For sentences. */
  readonly region: string;
  /** CloudWatch's pattern syntax. */
  readonly filter: string | undefined;
  /** Names of streams, at most 100, or what their names begin with; all where both are left out. */
  readonly streams?: readonly string[];
  readonly prefix?: string;
}

/** Every line from a time (inclusive) to another (exclusive, epoch milliseconds), oldest first. */
export async function* linesBetween(
  logs: CloudWatchLogsClient,
  question: LogQuestion,
  from: number,
  to: number,
): AsyncGenerator<LogLine[]> {
  try {
    const pages = paginateFilterLogEvents(
      { client: logs },
      {
        logGroupName: question.group,
        startTime: Math.max(0, from),
        endTime: to,
        ...(question.filter && { filterPattern: question.filter }),
        ...(question.streams && { logStreamNames: [...question.streams] }),
        ...(question.prefix && { logStreamNamePrefix: question.prefix }),
      },
    );
    for await (const page of pages) {
      yield (page.events ?? []).map(({ logStreamName = '', timestamp = 0, message = '' }) => ({
        stream: logStreamName,
        at: timestamp,
        message,
      }));
    }
  } catch (error) {
    throw refused(error, question);
  }
}

/**
 * Lines as they arrive. Ends where the session does (after three hours). `complete` is false where CloudWatch left some out: more
 * than 500 a second.
 */
export async function* liveLines(
  logs: CloudWatchLogsClient,
  account: string,
  question: LogQuestion,
  signal: AbortSignal,
): AsyncGenerator<{ readonly lines: LogLine[]; readonly complete: boolean }> {
  const { group, region, filter, streams, prefix } = question;
  const { responseStream } = await logs.send(
    new StartLiveTailCommand({
      logGroupIdentifiers: [`arn:aws:logs:${region}:${account}:log-group:${group}`],
      ...(filter && { logEventFilterPattern: filter }),
      ...(streams && { logStreamNames: [...streams] }),
      ...(prefix && { logStreamNamePrefixes: [prefix] }),
    }),
    { abortSignal: signal },
  );
  for await (const { sessionStart, sessionUpdate, SessionTimeoutException } of responseStream ?? []) {
    if (sessionStart) yield { lines: [], complete: true };
    if (SessionTimeoutException) return;
    if (!sessionUpdate) continue;
    yield {
      complete: sessionUpdate.sessionMetadata?.sampled !== true,
      lines: (sessionUpdate.sessionResults ?? []).map(
        ({ logStreamName = '', timestamp = 0, message = '' }) => ({
          stream: logStreamName,
          at: timestamp,
          message,
        }),
      ),
    };
  }
}

/** Streams that began within a stretch of time: those of the tasks of one release. */
export async function streamsBegun(
  logs: CloudWatchLogsClient,
  question: LogQuestion,
  from: number,
  to: number,
): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const page of paginateDescribeLogStreams({ client: logs }, { logGroupName: question.group })) {
      for (const { logStreamName, creationTime = 0 } of page.logStreams ?? [])
        if (logStreamName && creationTime >= from && creationTime < to) found.push(logStreamName);
    }
  } catch (error) {
    throw refused(error, question);
  }
  return found;
}

function refused(error: unknown, { group, region, filter = '' }: LogQuestion): unknown {
  if (isNamed(error, 'ResourceNotFoundException'))
    return new LockstepError('LogGroupMissing', { group, region }, [], { cause: error });
  const detail = (error as Error).message;
  if (filter && isNamed(error, 'InvalidParameterException') && /pattern|filter/i.test(detail))
    return new LockstepError('FilterRefused', { filter: `'${filter}'`, detail }, [], { cause: error });
  return error;
}
