/**
 * StartLiveTail: events as they arrive, an update a second, in AWS's event-stream frames. The SDK and the CLI put
 * `stream-` before the host of this call; against 127.0.0.1 that has to be switched off (`disableHostPrefix`,
 * `AWS_DISABLE_HOST_PREFIX_INJECTION=true`).
 */
import { randomUUID } from 'node:crypto';
import type {
  LiveTailSessionLogEvent,
  StartLiveTailCommandInput,
  StartLiveTailResponseStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import { parsePattern } from './filter/pattern.ts';
import type { Arrival, Groups } from './groups.ts';
import { nameOfIdentifier, streamResource } from './model.ts';

const UPDATE_MS = 1000;
const SESSION_MS = 3 * 3_600_000;
const MOST_EVENTS_AN_UPDATE = 500;
const MOST_GROUPS = 10;

interface Output {
  readonly responseStream: AsyncIterable<StartLiveTailResponseStream>;
}

/** `stopped` ends every session, so that nothing outlives the service. */
export function startLiveTailOperation(
  world: World,
  groups: Groups,
  stopped: AbortSignal,
): Operation<StartLiveTailCommandInput, Output> {
  return operation<StartLiveTailCommandInput, Output>(
    'StartLiveTail',
    ['logGroupIdentifiers', 'logStreamNames', 'logStreamNamePrefixes', 'logEventFilterPattern'],
    {
      permissions: (input) =>
        (input.logGroupIdentifiers ?? []).map((identifier) => ({
          action: 'logs:StartLiveTail',
          resource: streamResource(world, nameOfIdentifier(identifier)),
        })),
      run(input, call) {
        const session = open(world, groups, input);
        const ended = new AbortController();
        const signal = AbortSignal.any([ended.signal, stopped]);
        const updates = session.updates(call.requestId, signal);
        return {
          responseStream: {
            [Symbol.asyncIterator]: () => ({
              next: () => updates.next(),
              async return() {
                ended.abort();
                await updates.return(undefined);
                session.close();
                return { done: true, value: undefined };
              },
            }),
          },
        };
      },
      frames: (output) => frames(output.responseStream),
    },
  );
}

function open(world: World, groups: Groups, input: StartLiveTailCommandInput) {
  const identifiers = input.logGroupIdentifiers ?? [];
  if (identifiers.length === 0 || identifiers.length > MOST_GROUPS) {
    throw refused(`You can specify between 1 and ${MOST_GROUPS} log groups.`);
  }
  if (input.logStreamNames?.length && input.logStreamNamePrefixes?.length) {
    throw refused('LogStreamNames and LogStreamNamePrefixes are mutually exclusive parameters.');
  }
  if (identifiers.length > 1 && (input.logStreamNames?.length || input.logStreamNamePrefixes?.length)) {
    throw refused('Log streams can be specified only for one log group.');
  }
  const ids = new Set(identifiers.map((identifier) => groups.get(nameOfIdentifier(identifier)).id));
  const pattern = parseLivePattern(input.logEventFilterPattern);
  const waiting: LiveTailSessionLogEvent[] = [];
  let sampled = false;

  const onArrival = ({ group, stream, events }: Arrival) => {
    if (!ids.has(group.id) || !ofWantedStream(input, stream.name)) return;
    for (const event of events) {
      if (!pattern.match(event.message)) continue;
      if (waiting.length >= MOST_EVENTS_AN_UPDATE) {
        sampled = true;
        return;
      }
      waiting.push({
        logStreamName: stream.name,
        logGroupIdentifier: `${world.account}:${group.name}`,
        message: event.message,
        timestamp: event.timestamp,
        ingestionTime: event.ingestionTime,
      });
    }
  };

  async function* updates(
    requestId: string,
    signal: AbortSignal,
  ): AsyncGenerator<StartLiveTailResponseStream> {
    const until = world.clock.now() + SESSION_MS;
    try {
      yield {
        sessionStart: {
          requestId,
          sessionId: randomUUID(),
          logGroupIdentifiers: identifiers.map(
            (identifier) => `${world.account}:${nameOfIdentifier(identifier)}`,
          ),
          logStreamNames: input.logStreamNames ?? [],
          logStreamNamePrefixes: input.logStreamNamePrefixes ?? [],
          logEventFilterPattern: input.logEventFilterPattern ?? '',
        },
      };
      while (world.clock.now() < until) {
        if (!(await slept(world, signal))) return;
        const sessionResults = waiting.splice(0);
        yield { sessionUpdate: { sessionMetadata: { sampled }, sessionResults } };
        sampled = false;
      }
      throw new AwsError('SessionTimeoutException', 'The live tail session has timed out.');
    } finally {
      groups.listeners.delete(onArrival);
    }
  }

  // From the call on, not from the first read: what is written right after the answer must not be lost.
  groups.listeners.add(onArrival);
  return { updates, close: () => void groups.listeners.delete(onArrival) };
}

/** Live Tail tells its refusals with the words before them that FilterLogEvents leaves out. */
function parseLivePattern(text: string | undefined) {
  try {
    return parsePattern(text ?? '');
  } catch (error) {
    const { message } = error as AwsError;
    throw refused(message === 'Invalid filter pattern' ? message : `Invalid filter pattern: ${message}`);
  }
}

function ofWantedStream(input: StartLiveTailCommandInput, name: string): boolean {
  if (input.logStreamNames?.length) return input.logStreamNames.includes(name);
  if (input.logStreamNamePrefixes?.length) {
    return input.logStreamNamePrefixes.some((prefix) => name.startsWith(prefix));
  }
  return true;
}

async function slept(world: World, signal: AbortSignal): Promise<boolean> {
  try {
    await world.clock.sleep(UPDATE_MS, signal);
    return true;
  } catch {
    return false;
  }
}

/** The messages of an awsJson event stream: an initial response, then one message an event, or an exception at the end. */
async function* frames(stream: AsyncIterable<StartLiveTailResponseStream>): AsyncGenerator<Uint8Array> {
  yield frame({ ':message-type': 'event', ':event-type': 'initial-response' }, {});
  try {
    for await (const event of stream) {
      const [type, body] = Object.entries(event)[0] as [string, object];
      yield frame({ ':message-type': 'event', ':event-type': type }, body);
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    yield frame({ ':message-type': 'exception', ':exception-type': error.code }, { message: error.message });
  }
}

function frame(headers: Readonly<Record<string, string>>, body: object): Uint8Array {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const all = { ...headers, ':content-type': 'application/x-amz-json-1.1' };
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, { type: 'string' as const, value }]),
    ),
    body: fromUtf8(JSON.stringify(body)),
  });
}

function refused(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
