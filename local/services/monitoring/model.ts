/** Names, errors and small conversions that the operations of CloudWatch share. */
import type { Dimension, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { AwsError, unsupported, type World } from '../../service.ts';
import type { MetricQuery } from './math/evaluate.ts';

export function alarmArn(world: World, name: string): string {
  return `arn:aws:cloudwatch:${world.region}:${world.account}:alarm:${name}`;
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

export function invalidToken(): AwsError {
  return new AwsError('InvalidNextToken', 'Invalid nextToken');
}

export function dimensionsOf(list: readonly Dimension[] | undefined): Record<string, string> {
  return Object.fromEntries((list ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']));
}

export function dimensionList(dimensions: Readonly<Record<string, string>>): Dimension[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

export function isPeriod(seconds: number): boolean {
  return [1, 5, 10, 20, 30].includes(seconds) || (seconds >= 60 && seconds % 60 === 0);
}

const MOST_QUERIES = 500;

/** The queries of GetMetricData and of alarms, in the form that metric math works on. */
export function metricQueries(operation: string, queries: readonly MetricDataQuery[]): MetricQuery[] {
  if (queries.length > MOST_QUERIES) {
    throw validation(`The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`);
  }
  const seen = new Set<string>();
  return queries.map((query) => {
    const id = query.Id ?? '';
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(id)) {
      throw validation(
        `The value ${id} for parameter MetricDataQueries.member.Id must match ^[a-z][a-zA-Z0-9_]*$.`,
      );
    }
    if (seen.has(id)) throw validation('The values for parameter id in MetricDataQueries are not unique.');
    seen.add(id);
    if (query.AccountId !== undefined) throw unsupported(operation, 'AccountId');
    if (query.Label?.includes('${')) throw unsupported(operation, 'a dynamic Label');
    return metricQuery(operation, id, query);
  });
}

function metricQuery(operation: string, id: string, query: MetricDataQuery): MetricQuery {
  const { MetricStat: stat, Expression: expression } = query;
  if ((stat === undefined) === (expression === undefined)) {
    throw validation(`Exactly one of the parameters MetricStat and Expression must be specified for ${id}.`);
  }
  const base = {
    id,
    ...(query.Label === undefined ? {} : { label: query.Label }),
    ...(query.Period === undefined ? {} : { period: query.Period }),
    returnData: query.ReturnData ?? true,
  };
  if (!stat) {
    if (/^\s*SELECT\s/i.test(expression ?? '')) throw unsupported(operation, 'a Metrics Insights query');
    return { ...base, expression: expression ?? '' };
  }
  const period = stat.Period ?? query.Period ?? 0;
  if (!isPeriod(period)) {
    throw validation(
      'The parameter MetricDataQueries.member.MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60.',
    );
  }
  return {
    ...base,
    metric: {
      namespace: stat.Metric?.Namespace ?? '',
      name: stat.Metric?.MetricName ?? '',
      dimensions: dimensionsOf(stat.Metric?.Dimensions),
      period,
      stat: stat.Stat ?? '',
      ...(stat.Unit === undefined ? {} : { unit: stat.Unit }),
    },
  };
}
