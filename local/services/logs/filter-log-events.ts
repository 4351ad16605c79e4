/** FilterLogEvents: the events of a group that match a pattern, over all its streams, in the order of time. */
import type { FilteredLogEvent, FilterLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import { parsePattern } from './filter/pattern.ts';
import type { Groups, Stream } from './groups.ts';
import { refusedToken } from './log-groups.ts';
import { constraint, expiry, type Group, groupNameOf, streamResource } from './model.ts';
import { eventId, idText, type Placed, timestampOf, walk } from './reading.ts';

const MOST_EVENTS = 10_000;
const MOST_PAGE_BYTES = 1_048_576;
/** A call looks at this many events and then answers, perhaps with none and a token, as the real one does. */
const MOST_SCANNED = 200_000;

export function filterLogEventsOperation(
  world: World,
  groups: Groups,
): Operation<FilterLogEventsCommandInput> {
  return operation<FilterLogEventsCommandInput, object>(
    'FilterLogEvents',
    [
      'logGroupName',
      'logGroupIdentifier',
      'logStreamNames',
      'logStreamNamePrefix',
      'startTime',
      'endTime',
      'filterPattern',
      'nextToken',
      'limit',
      'startFromHead',
      'interleaved',
      'unmask',
    ],
    {
      permissions: (input) => [
        { action: 'logs:FilterLogEvents', resource: streamResource(world, groupNameOf(input)) },
      ],
      run(input) {
        const group = groups.get(groupNameOf(input));
        const streams = chosen(groups, group, input);
        const pattern = parsePattern(input.filterPattern ?? '');
        const limit = input.limit ?? MOST_EVENTS;
        if (limit < 1 || limit > MOST_EVENTS) {
          throw constraint(limit, 'limit', `have value between 1 and ${MOST_EVENTS}`);
        }
        const token = input.nextToken === undefined ? undefined : parse(input.nextToken);
        const forward = token ? token.forward : (input.startFromHead ?? true);
        let from = Math.max(input.startTime ?? 0, expiry(group, world.clock.now()));
        let to = input.endTime ?? Number.MAX_SAFE_INTEGER;
        if (token?.forward) from = Math.max(from, timestampOf(token.id));
        else if (token) to = Math.min(to, timestampOf(token.id));

        const found: Placed[] = [];
        let bytes = 0;
        let scanned = 0;
        let reached: bigint | undefined;
        let more = false;
        for (const placed of walk(streams, { from, to }, forward)) {
          const id = eventId(placed);
          if (token && (forward ? id <= token.id : id >= token.id)) continue;
          more =
            scanned === MOST_SCANNED ||
            found.length === limit ||
            (found.length > 0 && bytes > MOST_PAGE_BYTES);
          if (more) break;
          scanned++;
          reached = id;
          if (!pattern.match(placed.event.message)) continue;
          found.push(placed);
          bytes += Buffer.byteLength(placed.event.message) + 26;
        }
        return {
          events: found.map(output),
          searchedLogStreams: [],
          ...(more && reached !== undefined ? { nextToken: format({ forward, id: reached }) } : {}),
        };
      },
    },
  );
}

function chosen(groups: Groups, group: Group, input: FilterLogEventsCommandInput): Stream[] {
  if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
    throw new AwsError(
      'InvalidParameterException',
      'logStreamNames and logStreamNamePrefix are mutually exclusive parameters.',
    );
  }
  if (input.logStreamNames) return input.logStreamNames.map((name) => groups.stream(group, name));
  return groups.streamsOf(group).filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''));
}

function output(placed: Placed): FilteredLogEvent {
  return {
    logStreamName: placed.stream.name,
    timestamp: placed.event.timestamp,
    message: placed.event.message,
    ingestionTime: placed.event.ingestionTime,
    eventId: idText(eventId(placed)),
  };
}

interface Token {
  readonly forward: boolean;
  readonly id: bigint;
}

function format(token: Token): string {
  return Buffer.from(`${token.forward ? 'f' : 'b'}${token.id}`).toString('base64url');
}

function parse(text: string): Token {
  const found = /^([fb])(\d+)$/.exec(Buffer.from(text, 'base64url').toString());
  if (!found) throw refusedToken();
  return { forward: found[1] === 'f', id: BigInt(found[2] ?? '0') };
}
