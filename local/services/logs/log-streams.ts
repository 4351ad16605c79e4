/** CreateLogStream, DeleteLogStream, DescribeLogStreams. */
import type {
  CreateLogStreamCommandInput,
  DeleteLogStreamCommandInput,
  DescribeLogStreamsCommandInput,
  LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import type { Groups, Stream } from './groups.ts';
import { refusedToken } from './log-groups.ts';
import { checkStreamName, constraint, type Group, groupArn, groupNameOf, streamResource } from './model.ts';

export function logStreamOperations(world: World, groups: Groups): Record<string, Operation> {
  const on =
    (action: string) =>
    (input: { logGroupName?: string | undefined; logStreamName?: string | undefined }) => [
      {
        action: `logs:${action}`,
        resource: streamResource(world, input.logGroupName ?? '', input.logStreamName),
      },
    ];

  return {
    CreateLogStream: operation<CreateLogStreamCommandInput, object>(
      'CreateLogStream',
      ['logGroupName', 'logStreamName'],
      {
        permissions: on('CreateLogStream'),
        run(input) {
          const name = input.logStreamName ?? '';
          checkStreamName(name);
          groups.createStream(groups.get(input.logGroupName ?? ''), name);
          return {};
        },
      },
    ),

    DeleteLogStream: operation<DeleteLogStreamCommandInput, object>(
      'DeleteLogStream',
      ['logGroupName', 'logStreamName'],
      {
        permissions: on('DeleteLogStream'),
        run(input) {
          groups.deleteStream(groups.get(input.logGroupName ?? ''), input.logStreamName ?? '');
          return {};
        },
      },
    ),

    DescribeLogStreams: operation<DescribeLogStreamsCommandInput, object>(
      'DescribeLogStreams',
      [
        'logGroupName',
        'logGroupIdentifier',
        'logStreamNamePrefix',
        'orderBy',
        'descending',
        'nextToken',
        'limit',
      ],
      {
        permissions: (input) => [
          { action: 'logs:DescribeLogStreams', resource: streamResource(world, groupNameOf(input)) },
        ],
        run(input) {
          const group = groups.get(groupNameOf(input));
          if (input.orderBy === 'LastEventTime' && input.logStreamNamePrefix !== undefined) {
            throw new AwsError(
              'InvalidParameterException',
              'Cannot order by LastEventTime with a logStreamNamePrefix.',
            );
          }
          const limit = input.limit ?? 50;
          if (limit < 1 || limit > 50) throw constraint(limit, 'limit', 'have value between 1 and 50');
          const found = groups
            .streamsOf(group)
            .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''))
            .map((stream) => describe(group, stream));
          if (input.orderBy === 'LastEventTime') {
            found.sort((a, b) => (a.lastEventTimestamp ?? 0) - (b.lastEventTimestamp ?? 0));
          }
          if (input.descending) found.reverse();
          const { items, nextToken } = page(found, input.nextToken, limit, refusedToken);
          return { logStreams: items, nextToken };
        },
      },
    ),
  };

  function describe(group: Group, stream: Stream): LogStream {
    const segments = stream.segments.all();
    return {
      logStreamName: stream.name,
      creationTime: stream.creationTime,
      ...(segments.length > 0
        ? {
            firstEventTimestamp: Math.min(...segments.map((segment) => segment.first)),
            lastEventTimestamp: Math.max(...segments.map((segment) => segment.last)),
            lastIngestionTime: Math.max(...segments.map((segment) => segment.lastIngestion)),
          }
        : {}),
      uploadSequenceToken: '49039859606120345465138456186237283642519364918253274306',
      arn: `${groupArn(world, group.name)}:log-stream:${stream.name}`,
      // AWS has answered 0 for single streams since 2019.
      storedBytes: 0,
    };
  }
}
