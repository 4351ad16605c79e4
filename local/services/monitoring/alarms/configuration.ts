/** Checks what PutMetricAlarm, PutCompositeAlarm and the template say of an alarm. */
import type { PutCompositeAlarmCommandInput, PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { AwsError, unsupported } from '../../../service.ts';
import { evaluateQueries } from '../math/evaluate.ts';
import { seriesOf } from '../math/value.ts';
import { parseStatistic } from '../metrics/statistic.ts';
import { dimensionsOf, invalidValue, isPeriod, metricQueries, validation } from '../model.ts';
import { isAction } from './actions.ts';
import type { AlarmConfiguration, Alarms } from './alarms.ts';
import { isComparison } from './decide.ts';
import type { MetricAlarmRecord } from './model.ts';
import { parseRule } from './rule.ts';

export const METRIC_FIELDS = [
  'AlarmName',
  'AlarmDescription',
  'ActionsEnabled',
  'OKActions',
  'AlarmActions',
  'InsufficientDataActions',
  'MetricName',
  'Namespace',
  'Statistic',
  'ExtendedStatistic',
  'Dimensions',
  'Period',
  'Unit',
  'EvaluationPeriods',
  'DatapointsToAlarm',
  'Threshold',
  'ComparisonOperator',
  'TreatMissingData',
  'EvaluateLowSampleCountPercentile',
  'Metrics',
  'Tags',
] as const satisfies readonly (keyof PutMetricAlarmCommandInput)[];

export const COMPOSITE_FIELDS = [
  'AlarmName',
  'AlarmDescription',
  'ActionsEnabled',
  'OKActions',
  'AlarmActions',
  'InsufficientDataActions',
  'AlarmRule',
  'Tags',
] as const satisfies readonly (keyof PutCompositeAlarmCommandInput)[];

const TREATMENTS = ['breaching', 'notBreaching', 'ignore', 'missing'];
const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
const MOST_METRICS_OF_MATH = 10;

export function metricAlarm(input: PutMetricAlarmCommandInput): AlarmConfiguration {
  const comparison = input.ComparisonOperator ?? '';
  if (!isComparison(comparison)) throw unsupported('PutMetricAlarm', `ComparisonOperator ${comparison}`);
  const { TreatMissingData: treatment } = input;
  if (treatment !== undefined && !TREATMENTS.includes(treatment)) {
    throw invalidValue(`The value ${treatment} for parameter TreatMissingData is not supported.`);
  }
  if (input.EvaluateLowSampleCountPercentile === 'ignore') {
    throw unsupported('PutMetricAlarm', 'EvaluateLowSampleCountPercentile ignore');
  }
  if (input.Threshold === undefined) throw missing('Threshold');
  const evaluationPeriods = input.EvaluationPeriods ?? 0;
  if (evaluationPeriods < 1)
    throw invalidValue(`The value ${evaluationPeriods} for parameter EvaluationPeriods is invalid.`);
  const datapointsToAlarm = input.DatapointsToAlarm ?? evaluationPeriods;
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw validation('The parameter DatapointsToAlarm must be between 1 and EvaluationPeriods.');
  }
  const watched: Pick<MetricAlarmRecord, 'metric' | 'queries'> = input.Metrics
    ? mathOf(input)
    : metricOf(input);
  const period = watched.metric?.period ?? 60;
  if (evaluationPeriods * period > (period >= 3600 ? WEEK_S : DAY_S)) {
    throw validation(
      'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).',
    );
  }
  return {
    kind: 'metric',
    ...common('PutMetricAlarm', input),
    ...watched,
    threshold: input.Threshold,
    comparison,
    evaluationPeriods,
    datapointsToAlarm,
    ...(treatment === undefined ? {} : { treatMissingData: treatment }),
  };
}

export function compositeAlarm(input: PutCompositeAlarmCommandInput, alarms: Alarms): AlarmConfiguration {
  const rule = parseRule(input.AlarmRule ?? '');
  for (const name of rule.alarms) {
    if (!alarms.get(name))
      throw validation(`Could not find alarm ${name} of the rule of ${input.AlarmName}.`);
  }
  return { kind: 'composite', ...common('PutCompositeAlarm', input), rule: input.AlarmRule ?? '' };
}

function common(
  operation: string,
  input: Pick<
    PutMetricAlarmCommandInput,
    | 'AlarmName'
    | 'AlarmDescription'
    | 'ActionsEnabled'
    | 'OKActions'
    | 'AlarmActions'
    | 'InsufficientDataActions'
  >,
) {
  const name = input.AlarmName ?? '';
  if (name.length < 1 || name.length > 255)
    throw invalidValue('The parameter AlarmName must have between 1 and 255 characters.');
  const actions = {
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
  };
  for (const action of Object.values(actions).flat()) {
    if (!isAction(action))
      throw unsupported(operation, `the action ${action}`, 'Topics and functions can be actions.');
  }
  return {
    name,
    ...(input.AlarmDescription === undefined ? {} : { description: input.AlarmDescription }),
    actionsEnabled: input.ActionsEnabled ?? true,
    ...actions,
  };
}

function metricOf(input: PutMetricAlarmCommandInput): Pick<MetricAlarmRecord, 'metric'> {
  if (input.MetricName === undefined) throw missing('MetricName');
  if (input.Namespace === undefined) throw missing('Namespace');
  const stat = input.Statistic ?? input.ExtendedStatistic;
  if (stat === undefined) throw missing('Statistic');
  parseStatistic(stat, 'Statistic', 'PutMetricAlarm');
  const period = input.Period ?? 0;
  if (!isPeriod(period) || period < 10) {
    throw validation('The parameter Period must be 10, 20, 30 or a multiple of 60.');
  }
  return {
    metric: {
      namespace: input.Namespace,
      name: input.MetricName,
      dimensions: dimensionsOf(input.Dimensions),
      stat,
      period,
      ...(input.Unit === undefined ? {} : { unit: input.Unit }),
    },
  };
}

/** The expressions are worked out once without data: what cannot be evaluated is refused now, not at every tick. */
function mathOf(input: PutMetricAlarmCommandInput): Pick<MetricAlarmRecord, 'queries'> {
  const given = input.Metrics ?? [];
  const queries = metricQueries('PutMetricAlarm', given);
  const returned = queries.filter((query) => query.returnData);
  if (returned.length !== 1) throw validation('Exactly one element of the metrics list should return data.');
  if (queries.filter((query) => query.metric).length > MOST_METRICS_OF_MATH) {
    throw validation(`A math expression of an alarm may use at most ${MOST_METRICS_OF_MATH} metrics.`);
  }
  for (const query of queries) if (query.metric) parseStatistic(query.metric.stat, 'Stat', 'PutMetricAlarm');
  const values = evaluateQueries('PutMetricAlarm', queries, {
    fetch: () => new Map(),
    grid: (period) => ({ starts: [], period }),
  });
  const value = values.get(returned[0]?.id ?? '');
  if (!value || value.kind === 'scalar' || seriesOf(value).length > 1) {
    throw validation('The expression of an alarm must be a single time series.');
  }
  return { queries: given };
}

function missing(parameter: string): AwsError {
  return new AwsError('MissingRequiredParameterException', `The parameter ${parameter} is required.`);
}
