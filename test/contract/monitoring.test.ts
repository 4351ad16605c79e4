/** One file holds the contract of the whole service: metrics, metric math, alarms and dashboards. */
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListDashboardsCommand,
  ListMetricsCommand,
  type MetricDataQuery,
  PutCompositeAlarmCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { sessionOf } from '../local/events/role.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'monitoring', 'events', 'sns'] });
const cloudwatch = new CloudWatchClient(world.client);

/** The start of a minute some minutes ago, so that every period below is over. */
const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 10 * 60_000);
const later = (seconds: number) => new Date(minute.getTime() + seconds * 1000);
let made = 0;

async function metricWith(values: readonly (readonly [second: number, value: number])[]): Promise<string> {
  const MetricName = `Metric${++made}`;
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'Contract',
      MetricData: values.map(([second, Value]) => ({
        MetricName,
        Value,
        Unit: 'Milliseconds',
        Timestamp: later(second),
        Dimensions: [{ Name: 'Service', Value: 'backend' }],
      })),
    }),
  );
  return MetricName;
}

const query = (Id: string, MetricName: string, Stat: string, Period = 60): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: { Namespace: 'Contract', MetricName, Dimensions: [{ Name: 'Service', Value: 'backend' }] },
    Period,
    Stat,
  },
});

/** The values of the named query, oldest first, as `second: value`. */
async function ask(id: string, queries: MetricDataQuery[], seconds = 600) {
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: minute,
      EndTime: later(seconds),
      ScanBy: 'TimestampAscending',
    }),
  );
  const result = MetricDataResults?.find((each) => each.Id === id);
  return Object.fromEntries(
    (result?.Timestamps ?? []).map((at, index) => [
      (at.getTime() - minute.getTime()) / 1000,
      result?.Values?.[index],
    ]),
  );
}

describe('PutMetricData', () => {
  test('takes values with counts and statistic sets', async () => {
    const MetricName = `Metric${++made}`;
    const Dimensions = [{ Name: 'Service', Value: 'backend' }];
    await cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: 'Contract',
        MetricData: [
          { MetricName, Dimensions, Timestamp: minute, Values: [1, 10], Counts: [3, 1] },
          {
            MetricName,
            Dimensions,
            Timestamp: later(60),
            StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 2, Maximum: 8 },
          },
        ],
      }),
    );
    expect(await ask('a', [query('a', MetricName, 'Average')])).toEqual({ 0: 3.25, 60: 5 });
    expect(await ask('a', [query('a', MetricName, 'SampleCount')])).toEqual({ 0: 4, 60: 4 });
    expect(await ask('a', [query('a', MetricName, 'p75')])).toEqual({ 0: 1 });
  });

  test.each([
    [
      'a namespace of AWS',
      { Namespace: 'AWS/ECS', MetricData: [{ MetricName: 'x', Value: 1 }] },
      'InvalidParameterValueException',
    ],
    ['no value', { Namespace: 'A', MetricData: [{ MetricName: 'x' }] }, 'MissingRequiredParameterException'],
    [
      'a time too long ago',
      { Namespace: 'A', MetricData: [{ MetricName: 'x', Value: 1, Timestamp: new Date(0) }] },
      'InvalidParameterValueException',
    ],
    [
      'a value and values',
      { Namespace: 'A', MetricData: [{ MetricName: 'x', Value: 1, Values: [1] }] },
      'InvalidParameterCombinationException',
    ],
  ])('refuses %s', async (_what, input, name) => {
    await expect(cloudwatch.send(new PutMetricDataCommand(input))).rejects.toMatchObject({ name });
  });
});

