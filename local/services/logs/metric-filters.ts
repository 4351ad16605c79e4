/** Metric filters: their operations, and the metrics that they make of arriving events. */
import type {
  DeleteMetricFilterCommandInput,
  DescribeMetricFiltersCommandInput,
  PutMetricFilterCommandInput,
  TestMetricFilterCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation, page } from '../../operation.ts';
import type { Datum } from '../../ports.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import { parseSelector } from './filter/json.ts';
import { type Match, type Pattern, parsePattern } from './filter/pattern.ts';
import type { Arrival, Groups } from './groups.ts';
import { refusedToken } from './log-groups.ts';
import {
  constraint,
  type Group,
  type MetricFilter,
  type MetricTransformation,
  streamResource,
} from './model.ts';

const MOST_FILTERS = 100;
const MOST_DIMENSIONS = 3;
const MINUTE_MS = 60_000;

export function metricFilterOperations(world: World, groups: Groups): Record<string, Operation> {
  const on = (action: string) => (input: { logGroupName?: string | undefined }) => [
    { action: `logs:${action}`, resource: streamResource(world, input.logGroupName ?? '') },
  ];
  return {
    PutMetricFilter: operation<PutMetricFilterCommandInput, object>(
      'PutMetricFilter',
      ['logGroupName', 'filterName', 'filterPattern', 'metricTransformations'],
      {
        permissions: on('PutMetricFilter'),
        run(input) {
          putMetricFilter(world, groups, groups.get(input.logGroupName ?? ''), {
            filterName: input.filterName ?? '',
            filterPattern: input.filterPattern ?? '',
            metricTransformations: (input.metricTransformations ?? []) as MetricTransformation[],
          });
          return {};
        },
      },
    ),

    DeleteMetricFilter: operation<DeleteMetricFilterCommandInput, object>(
      'DeleteMetricFilter',
      ['logGroupName', 'filterName'],
      {
        permissions: on('DeleteMetricFilter'),
        run(input) {
          const group = groups.get(input.logGroupName ?? '');
          const kept = group.filters.filter((filter) => filter.filterName !== input.filterName);
          if (kept.length === group.filters.length) {
            throw new AwsError('ResourceNotFoundException', 'The specified metric filter does not exist.');
          }
          group.filters = kept;
          groups.save(group);
          return {};
        },
      },
    ),

    DescribeMetricFilters: operation<DescribeMetricFiltersCommandInput, object>(
      'DescribeMetricFilters',
      ['logGroupName', 'filterNamePrefix', 'metricName', 'metricNamespace', 'nextToken', 'limit'],
      {
        permissions: on('DescribeMetricFilters'),
        run(input) {
          const limit = input.limit ?? 50;
          if (limit < 1 || limit > 50) throw constraint(limit, 'limit', 'have value between 1 and 50');
          const { logGroupName } = input;
          const within = logGroupName === undefined ? groups.all() : [groups.get(logGroupName)];
          const found = within
            .flatMap((group) => group.filters.map((filter) => ({ ...filter, logGroupName: group.name })))
            .filter((filter) => filter.filterName.startsWith(input.filterNamePrefix ?? ''))
            .filter((filter) =>
              filter.metricTransformations.some(
                (made) =>
                  (input.metricName === undefined || made.metricName === input.metricName) &&
                  (input.metricNamespace === undefined || made.metricNamespace === input.metricNamespace),
              ),
            );
          const { items, nextToken } = page(found, input.nextToken, limit, refusedToken);
          return { metricFilters: items, nextToken };
        },
      },
    ),

    TestMetricFilter: operation<TestMetricFilterCommandInput, object>(
      'TestMetricFilter',
      ['filterPattern', 'logEventMessages'],
      {
        permissions: () => [{ action: 'logs:TestMetricFilter', resource: '*' }],
        run(input) {
          const pattern = parsePattern(input.filterPattern ?? '');
          const matches = (input.logEventMessages ?? []).flatMap((eventMessage, index) =>
            pattern.match(eventMessage)
              ? [{ eventNumber: index + 1, eventMessage, extractedValues: {} }]
              : [],
          );
          return { matches };
        },
      },
    ),
  };
}

