/** What tells that Lockstep itself is in trouble, as opposed to a release that it refused or took back. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Functions } from './functions.ts';
import type { Machines } from './machines.ts';

export interface AlarmsProps {
  readonly environmentName: string;
  readonly functions: Functions;
  readonly machines: Machines;
  readonly topic: Topic;
}

/** The namespace of every metric that Lockstep puts. */
export const NAMESPACE = 'Lockstep';

export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { environmentName, functions, machines, topic } = props;
    const alarm = (name: string, metric: IMetric, description: string) => {
      const made = new Alarm(this, name, {
        alarmName: `lockstep-${environmentName}-${name}`,
        alarmDescription: description,
        metric,
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      made.addAlarmAction(new SnsAction(topic));
    };
    const ours = (metricName: string) =>
      new Metric({
        namespace: NAMESPACE,
        metricName,
        dimensionsMap: { Environment: environmentName },
        statistic: 'Maximum',
        period: Duration.minutes(5),
      });

    // A function that refuses a release fails as well: Lambda's own error count cannot tell that from a bug.
    // lambdas/step.ts writes whose fault an error is; what kills a function from outside leaves Lambda's own line.
    const all = [
      ...Object.entries(functions.steps),
      ...functions.inspectors.map((made) => [made.node.id, made] as const),
    ];
    for (const [name, made] of all) {
      new MetricFilter(this, `Bugs-${name}`, {
        logGroup: made.logGroup,
        filterName: 'bugs',
        filterPattern: FilterPattern.literal(
          '{ $.fault = "bug" || $.status = "timeout" || $.errorType = "Runtime.*" }',
        ),
        metricNamespace: NAMESPACE,
        metricName: `FunctionBugs-${environmentName}`,
        metricValue: '1',
      });
    }
    alarm(
      'function-bugs',
      new Metric({
        namespace: NAMESPACE,
        metricName: `FunctionBugs-${environmentName}`,
        statistic: 'Sum',
        period: Duration.minutes(5),
      }),
      'A function of Lockstep failed by a bug, ran out of time or out of memory. Its log group says where.',
    );
    alarm(
      'deploy-timed-out',
      machines.deploy.metricTimedOut({ period: Duration.minutes(5) }),
      'A deployment ran for a day and was ended; the recovery settles it.',
    );
    alarm(
      'recover-failed',
      machines.recover.metricFailed({ period: Duration.minutes(5) }),
      'A recovery could not be recorded. The next run tries again; if it stays, see its log group.',
    );
    alarm(
      'recover-undelivered',
      machines.undelivered.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      'A start of the recovery could not be delivered. Locks of deployments that died are not freed.',
    );
    alarm(
      'lock-expired',
      ours('ExpiredLocks'),
      'A lock is older than its lease and nobody took it over: the recovery should have.',
    );
  }
}
