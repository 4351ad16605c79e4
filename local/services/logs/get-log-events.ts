/** GetLogEvents: one stream, forwards and backwards, by tokens that stay the same at either end. */
import type { GetLogEventsCommandInput, OutputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import type { Groups } from './groups.ts';
import { constraint, expiry, groupNameOf, streamResource } from './model.ts';
import { eventId, idText, type Placed, timestampOf, walk } from './reading.ts';

const MOST_EVENTS = 10_000;
const MOST_PAGE_BYTES = 1_048_576;

/** `f/ID/s` goes on after the event of that id, `b/ID/s` before it. */
interface Token {
  readonly forward: boolean;
  readonly id: bigint;
}

export function getLogEventsOperation(world: World, groups: Groups): Operation<GetLogEventsCommandInput> {
  return operation<GetLogEventsCommandInput, object>(
    'GetLogEvents',
    [
      'logGroupName',
      'logGroupIdentifier',
      'logStreamName',
      'startTime',
      'endTime',
      'nextToken',
      'limit',
      'startFromHead',
      'unmask',
    ],
    {
      permissions: (input) => [
        {
          action: 'logs:GetLogEvents',
          resource: streamResource(world, groupNameOf(input), input.logStreamName),
        },
      ],
      run(input) {
        const group = groups.get(groupNameOf(input));
        const stream = groups.stream(group, input.logStreamName ?? '');
        const limit = input.limit ?? MOST_EVENTS;
        if (limit < 1 || limit > MOST_EVENTS) {
          throw constraint(limit, 'limit', `have value between 1 and ${MOST_EVENTS}`);
        }
        const token = input.nextToken === undefined ? undefined : parse(input.nextToken);
        const forward = token ? token.forward : (input.startFromHead ?? false);
        let from = Math.max(input.startTime ?? 0, expiry(group, world.clock.now()));
        let to = input.endTime === undefined ? Number.MAX_SAFE_INTEGER : input.endTime - 1;
        if (token?.forward) from = Math.max(from, timestampOf(token.id));
        else if (token) to = Math.min(to, timestampOf(token.id));

        const found: Placed[] = [];
        let bytes = 0;
        for (const placed of walk([stream], { from, to }, forward)) {
          const id = eventId(placed);
          if (token && (forward ? id <= token.id : id >= token.id)) continue;
          bytes += Buffer.byteLength(placed.event.message) + 26;
          if (found.length > 0 && bytes > MOST_PAGE_BYTES) break;
          found.push(placed);
          if (found.length === limit) break;
        }
        if (!forward) found.reverse();

        const first = found[0];
        const last = found.at(-1);
        // An empty page stands between the events before and after it: one step of ids leads back over its edge.
        const start = BigInt(from) << 144n;
        const after = last ? eventId(last) : token ? (forward ? token.id : token.id - 1n) : start;
        const before = first ? eventId(first) : token ? (forward ? token.id + 1n : token.id) : start;
        return {
          events: found.map(output),
          nextForwardToken: `f/${idText(after)}/s`,
          nextBackwardToken: `b/${idText(before)}/s`,
        };
      },
    },
  );
}

function output({ event }: Placed): OutputLogEvent {
  return { timestamp: event.timestamp, message: event.message, ingestionTime: event.ingestionTime };
}

function parse(token: string): Token {
  const found = /^([fb])\/(\d+)(?:\/s)?$/.exec(token);
  if (!found) throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  return { forward: found[1] === 'f', id: BigInt(found[2] ?? '0') };
}