/** Checks a filter as CloudWatch Logs does, and makes or replaces it. */
export function putMetricFilter(
  world: World,
  groups: Groups,
  group: Group,
  given: Omit<MetricFilter, 'creationTime'>,
): void {
  const pattern = parsePattern(given.filterPattern);
  if (given.metricTransformations.length !== 1) {
    throw constraint(given.metricTransformations.length, 'metricTransformations', 'have length equal to 1');
  }
  for (const made of given.metricTransformations) checkTransformation(made, pattern, given.filterPattern);
  const others = group.filters.filter((filter) => filter.filterName !== given.filterName);
  if (others.length >= MOST_FILTERS) throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
  group.filters = [...others, { ...given, creationTime: world.clock.now() }].sort((a, b) =>
    a.filterName < b.filterName ? -1 : 1,
  );
  groups.save(group);
}

function checkTransformation(made: MetricTransformation, pattern: Pattern, text: string): void {
  const dimensions = Object.values(made.dimensions ?? {});
  if (dimensions.length > 0 && !pattern.namesParts)
    throw refused('The specified filter pattern does not support dimensions');
  if (dimensions.length > MOST_DIMENSIONS) throw refused('A metric filter may have at most 3 dimensions');
  if (dimensions.length > 0 && made.defaultValue !== undefined) {
    throw refused(
      'Invalid metric transformation: dimensions and default value are mutually exclusive properties.',
    );
  }
  for (const selector of [made.metricValue, ...dimensions]) {
    if (!selector.startsWith('$')) continue;
    if (!pattern.namesParts) throw refused('Invalid metric transformation: the filter pattern has no fields');
    if (text.trim().startsWith('{')) parseSelector(selector);
  }
  if (!made.metricValue.startsWith('$') && !Number.isFinite(Number(made.metricValue))) {
    throw refused(
      `Invalid metric transformation: metricValue "${made.metricValue}" is neither a number nor a field`,
    );
  }
}

function refused(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** Turns arriving events into data points of the group's filters. */
export class FilterMetrics {
  private readonly parsed = new WeakMap<MetricFilter, Pattern>();
  /** The minute of the last default value of each filter: one a minute is reported, and none where there was a match. */
  private readonly defaulted = new WeakMap<MetricFilter, number>();

  data({ group, events }: Pick<Arrival, 'group' | 'events'>): Datum[] {
    return group.filters.flatMap((filter) => {
      const pattern = this.pattern(filter);
      return filter.metricTransformations.flatMap((made) =>
        events.flatMap(({ timestamp, message }) => {
          const match = pattern.match(message);
          if (match) {
            this.defaulted.set(filter, Math.floor(timestamp / MINUTE_MS));
            return datum(made, match, timestamp);
          }
          return this.byDefault(filter, made, timestamp);
        }),
      );
    });
  }

  private byDefault(filter: MetricFilter, made: MetricTransformation, timestamp: number): Datum[] {
    const minute = Math.floor(timestamp / MINUTE_MS);
    if (made.defaultValue === undefined || this.defaulted.get(filter) === minute) return [];
    this.defaulted.set(filter, minute);
    return [
      {
        namespace: made.metricNamespace,
        name: made.metricName,
        dimensions: {},
        value: made.defaultValue,
        unit: made.unit ?? 'None',
        at: timestamp,
      },
    ];
  }

  private pattern(filter: MetricFilter): Pattern {
    let pattern = this.parsed.get(filter);
    if (!pattern) {
      pattern = parsePattern(filter.filterPattern);
      this.parsed.set(filter, pattern);
    }
    return pattern;
  }
}

/** No data point where the event lacks the number or one of the dimensions. */
function datum(made: MetricTransformation, match: Match, at: number): Datum[] {
  const value = made.metricValue.startsWith('$') ? match.value(made.metricValue) : made.metricValue;
  if (value === undefined || value === '' || !Number.isFinite(Number(value))) return [];
  const dimensions: Record<string, string> = {};
  for (const [name, selector] of Object.entries(made.dimensions ?? {})) {
    const found = match.value(selector);
    if (found === undefined) return [];
    dimensions[name] = String(found);
  }
  return [
    {
      namespace: made.metricNamespace,
      name: made.metricName,
      dimensions,
      value: Number(value),
      unit: made.unit ?? 'None',
      at,
    },
  ];
}
