/** One file holds the contract of the whole service: tokens, filters, limits and streams of CloudWatch Logs have no smaller parts. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteMetricFilterCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeMetricFiltersCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutRetentionPolicyCommand,
  StartLiveTailCommand,
  StartQueryCommand,
  TagResourceCommand,
  TestMetricFilterCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { sessionOf } from '../local/events/role.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'logs', 'monitoring'] });
const logs = new CloudWatchLogsClient(world.client);
let made = 0;

/** A group of this test alone, with one stream and the messages in it, a millisecond apart. */
async function groupWith(messages: readonly string[], logStreamName = 'main'): Promise<string> {
  const logGroupName = `/contract/${++made}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  if (messages.length > 0) await put(logGroupName, messages, logStreamName);
  return logGroupName;
}

async function put(logGroupName: string, messages: readonly string[], logStreamName = 'main') {
  const start = Date.now() - messages.length;
  const logEvents = messages.map((message, index) => ({ timestamp: start + index, message }));
  return logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

test('CreateLogGroup makes a group once and refuses a name that CloudWatch refuses', async () => {
  const logGroupName = await groupWith([]);
  await expect(logs.send(new CreateLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
    message: 'The specified log group already exists',
  });
  await expect(logs.send(new CreateLogGroupCommand({ logGroupName: 'a b' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining('Member must satisfy regular expression pattern'),
  });
});

test('DeleteLogGroup takes the events with it', async () => {
  const logGroupName = await groupWith(['old']);
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  await expect(logs.send(new FilterLogEventsCommand({ logGroupName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  expect((await logs.send(new FilterLogEventsCommand({ logGroupName }))).events).toEqual([]);
});

test('DescribeLogGroups filters by prefix and pattern, and pages', async () => {
  for (const name of ['a', 'b', 'c']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName: `/paged/${name}` }));
  }
  const first = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/paged/', limit: 2 }));
  expect(first.logGroups?.map((group) => group.logGroupName)).toEqual(['/paged/a', '/paged/b']);
  expect(first.logGroups?.[0]).toMatchObject({
    arn: 'arn:aws:logs:us-east-1:000000000000:log-group:/paged/a:*',
    logGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/paged/a',
    logGroupClass: 'STANDARD',
    metricFilterCount: 0,
    storedBytes: 0,
  });
  const { nextToken } = first;
  const second = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: '/paged/', limit: 2, nextToken }),
  );
  expect(second.logGroups?.map((group) => group.logGroupName)).toEqual(['/paged/c']);
  expect(second.nextToken).toBeUndefined();
  const byPattern = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'PAGED/b' }));
  expect(byPattern.logGroups).toHaveLength(1);
});

test('CreateLogStream and DeleteLogStream', async () => {
  const logGroupName = await groupWith([]);
  const logStreamName = 'main';
  await expect(logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
  });
  await logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName }));
  await expect(logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  });
});

test('DescribeLogStreams orders by name or by the last event', async () => {
  const logGroupName = await groupWith(['1'], 'a');
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'b' }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'c' }));
  const now = Date.now();
  for (const [logStreamName, timestamp] of [
    ['c', now - 50_000],
    ['b', now - 60_000],
  ] as const) {
    const logEvents = [{ timestamp, message: 'x' }];
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
  const names = async (input: object) =>
    (await logs.send(new DescribeLogStreamsCommand({ logGroupName, ...input }))).logStreams?.map(
      (stream) => stream.logStreamName,
    );
  expect(await names({})).toEqual(['a', 'b', 'c']);
  expect(await names({ logStreamNamePrefix: 'b' })).toEqual(['b']);
  expect(await names({ orderBy: 'LastEventTime', descending: true })).toEqual(['a', 'c', 'b']);
  await expect(names({ orderBy: 'LastEventTime', logStreamNamePrefix: 'b' })).rejects.toMatchObject({
    message: 'Cannot order by LastEventTime with a logStreamNamePrefix.',
  });
  const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName, limit: 1 }));
  expect(logStreams?.[0]).toMatchObject({
    firstEventTimestamp: expect.any(Number),
    lastIngestionTime: expect.any(Number),
    arn: `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}:log-stream:a`,
  });
});

describe('PutLogEvents', () => {
  test('keeps what is in time and names what is too old or too new', async () => {
    const logGroupName = await groupWith([]);
    const now = Date.now();
    const send = (times: readonly number[]) =>
      logs.send(
        new PutLogEventsCommand({
          logGroupName,
          logStreamName: 'main',
          logEvents: times.map((timestamp) => ({ timestamp, message: `at ${timestamp}` })),
        }),
      );
    const old = await send([now - 15 * 86_400_000]);
    expect(old.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    const future = await send([now, now + 3 * 3_600_000]);
    expect(future.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
    const expired = await send([now - 86_400_000 - 60_000, now - 86_400_000 - 50_000, now - 3_600_000]);
    expect(expired.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 2 });
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    expect(events?.map((event) => event.timestamp)).toEqual([now - 3_600_000, now]);
  });

  test.each([
    ['out of order', [2, 1], 'Log events in a single PutLogEvents request must be in chronological order.'],
    [
      'over a day',
      [-86_500_000, 0],
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    ],
  ])('refuses a batch that is %s', async (_what, offsets, message) => {
    const logGroupName = await groupWith([]);
    const now = Date.now();
    const logEvents = offsets.map((offset) => ({ timestamp: now + offset, message: 'x' }));
    await expect(
      logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 'main', logEvents })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException', message });
  });

  test('refuses an event beyond 256 KiB', async () => {
    const logGroupName = await groupWith([]);
    await expect(put(logGroupName, ['x'.repeat(262_144)])).rejects.toMatchObject({
      message: 'Log event too large: 262170 bytes exceeds limit of 262144',
    });
  });
});

describe('GetLogEvents', () => {
  const get = (input: Omit<GetLogEventsCommandInput, 'logStreamName'>) =>
    logs.send(new GetLogEventsCommand({ logStreamName: 'main', ...input }));
  const text = (answer: { events?: { message?: string | undefined }[] | undefined }) =>
    answer.events?.map((event) => event.message).join('');

  test('goes forward from the head, and the token stays the same at the end', async () => {
    const logGroupName = await groupWith(['a', 'b', 'c', 'd', 'e']);
    const one = await get({ logGroupName, startFromHead: true, limit: 2 });
    expect(text(one)).toBe('ab');
    const two = await get({ logGroupName, nextToken: one.nextForwardToken, limit: 3 });
    expect(text(two)).toBe('cde');
    const three = await get({ logGroupName, nextToken: two.nextForwardToken });
    expect(text(three)).toBe('');
    expect(three.nextForwardToken).toBe(two.nextForwardToken);
    await put(logGroupName, ['f']);
    expect(text(await get({ logGroupName, nextToken: three.nextForwardToken }))).toBe('f');
  });

  test('goes backward from the tail, each page in the order of time', async () => {
    const logGroupName = await groupWith(['a', 'b', 'c', 'd', 'e']);
    const one = await get({ logGroupName, limit: 2 });
    expect(text(one)).toBe('de');
    const two = await get({ logGroupName, nextToken: one.nextBackwardToken, limit: 2 });
    expect(text(two)).toBe('bc');
    const three = await get({ logGroupName, nextToken: two.nextBackwardToken, limit: 2 });
    expect(text(three)).toBe('a');
    const four = await get({ logGroupName, nextToken: three.nextBackwardToken, limit: 2 });
    expect(text(four)).toBe('');
    expect(four.nextBackwardToken).toBe(three.nextBackwardToken);
    expect(text(await get({ logGroupName, nextToken: four.nextForwardToken }))).toBe('abcde');
  });

  test('takes a range whose end is not in it, and a group by its ARN', async () => {
    const logGroupName = await groupWith(['a', 'b', 'c']);
    const all = await get({ logGroupName, startFromHead: true });
    const [, second, third] = all.events ?? [];
    const logGroupIdentifier = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    const answer = await logs.send(
      new GetLogEventsCommand({
        logGroupIdentifier,
        logStreamName: 'main',
        startTime: second?.timestamp,
        endTime: third?.timestamp,
      }),
    );
    expect(text(answer)).toBe('b');
  });

  test('refuses a token that it never gave', async () => {
    const logGroupName = await groupWith(['a']);
    await expect(get({ logGroupName, nextToken: 'nonsense' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'The specified nextToken is invalid.',
    });
  });
});

describe('FilterLogEvents', () => {
  test('merges streams by time, filters, and gives ids that differ and keep that order', async () => {
    const logGroupName = await groupWith(['1 ERROR', '2 ok', '3 ERROR'], 'a');
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'b' }));
    await put(logGroupName, ['x ERROR', 'y ERROR'], 'b');
    const all = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    const times = all.events?.map((event) => event.timestamp ?? 0) ?? [];
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const ids = all.events?.map((event) => event.eventId ?? '') ?? [];
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids[0]).toMatch(/^\d{56}$/);
    const errors = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'ERROR' }));
    expect(errors.events?.map((event) => event.message)).toHaveLength(4);
    const some = await logs.send(
      new FilterLogEventsCommand({ logGroupName, logStreamNames: ['b'], filterPattern: '-x' }),
    );
    expect(some.events?.map((event) => event.message)).toEqual(['y ERROR']);
  });

  test('pages without losing or doubling an event, forwards and backwards', async () => {
    const messages = Array.from({ length: 25 }, (_, index) => `line ${index}`);
    const logGroupName = await groupWith(messages);
    for (const startFromHead of [true, false]) {
      const seen: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await logs.send(
          new FilterLogEventsCommand({ logGroupName, limit: 10, startFromHead, nextToken }),
        );
        seen.push(...(page.events ?? []).map((event) => event.message ?? ''));
        nextToken = page.nextToken;
      } while (nextToken);
      expect(seen).toEqual(startFromHead ? messages : [...messages].reverse());
    }
  });

  test('refuses a pattern that CloudWatch refuses', async () => {
    const logGroupName = await groupWith([]);
    await expect(
      logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: '{ $.a = ' })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: "If a filter pattern starts with '{' it must end with '}'",
    });
  });
});

describe('StartLiveTail', () => {
  const live = new CloudWatchLogsClient({ ...world.client, disableHostPrefix: true });

  test('sends what arrives and matches, within a second or two', async () => {
    const logGroupName = await groupWith(['before']);
    const { responseStream } = await live.send(
      new StartLiveTailCommand({
        logGroupIdentifiers: [`arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`],
        logEventFilterPattern: 'ERROR',
      }),
    );
    const messages: string[] = [];
    for await (const event of responseStream ?? []) {
      if (event.sessionStart) {
        expect(event.sessionStart.logGroupIdentifiers).toEqual([`000000000000:${logGroupName}`]);
        await put(logGroupName, ['ok', 'ERROR one', 'ERROR two']);
      }
      const results = event.sessionUpdate?.sessionResults ?? [];
      messages.push(...results.map((each) => each.message ?? ''));
      if (messages.length > 0) {
        expect(event.sessionUpdate?.sessionMetadata).toEqual({ sampled: false });
        expect(results[0]).toMatchObject({ logStreamName: 'main', ingestionTime: expect.any(Number) });
        break;
      }
    }
    expect(messages).toEqual(['ERROR one', 'ERROR two']);
  });

  test('refuses a group that is not there and a pattern that is none', async () => {
    await expect(
      live.send(new StartLiveTailCommand({ logGroupIdentifiers: ['/nowhere'] })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const logGroupName = await groupWith([]);
    await expect(
      live.send(
        new StartLiveTailCommand({ logGroupIdentifiers: [logGroupName], logEventFilterPattern: '""' }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: `Invalid filter pattern: Invalid character(s) in term '""'`,
    });
  });
});

test('PutRetentionPolicy and DeleteRetentionPolicy', async () => {
  const logGroupName = await groupWith([]);
  const retention = async () =>
    (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups?.[0]
      ?.retentionInDays;
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
  expect(await retention()).toBe(30);
  await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }));
  expect(await retention()).toBeUndefined();
  await expect(
    logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 31 })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('TagResource, UntagResource, ListTagsForResource, ListTagsLogGroup', async () => {
  const logGroupName = await groupWith([]);
  const resourceArn = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
  await logs.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '2' } }));
  await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
  expect((await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ b: '2' });
  expect((await logs.send(new ListTagsLogGroupCommand({ logGroupName }))).tags).toEqual({ b: '2' });
});

test('PutMetricFilter, DescribeMetricFilters, TestMetricFilter, DeleteMetricFilter', async () => {
  const logGroupName = await groupWith([]);
  const filterName = 'errors';
  const metricTransformations = [{ metricName: 'Errors', metricNamespace: 'Test', metricValue: '1' }];
  await logs.send(
    new PutMetricFilterCommand({ logGroupName, filterName, filterPattern: 'ERROR', metricTransformations }),
  );
  const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName }));
  expect(metricFilters).toEqual([
    {
      filterName,
      filterPattern: 'ERROR',
      metricTransformations,
      logGroupName,
      creationTime: expect.any(Number),
    },
  ]);
  const tested = await logs.send(
    new TestMetricFilterCommand({ filterPattern: 'ERROR', logEventMessages: ['ok', 'an ERROR'] }),
  );
  expect(tested.matches).toMatchObject([{ eventNumber: 2, eventMessage: 'an ERROR' }]);
  await logs.send(new DeleteMetricFilterCommand({ logGroupName, filterName }));
  expect((await logs.send(new DescribeMetricFiltersCommand({ logGroupName }))).metricFilters).toEqual([]);
});

test('what is not emulated is refused by operation and by field', async () => {
  await expect(
    logs.send(new StartQueryCommand({ startTime: 0, endTime: 1, queryString: 'fields @message' })),
  ).rejects.toThrow(/does not support logs:StartQuery/);
  await expect(
    logs.send(new CreateLogGroupCommand({ logGroupName: '/x', deletionProtectionEnabled: true })),
  ).rejects.toThrow('CreateLogGroup: deletionProtectionEnabled is not supported here.');
});

test('a role may do in a log group what its policy allows, by the ARN that CDK grants on, and nothing beside', async () => {
  const logGroupName = await groupWith(['x']);
  const other = await groupWith([]);
  const group = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
  const mine = new CloudWatchLogsClient(
    await sessionOf(world, 'writer', [
      {
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:FilterLogEvents'],
        Resource: `${group}:*`,
      },
      { Action: 'logs:GetLogEvents', Resource: `${group}:log-stream:main` },
    ]),
  );
  const logEvents = [{ timestamp: Date.now(), message: 'y' }];
  await mine.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'own' }));
  await mine.send(new PutLogEventsCommand({ logGroupName, logStreamName: 'own', logEvents }));
  await mine.send(new FilterLogEventsCommand({ logGroupName }));
  await mine.send(new GetLogEventsCommand({ logGroupName, logStreamName: 'main' }));
  await expect(
    mine.send(new GetLogEventsCommand({ logGroupName, logStreamName: 'own' })),
  ).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(
      `is not authorized to perform: logs:GetLogEvents on resource: ${group}:log-stream:own`,
    ),
  });
  await expect(
    mine.send(new CreateLogStreamCommand({ logGroupName: other, logStreamName: 'own' })),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
