/** PutLogEvents, with the limits of the real one. */
import type {
  InputLogEvent,
  PutLogEventsCommandInput,
  RejectedLogEventsInfo,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import { EVENT_OVERHEAD_BYTES, type Groups, MOST_EVENT_BYTES } from './groups.ts';
import { constraint, expiry, streamResource } from './model.ts';

const MOST_EVENTS = 10_000;
const MOST_BATCH_BYTES = 1_048_576;
const DAY_MS = 86_400_000;
const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = 2 * 3_600_000;

/** AWS ignores sequence tokens since 2023 and still answers one. */
const NEXT_SEQUENCE_TOKEN = '49039859606120345465138456186237283642519364918253274306';

export function putLogEventsOperation(world: World, groups: Groups): Operation<PutLogEventsCommandInput> {
  return operation<PutLogEventsCommandInput, object>(
    'PutLogEvents',
    ['logGroupName', 'logStreamName', 'logEvents', 'sequenceToken', 'entity'],
    {
      permissions: (input) => [
        {
          action: 'logs:PutLogEvents',
          resource: streamResource(world, input.logGroupName ?? '', input.logStreamName),
        },
      ],
      run(input) {
        const events = input.logEvents ?? [];
        check(events);
        const group = groups.get(input.logGroupName ?? '');
        const stream = groups.stream(group, input.logStreamName ?? '');
        const now = world.clock.now();
        const expired = countBefore(events, expiry(group, now));
        const tooOld = countBefore(events, now - OLDEST_MS);
        const tooNew = events.findIndex((event) => (event.timestamp ?? 0) > now + NEWEST_MS);
        groups.append(
          group,
          stream,
          events
            .slice(Math.max(expired, tooOld), tooNew < 0 ? undefined : tooNew)
            .map((event) => ({ timestamp: event.timestamp ?? 0, message: event.message ?? '' })),
        );
        const rejected: RejectedLogEventsInfo = {
          ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
          ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
          ...(tooNew >= 0 ? { tooNewLogEventStartIndex: tooNew } : {}),
        };
        return {
          nextSequenceToken: NEXT_SEQUENCE_TOKEN,
          ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
        };
      },
    },
  );
}

function check(events: readonly InputLogEvent[]): void {
  if (events.length === 0 || events.length > MOST_EVENTS) {
    throw constraint(`[${events.length} events]`, 'logEvents', `have length between 1 and ${MOST_EVENTS}`);
  }
  let bytes = 0;
  let previous = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.message ?? '') + EVENT_OVERHEAD_BYTES;
    if (size === EVENT_OVERHEAD_BYTES)
      throw constraint('', 'logEvents.1.member.message', 'have length greater than or equal to 1');
    if (size > MOST_EVENT_BYTES)
      throw refused(`Log event too large: ${size} bytes exceeds limit of ${MOST_EVENT_BYTES}`);
    if ((event.timestamp ?? 0) < previous) {
      throw refused('Log events in a single PutLogEvents request must be in chronological order.');
    }
    previous = event.timestamp ?? 0;
    bytes += size;
  }
  if (bytes > MOST_BATCH_BYTES)
    throw refused(`Upload too large: ${bytes} bytes exceeds limit of ${MOST_BATCH_BYTES}`);
  if (previous - (events[0]?.timestamp ?? 0) > DAY_MS) {
    throw refused('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
}

/** How many events at the start of the batch are before that time; the batch is in order. */
function countBefore(events: readonly InputLogEvent[], time: number): number {
  const first = events.findIndex((event) => (event.timestamp ?? 0) >= time);
  return first < 0 ? events.length : first;
}

function refused(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
