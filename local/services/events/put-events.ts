/** PutEvents, TestEventPattern and the one bus. */
import type {
  DescribeEventBusCommandInput,
  ListEventBusesCommandInput,
  PutEventsCommandInput,
  PutEventsRequestEntry,
  PutEventsResultEntry,
  TestEventPatternCommandInput,
} from '@aws-sdk/client-eventbridge';
import { operation } from '../../operation.ts';
import type { AwsError, Operation, World } from '../../service.ts';
import type { Bus } from './bus.ts';
import { busArn, checkBus, validation } from './model.ts';
import { isObject } from './pattern/invalid.ts';
import { parseEventPattern } from './pattern/pattern.ts';

const MOST_ENTRIES = 10;
const MOST_BYTES = 262_144;
const ENVELOPE = [
  'version',
  'id',
  'detail-type',
  'source',
  'account',
  'time',
  'region',
  'resources',
  'detail',
];

export function eventOperations(world: World, bus: Bus): Record<string, Operation> {
  const describe = () => ({ Name: 'default', Arn: busArn(world) });
  return {
    PutEvents: operation<PutEventsCommandInput, object>('PutEvents', ['Entries'], {
      permissions: (input) =>
        (input.Entries ?? []).map((entry) => ({
          action: 'events:PutEvents',
          resource: busArn(world),
          context: { 'events:source': entry.Source ?? '', 'events:detail-type': entry.DetailType ?? '' },
        })),
      run(input) {
        const entries = input.Entries ?? [];
        if (entries.length === 0 || entries.length > MOST_ENTRIES) {
          throw validation(
            `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MOST_ENTRIES}`,
          );
        }
        const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
        if (bytes > MOST_BYTES)
          throw validation('Total size of the entries in the request is over the limit.');
        const results = entries.map((entry) => put(entry));
        return {
          FailedEntryCount: results.filter((result) => result.ErrorCode !== undefined).length,
          Entries: results,
        };
      },
    }),

    TestEventPattern: operation<TestEventPatternCommandInput, object>(
      'TestEventPattern',
      ['EventPattern', 'Event'],
      {
        permissions: () => [{ action: 'events:TestEventPattern', resource: '*' }],
        run(input) {
          const pattern = parseEventPattern(input.EventPattern ?? '');
          let event: unknown;
          try {
            event = JSON.parse(input.Event ?? '');
          } catch {
            throw validation('Parameter Event is not valid JSON.');
          }
          const absent = ENVELOPE.filter((field) => !isObject(event) || !(field in event));
          // The real one wants all but `version` and `detail`.
          const missing = absent.find((field) => field !== 'version' && field !== 'detail');
          if (missing !== undefined)
            throw validation(`Parameter Event is not valid. Reason: ${missing} is missing.`);
          return { Result: pattern.matches(event) };
        },
      },
    ),

    DescribeEventBus: operation<DescribeEventBusCommandInput, object>('DescribeEventBus', ['Name'], {
      permissions: () => [{ action: 'events:DescribeEventBus', resource: busArn(world) }],
      run(input) {
        checkBus(world, input.Name);
        return describe();
      },
    }),

    ListEventBuses: operation<ListEventBusesCommandInput, object>(
      'ListEventBuses',
      ['NamePrefix', 'NextToken', 'Limit'],
      {
        permissions: () => [
          { action: 'events:ListEventBuses', resource: busArn(world).replace('default', '*') },
        ],
        run: (input) => ({ EventBuses: 'default'.startsWith(input.NamePrefix ?? '') ? [describe()] : [] }),
      },
    ),
  };

  /** An entry that is refused does not keep the others from the bus. */
  function put(entry: PutEventsRequestEntry): PutEventsResultEntry {
    const { Source: source = '', DetailType: detailType = '', Detail: text } = entry;
    const required =
      source === '' ? 'Source' : detailType === '' ? 'DetailType' : text === undefined ? 'Detail' : undefined;
    if (required !== undefined) {
      return refused(
        'InvalidArgument',
        `Parameter ${required} is not valid. Reason: ${required} is a required argument.`,
      );
    }
    if (source.startsWith('aws.'))
      return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
    const detail = parse(text ?? '');
    if (!isObject(detail)) return refused('MalformedDetail', 'Detail is malformed.');
    try {
      checkBus(world, entry.EventBusName);
    } catch (error) {
      return refused('ResourceNotFoundException', (error as AwsError).message);
    }
    const at = entry.Time?.getTime() ?? world.clock.now();
    return { EventId: bus.put({ source, detailType, resources: entry.Resources ?? [], detail, at }) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(ErrorCode: string, ErrorMessage: string): PutEventsResultEntry {
  return { ErrorCode, ErrorMessage };
}

/** As the user guide counts: 14 bytes for a time, and every text in UTF-8. */
function sizeOf(entry: PutEventsRequestEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), entry.Time ? 14 : 0);
}