describe('GetMetricData', () => {
  test('gives every statistic, percentiles too, by the period', async () => {
    const name = await metricWith(Array.from({ length: 100 }, (_, index) => [index, index + 1] as const));
    expect(await ask('a', [query('a', name, 'Sum')])).toEqual({ 0: 1830, 60: 3220 });
    expect(await ask('a', [query('a', name, 'Minimum', 300)])).toEqual({ 0: 1 });
    expect(await ask('a', [query('a', name, 'Maximum', 300)])).toEqual({ 0: 100 });
    expect(await ask('a', [query('a', name, 'p50', 300)])).toEqual({ 0: 50 });
    expect(await ask('a', [query('a', name, 'p95', 300)])).toEqual({ 0: 95 });
    expect(await ask('a', [query('a', name, 'p99', 300)])).toEqual({ 0: 99 });
    expect(await ask('a', [query('a', name, 'tm90', 300)])).toEqual({ 0: 45.5 });
    expect(await ask('a', [query('a', name, 'Sum', 10)], 20)).toEqual({ 0: 55, 10: 155 });
    expect(await ask('a', [query('a', name, 'Sum', 1)], 2)).toEqual({ 0: 1, 1: 2 });
  });

  test('computes expressions', async () => {
    const errors = await metricWith([
      [0, 2],
      [120, 5],
    ]);
    const requests = await metricWith([
      [0, 10],
      [60, 20],
      [120, 50],
    ]);
    const both = [query('e', errors, 'Sum'), query('r', requests, 'Sum')];
    const math = (Expression: string) => ask('x', [...both, { Id: 'x', Expression }], 180);
    expect(await math('100 * e / r')).toEqual({ 0: 20, 60: 0, 120: 10 });
    expect(await math('FILL(e, 0) + 1')).toEqual({ 0: 3, 60: 1, 120: 6 });
    expect(await math('FILL(e, REPEAT)')).toEqual({ 0: 2, 60: 2, 120: 5 });
    expect(await math('FILL(e, LINEAR)')).toEqual({ 0: 2, 60: 3.5, 120: 5 });
    expect(await math('SUM(METRICS())')).toEqual({ 0: 12, 60: 20, 120: 55 });
    expect(await math('SUM([e, r])/2')).toEqual({ 0: 6, 60: 10, 120: 27.5 });
    expect(await math('r / PERIOD(r)')).toEqual({ 0: 10 / 60, 60: 20 / 60, 120: 50 / 60 });
    expect(await math('RATE(r)')).toEqual({ 60: 10 / 60, 120: 0.5 });
    expect(await math('DIFF(r)')).toEqual({ 60: 10, 120: 30 });
    expect(await math('RUNNING_SUM(r)')).toEqual({ 0: 10, 60: 30, 120: 80 });
    expect(await math('IF(r > 15, r, 0)')).toEqual({ 0: 0, 60: 20, 120: 50 });
    expect(await math('IF(r > 15 AND r < 40, 1)')).toEqual({ 60: 1 });
    expect(await math('r - AVG(r)')).toEqual({ 0: 10 - 80 / 3, 60: 20 - 80 / 3, 120: 50 - 80 / 3 });
    expect(await math('MAX([e, r])')).toEqual({ 0: 10, 60: 20, 120: 50 });
    expect(await math('-e ^ 2')).toEqual({ 0: 4, 120: 25 });
    expect(await math('FIRST(SORT(METRICS(), MAX, DESC))')).toEqual({ 0: 10, 60: 20, 120: 50 });
    expect(await math('TIME_SERIES(MAX(r))')).toEqual({ 0: 50, 60: 50, 120: 50 });
  });

  test('refuses what it cannot compute, and expressions that are none', async () => {
    const name = await metricWith([[0, 1]]);
    const x = (Expression: string) => ask('x', [query('m', name, 'Sum'), { Id: 'x', Expression }]);
    await expect(x('m +')).rejects.toThrow("Error in expression 'x': Unexpected end of the expression");
    await expect(x('NOPE(m)')).rejects.toThrow("Error in expression 'x': Unknown function NOPE");
    await expect(x('other')).rejects.toThrow("Error in expression 'x': Undefined variable other");
    await expect(x('AVG(m)')).rejects.toThrow(/the result is a scalar/);
    await expect(x("SEARCH('x', 'Sum')")).rejects.toMatchObject({ name: 'LockstepLocalUnsupported' });
    await expect(ask('a', [query('a', name, 'Sum', 45)])).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  test('pages when more points are asked for than one answer may hold', async () => {
    const name = await metricWith([
      [0, 1],
      [60, 2],
      [120, 3],
    ]);
    const values: number[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await cloudwatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: [query('a', name, 'Sum')],
          StartTime: minute,
          EndTime: later(600),
          ScanBy: 'TimestampAscending',
          MaxDatapoints: 2,
          NextToken,
        }),
      );
      values.push(...(answer.MetricDataResults?.[0]?.Values ?? []));
      NextToken = answer.NextToken;
    } while (NextToken);
    expect(values).toEqual([1, 2, 3]);
  });
});

