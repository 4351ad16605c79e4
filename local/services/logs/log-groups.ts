/** CreateLogGroup, DeleteLogGroup, DescribeLogGroups, retention and tags. */
import type {
  CreateLogGroupCommandInput,
  DeleteLogGroupCommandInput,
  DeleteRetentionPolicyCommandInput,
  DescribeLogGroupsCommandInput,
  ListTagsForResourceCommandInput,
  ListTagsLogGroupCommandInput,
  LogGroup,
  PutRetentionPolicyCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, unsupported, type World } from '../../service.ts';
import type { Groups } from './groups.ts';
import {
  checkGroupName,
  constraint,
  type Group,
  groupArn,
  nameOfIdentifier,
  RETENTIONS,
  streamResource,
} from './model.ts';

export function logGroupOperations(world: World, groups: Groups): Record<string, Operation> {
  const on = (action: string) => (input: { logGroupName?: string | undefined }) => [
    { action: `logs:${action}`, resource: streamResource(world, input.logGroupName ?? '') },
  ];
  // Tags are the one place where CloudWatch Logs wants the ARN without `:*`.
  const onArn = (action: string) => (input: { resourceArn?: string | undefined }) => [
    { action: `logs:${action}`, resource: input.resourceArn ?? '' },
  ];

  return {
    CreateLogGroup: operation<CreateLogGroupCommandInput, object>(
      'CreateLogGroup',
      ['logGroupName', 'tags', 'kmsKeyId', 'logGroupClass'],
      {
        permissions: on('CreateLogGroup'),
        run(input) {
          const name = input.logGroupName ?? '';
          checkGroupName(name);
          if (input.logGroupClass !== undefined && input.logGroupClass !== 'STANDARD') {
            throw unsupported('CreateLogGroup', `logGroupClass ${input.logGroupClass}`);
          }
          groups.create(name, input.tags);
          return {};
        },
      },
    ),

    DeleteLogGroup: operation<DeleteLogGroupCommandInput, object>('DeleteLogGroup', ['logGroupName'], {
      permissions: on('DeleteLogGroup'),
      run(input) {
        groups.delete(input.logGroupName ?? '');
        return {};
      },
    }),

    DescribeLogGroups: operation<DescribeLogGroupsCommandInput, object>(
      'DescribeLogGroups',
      [
        'logGroupNamePrefix',
        'logGroupNamePattern',
        'logGroupIdentifiers',
        'logGroupClass',
        'nextToken',
        'limit',
      ],
      {
        permissions: () => [{ action: 'logs:DescribeLogGroups', resource: streamResource(world, '') }],
        run(input) {
          if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
            throw new AwsError(
              'InvalidParameterException',
              'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
            );
          }
          const limit = input.limit ?? 50;
          if (limit < 1 || limit > 50) throw constraint(limit, 'limit', 'have value between 1 and 50');
          const wanted = input.logGroupIdentifiers?.map(nameOfIdentifier);
          const pattern = input.logGroupNamePattern?.toLowerCase();
          const found = groups
            .all()
            .filter((group) => group.name.startsWith(input.logGroupNamePrefix ?? ''))
            .filter((group) => pattern === undefined || group.name.toLowerCase().includes(pattern))
            .filter((group) => !wanted || wanted.includes(group.name))
            .filter(() => input.logGroupClass === undefined || input.logGroupClass === 'STANDARD');
          const { items, nextToken } = page(found, input.nextToken, limit, refusedToken);
          return { logGroups: items.map((group) => describe(groups, group)), nextToken };
        },
      },
    ),

    PutRetentionPolicy: operation<PutRetentionPolicyCommandInput, object>(
      'PutRetentionPolicy',
      ['logGroupName', 'retentionInDays'],
      {
        permissions: on('PutRetentionPolicy'),
        run(input) {
          const group = groups.get(input.logGroupName ?? '');
          group.retentionInDays = checkRetention(input.retentionInDays ?? 0);
          groups.save(group);
          groups.expire();
          return {};
        },
      },
    ),

    DeleteRetentionPolicy: operation<DeleteRetentionPolicyCommandInput, object>(
      'DeleteRetentionPolicy',
      ['logGroupName'],
      {
        permissions: on('DeleteRetentionPolicy'),
        run(input) {
          const group = groups.get(input.logGroupName ?? '');
          delete group.retentionInDays;
          groups.save(group);
          return {};
        },
      },
    ),

    TagResource: operation<TagResourceCommandInput, object>('TagResource', ['resourceArn', 'tags'], {
      permissions: onArn('TagResource'),
      run(input) {
        const group = groups.get(nameOfIdentifier(input.resourceArn ?? ''));
        group.tags = { ...group.tags, ...input.tags };
        groups.save(group);
        return {};
      },
    }),

    UntagResource: operation<UntagResourceCommandInput, object>('UntagResource', ['resourceArn', 'tagKeys'], {
      permissions: onArn('UntagResource'),
      run(input) {
        const group = groups.get(nameOfIdentifier(input.resourceArn ?? ''));
        for (const key of input.tagKeys ?? []) delete group.tags[key];
        groups.save(group);
        return {};
      },
    }),

    ListTagsForResource: operation<ListTagsForResourceCommandInput, object>(
      'ListTagsForResource',
      ['resourceArn'],
      {
        permissions: onArn('ListTagsForResource'),
        run: (input) => ({ tags: groups.get(nameOfIdentifier(input.resourceArn ?? '')).tags }),
      },
    ),

    ListTagsLogGroup: operation<ListTagsLogGroupCommandInput, object>('ListTagsLogGroup', ['logGroupName'], {
      permissions: on('ListTagsLogGroup'),
      run: (input) => ({ tags: groups.get(input.logGroupName ?? '').tags }),
    }),
  };

  function describe(of: Groups, group: Group): LogGroup {
    return {
      logGroupName: group.name,
      creationTime: group.creationTime,
      retentionInDays: group.retentionInDays,
      metricFilterCount: group.filters.length,
      arn: `${groupArn(world, group.name)}:*`,
      storedBytes: of
        .streamsOf(group)
        .flatMap((stream) => stream.segments.all())
        .reduce((sum, segment) => sum + segment.bytes, 0),
      logGroupClass: 'STANDARD',
      logGroupArn: groupArn(world, group.name),
    };
  }
}

export function checkRetention(days: number): number {
  if (!RETENTIONS.includes(days)) {
    throw constraint(days, 'retentionInDays', `satisfy enum value set: [${RETENTIONS.join(', ')}]`);
  }
  return days;
}

export function refusedToken(): AwsError {
  return new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
}
