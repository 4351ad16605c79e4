/** CloudWatch: metrics with every statistic, metric math, alarms that act, dashboards. */
import * as sdk from '@aws-sdk/client-cloudwatch';
import type { Ports } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { Alarms } from './alarms/alarms.ts';
import { describeAlarmOperations } from './alarms/describe-alarms.ts';
import { alarmOperations } from './alarms/operations.ts';
import { dashboardOperations } from './dashboards.ts';
import { getMetricDataOperation } from './get-metric-data.ts';
import { getMetricStatisticsOperation, listMetricsOperation } from './get-metric-statistics.ts';
import { MetricStore } from './metrics/store.ts';
import { monitoringProvisioners } from './provision.ts';
import { putMetricDataOperation } from './put-metric-data.ts';

export function create(world: World): { service: Service; ports: Pick<Ports, 'metrics'> } {
  const metrics = new MetricStore(world);
  const alarms = new Alarms(world, metrics);
  return {
    service: {
      signingName: 'monitoring',
      sdk,
      operations: {
        PutMetricData: putMetricDataOperation(world, metrics),
        GetMetricData: getMetricDataOperation(metrics),
        GetMetricStatistics: getMetricStatisticsOperation(metrics),
        ListMetrics: listMetricsOperation(world, metrics),
        ...alarmOperations(world, alarms),
        ...describeAlarmOperations(world, alarms),
        ...dashboardOperations(world),
      },
      provisioners: monitoringProvisioners(world, alarms),
      start: () => alarms.start(),
      stop() {
        alarms.stop();
        metrics.close();
      },
      differences: [
        'Every metric is kept by the second for an hour and by the minute for 15 days, whatever its storage resolution; periods from one second work on all of them.',
        'Percentiles are of values rounded to three significant digits.',
        'A data point can be read as soon as it has been put; alarms look at whole periods, once a minute or once a shorter period.',
        'Metrics Insights, SEARCH, anomaly detection, action suppressors and metric streams are refused.',
      ],
    },
    ports: {
      metrics: {
        put: (data) => metrics.put(data),
        statistics: (metric, from, to) => metrics.statistics(metric, from, to),
        inAlarm: (names) => names.filter((name) => alarms.get(name)?.state.value === 'ALARM'),
      },
    },
  };
}