test('GetMetricStatistics', async () => {
  const MetricName = await metricWith([
    [0, 1],
    [1, 3],
    [60, 5],
  ]);
  const input = {
    Namespace: 'Contract',
    MetricName,
    Dimensions: [{ Name: 'Service', Value: 'backend' }],
    StartTime: minute,
    EndTime: later(120),
    Period: 60,
  };
  const { Datapoints, Label } = await cloudwatch.send(
    new GetMetricStatisticsCommand({ ...input, Statistics: ['Average', 'Sum'], ExtendedStatistics: ['p50'] }),
  );
  expect(Label).toBe(MetricName);
  expect(Datapoints).toEqual([
    { Timestamp: minute, Unit: 'Milliseconds', Average: 2, Sum: 4, ExtendedStatistics: { p50: 1 } },
    { Timestamp: later(60), Unit: 'Milliseconds', Average: 5, Sum: 5, ExtendedStatistics: { p50: 5 } },
  ]);
  await expect(
    cloudwatch.send(
      new GetMetricStatisticsCommand({ ...input, StartTime: new Date(0), Statistics: ['Sum'] }),
    ),
  ).rejects.toMatchObject({
    name: 'InvalidParameterCombinationException',
    message: expect.stringContaining('which exceeds the limit of 1,440'),
  });
});

test('ListMetrics filters by namespace, name and dimension', async () => {
  const MetricName = await metricWith([[0, 1]]);
  const list = async (input: object) => (await cloudwatch.send(new ListMetricsCommand(input))).Metrics ?? [];
  const metric = { Namespace: 'Contract', MetricName, Dimensions: [{ Name: 'Service', Value: 'backend' }] };
  expect(await list({ Namespace: 'Contract', MetricName })).toEqual([metric]);
  expect(await list({ MetricName, Dimensions: [{ Name: 'Service' }] })).toEqual([metric]);
  expect(await list({ MetricName, Dimensions: [{ Name: 'Service', Value: 'other' }] })).toEqual([]);
  expect(await list({ Namespace: 'Other' })).toEqual([]);
});

