/** PutMetricData: values with counts, and statistic sets. */
import { type MetricDatum, type PutMetricDataCommandInput, StandardUnit } from '@aws-sdk/client-cloudwatch';
import { operation } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import type { Measurement, MetricStore } from './metrics/store.ts';
import { dimensionsOf, invalidValue } from './model.ts';

const MOST_DATA = 1000;
const MOST_VALUES = 150;
const MOST_DIMENSIONS = 30;
const OLDEST_MS = 14 * 86_400_000;
const NEWEST_MS = 2 * 3_600_000;
/** CloudWatch refuses numbers that are too large or too small for it; 0 is neither. */
const LARGEST = 2 ** 360;

export function putMetricDataOperation(
  world: World,
  metrics: MetricStore,
): Operation<PutMetricDataCommandInput> {
  return operation<PutMetricDataCommandInput, object>(
    'PutMetricData',
    ['Namespace', 'MetricData', 'StrictEntityValidation'],
    {
      permissions: (input) => [
        {
          action: 'cloudwatch:PutMetricData',
          resource: '*',
          context: { 'cloudwatch:namespace': input.Namespace ?? '' },
        },
      ],
      run(input) {
        const namespace = input.Namespace ?? '';
        if (namespace.startsWith('AWS/'))
          throw invalidValue('The value AWS/ for parameter Namespace is invalid.');
        if (!/^[^:][\x20-\x7e]{0,254}$/.test(namespace)) {
          throw invalidValue(`The value ${namespace} for parameter Namespace is invalid.`);
        }
        const data = input.MetricData ?? [];
        if (data.length === 0)
          throw new AwsError('MissingRequiredParameterException', 'The parameter MetricData is required.');
        if (data.length > MOST_DATA) {
          throw invalidValue(`The collection MetricData must not have a size greater than ${MOST_DATA}.`);
        }
        // All are looked at before the first is stored: a refused call leaves nothing behind.
        const measurements = data.map((datum, index) =>
          measurement(namespace, datum, index, world.clock.now()),
        );
        for (const each of measurements) metrics.add(each);
        return {};
      },
    },
  );
}

function measurement(namespace: string, datum: MetricDatum, index: number, now: number): Measurement {
  const member = `MetricData.member.${index + 1}`;
  const given = [datum.Value, datum.Values, datum.StatisticValues].filter((each) => each !== undefined);
  if (given.length === 0) {
    throw new AwsError(
      'MissingRequiredParameterException',
      `At least one of the parameters ${member}.Value, ${member}.Values, ${member}.StatisticValues must be specified.`,
    );
  }
  if (given.length > 1) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      `The parameters ${member}.Value and ${member}.StatisticValues are mutually exclusive and you have specified both.`,
    );
  }
  if ((datum.Dimensions?.length ?? 0) > MOST_DIMENSIONS) {
    throw invalidValue(
      `The collection ${member}.Dimensions must not have a size greater than ${MOST_DIMENSIONS}.`,
    );
  }
  if (datum.Unit !== undefined && !Object.values(StandardUnit).includes(datum.Unit)) {
    throw invalidValue(`The value ${datum.Unit} for parameter ${member}.Unit is not supported.`);
  }
  const at = datum.Timestamp?.getTime() ?? now;
  if (at < now - OLDEST_MS || at > now + NEWEST_MS) {
    throw invalidValue(
      `The parameter ${member}.Timestamp must specify a time no more than two weeks in the past or two hours in the future.`,
    );
  }
  const set = statisticSet(datum, member);
  return {
    namespace,
    name: datum.MetricName ?? '',
    dimensions: dimensionsOf(datum.Dimensions),
    unit: datum.Unit ?? 'None',
    at,
    values: valuesOf(datum, member),
    ...(set ? { set } : {}),
  };
}

function valuesOf(datum: MetricDatum, member: string): { value: number; count: number }[] {
  const { Values: values, Counts: counts } = datum;
  if (datum.Value !== undefined) return [{ value: checked(datum.Value, `${member}.Value`), count: 1 }];
  if (!values) return [];
  if (values.length > MOST_VALUES) {
    throw invalidValue(`The collection ${member}.Values must not have a size greater than ${MOST_VALUES}.`);
  }
  if (counts && counts.length !== values.length) {
    throw invalidValue(`The parameters ${member}.Values and ${member}.Counts must be of the same size.`);
  }
  return values
    .map((value, index) => ({ value: checked(value, `${member}.Values`), count: counts?.[index] ?? 1 }))
    .filter(({ count }) => count > 0);
}

function statisticSet(datum: MetricDatum, member: string): Measurement['set'] {
  const set = datum.StatisticValues;
  if (!set) return undefined;
  const { SampleCount: count = 0, Sum: sum = 0, Minimum: min = 0, Maximum: max = 0 } = set;
  for (const value of [count, sum, min, max]) checked(value, `${member}.StatisticValues`);
  return count > 0 ? { count, sum, min, max } : undefined;
}

function checked(value: number, member: string): number {
  if (!Number.isFinite(value) || Math.abs(value) > LARGEST) {
    throw invalidValue(`The value ${value} for parameter ${member} is invalid.`);
  }
  return value;
}
