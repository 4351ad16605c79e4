import { VirtualClock } from '../../../local/clock.ts';
import type { Datum } from '../../../local/ports.ts';
import { create } from '../../../local/services/logs/service.ts';
import { bareWorld } from '../events/bare-world.ts';

const START = Date.UTC(2026, 10, 24, 9, 0, 0);

function open() {
  const data: Datum[] = [];
  const world = bareWorld(
    { metrics: { put: (added) => void data.push(...added), statistics: () => undefined, inAlarm: () => [] } },
    new VirtualClock(START),
  );
  const { service, ports } = create(world);
  const provision = (type: string, properties: Record<string, unknown>) =>
    service.provisioners?.[`AWS::Logs::${type}`]?.provision(properties, { stack: 'test', logicalId: 'X' });
  const filter = (FilterPattern: string, transformation: Record<string, unknown>) => {
    provision('LogGroup', { LogGroupName: '/g', RetentionInDays: 30 });
    provision('MetricFilter', {
      LogGroupName: '/g',
      FilterPattern,
      MetricTransformations: [{ MetricName: 'M', MetricNamespace: 'N', MetricValue: '1', ...transformation }],
    });
  };
  const write = (...messages: string[]) =>
    ports.logs.append(
      '/g',
      's',
      messages.map((message, index) => ({ timestamp: START + index, message })),
    );
  return { data, service, provision, filter, write };
}

describe('embedded metric format', () => {
  const event = (over: object = {}) =>
    JSON.stringify({
      _aws: {
        Timestamp: START,
        CloudWatchMetrics: [
          {
            Namespace: 'Example/Backend',
            Dimensions: [['Service'], ['Service', 'Operation'], []],
            Metrics: [
              { Name: 'DocumentCreated', Unit: 'Count' },
              { Name: 'Latency', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      Service: 'backend',
      Operation: 'create',
      DocumentCreated: 1,
      Latency: [10, 20],
      requestId: 'r',
      ...over,
    });

  test('an event becomes every metric of it, for every set of dimensions, every value of an array', () => {
    const { data, write } = open();
    write(event());
    expect(data).toHaveLength(9);
    expect(data[0]).toEqual({
      namespace: 'Example/Backend',
      name: 'DocumentCreated',
      dimensions: { Service: 'backend' },
      value: 1,
      unit: 'Count',
      at: START,
    });
    expect(data.filter(({ name }) => name === 'Latency').map(({ value }) => value)).toEqual([
      10, 20, 10, 20, 10, 20,
    ]);
    expect(data.at(-1)?.dimensions).toEqual({});
  });

  test.each([
    ['a dimension that is not there', { Operation: undefined }, 6],
    ['a value that is no number', { DocumentCreated: 'many' }, 6],
    [
      'no timestamp',
      { _aws: { CloudWatchMetrics: [{ Namespace: 'N', Metrics: [{ Name: 'Latency' }] }] } },
      0,
    ],
  ])('%s makes no data point of it', (_what, over, count) => {
    const { data, write } = open();
    write(event(over));
    expect(data).toHaveLength(count);
  });

  test('other lines are left alone', () => {
    const { data, write } = open();
    write('plain', '{"CloudWatchMetrics": broken', '{"text":"CloudWatchMetrics"}');
    expect(data).toEqual([]);
  });
});

describe('a metric filter', () => {
  test('counts what matches', () => {
    const { data, filter, write } = open();
    filter('{ $.fault = "bug" || $.errorType = "Runtime.*" }', {});
    write('{"fault":"bug"}', '{"fault":"user"}', '{"errorType":"Runtime.ExitError"}');
    expect(data.map(({ value, at }) => [value, at])).toEqual([
      [1, START],
      [1, START + 2],
    ]);
  });

  test('takes values and dimensions from the event', () => {
    const { data, filter, write } = open();
    filter('{ $.ms > 0 }', {
      MetricValue: '$.ms',
      Unit: 'Milliseconds',
      Dimensions: [{ Key: 'Path', Value: '$.path' }],
    });
    write('{"ms":12.5,"path":"/a"}', '{"ms":3}', '{"ms":"7","path":"/b"}');
    expect(data).toEqual([
      { namespace: 'N', name: 'M', dimensions: { Path: '/a' }, value: 12.5, unit: 'Milliseconds', at: START },
      {
        namespace: 'N',
        name: 'M',
        dimensions: { Path: '/b' },
        value: 7,
        unit: 'Milliseconds',
        at: START + 2,
      },
    ]);
  });

  test('takes values from space-delimited events', () => {
    const { data, filter, write } = open();
    filter('[ip, status = 5*, bytes]', { MetricValue: '$bytes' });
    write('127.0.0.1 500 1534', '127.0.0.1 200 10');
    expect(data.map(({ value }) => value)).toEqual([1534]);
  });

  test('gives its default value once a minute in which nothing matches', () => {
    const { data, filter, write } = open();
    filter('ERROR', { DefaultValue: 0 });
    write('fine', 'fine', 'fine');
    expect(data.map(({ value }) => value)).toEqual([0]);
    write('ERROR');
    expect(data.map(({ value }) => value)).toEqual([0, 1]);
  });

  test.each([
    [
      'dimensions of a pattern of terms',
      'ERROR',
      { Dimensions: [{ Key: 'a', Value: '$.a' }] },
      'The specified filter pattern does not support dimensions',
    ],
    [
      'dimensions and a default',
      '{ $.a = 1 }',
      { Dimensions: [{ Key: 'a', Value: '$.a' }], DefaultValue: 0 },
      'Invalid metric transformation: dimensions and default value are mutually exclusive properties.',
    ],
    ['a value that is no number', 'ERROR', { MetricValue: 'many' }, /neither a number nor a field/],
  ])('%s is refused', (_what, pattern, transformation, message) => {
    const { filter } = open();
    expect(() => filter(pattern, transformation)).toThrow(message);
  });
});

test('a subscription filter is refused by name', () => {
  const { provision } = open();
  expect(() => provision('SubscriptionFilter', {})).toThrow(
    'AWS::Logs::SubscriptionFilter: the resource is not supported here.',
  );
});
