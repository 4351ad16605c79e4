/** The data points that an alarm is decided by. */
import { source } from '../get-metric-data.ts';
import { evaluateQueries, periodOf } from '../math/evaluate.ts';
import { seriesOf } from '../math/value.ts';
import { parseStatistic } from '../metrics/statistic.ts';
import type { MetricStore } from '../metrics/store.ts';
import { metricQueries } from '../model.ts';
import { EXTRA_PERIODS, type Point } from './decide.ts';
import type { MetricAlarmRecord } from './model.ts';

const MINUTE_S = 60;

/** The latest whole periods before `now` (milliseconds), oldest first, some more of them than the alarm evaluates. */
export function latestPoints(
  record: MetricAlarmRecord,
  metrics: MetricStore,
  now: number,
): { period: number; points: Point[] } {
  const queries = record.queries ? metricQueries('PutMetricAlarm', record.queries) : [];
  const watched = queries.find((query) => query.returnData);
  const period = record.metric?.period ?? (watched ? periodOf(queries, watched) : MINUTE_S);
  const count = record.evaluationPeriods + EXTRA_PERIODS;
  // Whole periods only: they are aligned to minutes, or to themselves where they are shorter.
  const seconds = Math.floor(now / 1000);
  const to = seconds - (seconds % Math.min(period, MINUTE_S));
  const from = to - count * period;
  let values: ReadonlyMap<number, number> = new Map();
  if (record.metric) {
    const statistic = parseStatistic(record.metric.stat, 'Statistic', 'PutMetricAlarm');
    values = new Map(
      metrics.periods(record.metric, from, to, period, record.metric.unit).flatMap(({ start, bucket }) => {
        const value = statistic(bucket);
        return value === undefined ? [] : [[start, value] as const];
      }),
    );
  } else if (watched) {
    const found = evaluateQueries('PutMetricAlarm', queries, source('PutMetricAlarm', metrics, from, to));
    const value = found.get(watched.id);
    values = (value && seriesOf(value)[0]?.points) ?? values;
  }
  return {
    period,
    points: Array.from({ length: count }, (_, index) => {
      const at = from + index * period;
      return { at, value: values.get(at) };
    }),
  };
}
