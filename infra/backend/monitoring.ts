/** The dashboard and the alarms that the guide names: 5xx, latency, unhealthy hosts, CPU, memory, connections. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type CreateAlarmOptions,
  Dashboard,
  GraphWidget,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { topicName } from '../../core/names.ts';
import type { BackendService } from './service.ts';

export interface MonitoringProps {
  readonly environmentName: string;
  readonly name: string;
  readonly backend: BackendService;
  /** Memory of the task in MiB, for the words of the alarm. */
  readonly memory: number;
}

export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { environmentName, name, backend } = props;
    const { targetGroup, ecsService, database } = backend;
    const minute = { period: Duration.minutes(1) };
    const requests = targetGroup.metrics.requestCount(minute);
    const clientErrors = targetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_4XX_COUNT, minute);
    const serverErrors = targetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, minute);
    const latency = (statistic: string) => targetGroup.metrics.targetResponseTime({ ...minute, statistic });
    const unhealthy = targetGroup.metrics.unhealthyHostCount({ ...minute, statistic: 'Maximum' });
    const healthy = targetGroup.metrics.healthyHostCount({ ...minute, statistic: 'Minimum' });
    const cpu = ecsService.metricCpuUtilization(minute);
    const memory = ecsService.metricMemoryUtilization(minute);

    // The deployer's topic by name: it belongs to the other stack, which is deployed after this one.
    const { region, account } = Stack.of(this);
    const topic = Topic.fromTopicArn(
      this,
      'Topic',
      `arn:aws:sns:${region}:${account}:${topicName(environmentName)}`,
    );
    const alarm = (kind: string, metric: Metric, options: Omit<CreateAlarmOptions, 'alarmName'>) => {
      const made = new Alarm(this, kind, {
        metric,
        alarmName: `${environmentName}-${name}-${kind}`,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        ...options,
      });
      made.addAlarmAction(new SnsAction(topic));
    };
    alarm('5xx', serverErrors, {
      alarmDescription: `${name} answered 10 requests or more with 5xx in a minute, twice.`,
      threshold: 10,
      evaluationPeriods: 2,
    });
    alarm('latency', latency('p95'), {
      alarmDescription: `A twentieth of the answers of ${name} took longer than a second for three minutes.`,
      threshold: 1,
      evaluationPeriods: 3,
    });
    alarm('unhealthy-hosts', unhealthy, {
      alarmDescription: `The load balancer finds tasks of ${name} unhealthy for three minutes.`,
      threshold: 1,
      evaluationPeriods: 3,
    });
    alarm('cpu', cpu, {
      alarmDescription: `${name} uses more than 80 % of its processor for five minutes.`,
      threshold: 80,
      evaluationPeriods: 5,
    });
    alarm('memory', memory, {
      alarmDescription: `${name} uses more than 85 % of its ${props.memory} MiB for five minutes. Raise "resources": {"memory": …} in environments/${environmentName}.json.`,
      threshold: 85,
      evaluationPeriods: 5,
    });

    const widgets = [
      [
        graph('Requests', [requests, clientErrors, serverErrors]),
        graph('Latency (s)', [latency('p50'), latency('p95'), latency('p99')]),
      ],
      [graph('Targets', [healthy, unhealthy]), graph('Tasks: CPU and memory (%)', [cpu, memory])],
    ];
    if (database) {
      const connections = database.instance.metricDatabaseConnections(minute);
      alarm('db-connections', connections, {
        alarmDescription: `The database of ${name} has more than 80 connections. See the pool’s size and the number of tasks.`,
        threshold: 80,
        evaluationPeriods: 3,
      });
      widgets.push([
        graph('Database: connections', [connections]),
        graph('Database: CPU (%)', [database.instance.metricCPUUtilization(minute)]),
      ]);
    }
    new Dashboard(this, 'Dashboard', { dashboardName: `${environmentName}-${name}`, widgets });
  }
}

function graph(title: string, left: Metric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 12, height: 6 });
}