describe('alarms', () => {
  const alarm = (AlarmName: string, rest: Partial<PutMetricAlarmCommandInput> = {}) =>
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: 'Contract',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      ...rest,
    });
  const describe_ = async (...AlarmNames: string[]) =>
    (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }))).MetricAlarms ?? [];

  test('PutMetricAlarm, DescribeAlarms, DescribeAlarmsForMetric, DeleteAlarms', async () => {
    await cloudwatch.send(alarm('one', { AlarmDescription: 'too many', TreatMissingData: 'notBreaching' }));
    await cloudwatch.send(
      alarm('two', { MetricName: 'Other', Statistic: undefined, ExtendedStatistic: 'p95' }),
    );
    expect(await describe_('one')).toMatchObject([
      {
        AlarmName: 'one',
        AlarmArn: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:one',
        AlarmDescription: 'too many',
        ActionsEnabled: true,
        StateValue: 'INSUFFICIENT_DATA',
        StateReason: 'Unchecked: Initial alarm creation',
        MetricName: 'Errors',
        Statistic: 'Sum',
        Threshold: 1,
        DatapointsToAlarm: 1,
        TreatMissingData: 'notBreaching',
      },
    ]);
    expect(await describe_('two')).toMatchObject([{ ExtendedStatistic: 'p95' }]);
    const forMetric = await cloudwatch.send(
      new DescribeAlarmsForMetricCommand({ Namespace: 'Contract', MetricName: 'Errors' }),
    );
    expect(forMetric.MetricAlarms?.map((each) => each.AlarmName)).toEqual(['one']);
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['one', 'two'] }));
    expect(await describe_('one', 'two')).toEqual([]);
    await expect(cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['one'] }))).rejects.toMatchObject({
      name: 'ResourceNotFound',
    });
  });

  test('SetAlarmState changes the state and writes history; DescribeAlarmHistory reads it', async () => {
    await cloudwatch.send(alarm('set'));
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: 'set', StateValue: 'ALARM', StateReason: 'testing' }),
    );
    expect(await describe_('set')).toMatchObject([{ StateValue: 'ALARM', StateReason: 'testing' }]);
    const byState = await cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    expect(byState.MetricAlarms?.map((each) => each.AlarmName)).toContain('set');
    const { AlarmHistoryItems } = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName: 'set', ScanBy: 'TimestampAscending' }),
    );
    expect(AlarmHistoryItems?.map((item) => [item.HistoryItemType, item.HistorySummary])).toEqual([
      ['ConfigurationUpdate', 'Alarm "set" created'],
      ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
    ]);
    await expect(
      cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'none', StateValue: 'OK', StateReason: '' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFound' });
  });

  test('EnableAlarmActions and DisableAlarmActions', async () => {
    await cloudwatch.send(alarm('silent'));
    await cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames: ['silent'] }));
    expect(await describe_('silent')).toMatchObject([{ ActionsEnabled: false }]);
    await cloudwatch.send(new EnableAlarmActionsCommand({ AlarmNames: ['silent'] }));
    expect(await describe_('silent')).toMatchObject([{ ActionsEnabled: true }]);
  });

  test('PutCompositeAlarm follows its alarms', async () => {
    await cloudwatch.send(alarm('left'));
    await cloudwatch.send(alarm('right'));
    await cloudwatch.send(
      new PutCompositeAlarmCommand({ AlarmName: 'both', AlarmRule: 'ALARM("left") AND NOT OK(right)' }),
    );
    const state = async () =>
      (
        await cloudwatch.send(
          new DescribeAlarmsCommand({ AlarmNames: ['both'], AlarmTypes: ['CompositeAlarm'] }),
        )
      ).CompositeAlarms?.[0]?.StateValue;
    expect(await state()).toBe('OK');
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: 'left', StateValue: 'ALARM', StateReason: '' }),
    );
    expect(await state()).toBe('ALARM');
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: 'right', StateValue: 'OK', StateReason: '' }),
    );
    expect(await state()).toBe('OK');
    await expect(
      cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: 'bad', AlarmRule: 'ALARM(left) AND' })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('what cannot be acted on or compared is refused', async () => {
    await expect(
      cloudwatch.send(alarm('x', { AlarmActions: ['arn:aws:swf:us-east-1:1:action/x'] })),
    ).rejects.toMatchObject({ name: 'LockstepLocalUnsupported' });
    await expect(
      cloudwatch.send(alarm('x', { ComparisonOperator: 'LessThanLowerThreshold' })),
    ).rejects.toMatchObject({ name: 'LockstepLocalUnsupported' });
    await expect(cloudwatch.send(alarm('x', { Period: 45 }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

test('PutDashboard, GetDashboard, ListDashboards, DeleteDashboards', async () => {
  const DashboardName = 'backend';
  const DashboardBody = '{"widgets":[]}';
  await cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody }));
  expect(await cloudwatch.send(new GetDashboardCommand({ DashboardName }))).toMatchObject({
    DashboardArn: 'arn:aws:cloudwatch::000000000000:dashboard/backend',
    DashboardBody,
  });
  const { DashboardEntries } = await cloudwatch.send(new ListDashboardsCommand({}));
  expect(DashboardEntries).toMatchObject([{ DashboardName, Size: 14 }]);
  await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [DashboardName] }));
  await expect(cloudwatch.send(new GetDashboardCommand({ DashboardName }))).rejects.toMatchObject({
    name: 'ResourceNotFound',
  });
  await expect(
    cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody: 'no' })),
  ).rejects.toMatchObject({ name: 'DashboardInvalidInputError' });
});

test('a role may put metrics into the namespace that its policy names', async () => {
  const mine = new CloudWatchClient(
    await sessionOf(world, 'publisher', [
      {
        Action: 'cloudwatch:PutMetricData',
        Resource: '*',
        Condition: { StringEquals: { 'cloudwatch:namespace': 'Lockstep' } },
      },
    ]),
  );
  const MetricData = [{ MetricName: 'm', Value: 1 }];
  await mine.send(new PutMetricDataCommand({ Namespace: 'Lockstep', MetricData }));
  await expect(mine.send(new PutMetricDataCommand({ Namespace: 'Other', MetricData }))).rejects.toThrow(
    /is not authorized to perform: cloudwatch:PutMetricData/,
  );
  await expect(mine.send(new DescribeAlarmsCommand({}))).rejects.toThrow(
    /cloudwatch:DescribeAlarms on resource: arn:aws:cloudwatch:us-east-1:000000000000:alarm:\*/,
  );
});
