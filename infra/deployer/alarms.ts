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
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ERRORS, type ErrorEntry } from '../../core/errors.ts';
import type { Functions } from './functions.ts';
import type { Machines } from './machines.ts';
import { NAMESPACE } from './metrics.ts';

export interface AlarmsProps {
  readonly environmentName: string;
  readonly services: readonly string[];
  readonly functions: Functions;
  readonly machines: Machines;
  readonly topic: Topic;
}

/**
 * A function that refuses a release fails as well, so Lambda's own error count cannot tell that from a bug. The log
 * can: lambdas/step.ts writes the error's name, and Lambda writes a line of its own where it killed a function.
 */
const BUG = `{ ${Object.entries<ErrorEntry>(ERRORS)
  .filter(([, { fault }]) => fault === 'bug')
  .map(([name]) => `($.error = "${name}")`)
  .join(' || ')} }`;
const KILLED = '?"Task timed out after" ?"Runtime.ExitError" ?"signal: killed"';
/** What lambdas/find-orphans writes for each lock whose execution has ended. */
const STILL_HELD = '{ $.message = "*lock still held" }';

export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { environmentName, functions, machines, topic } = props;
    const period = Duration.minutes(5);

    const counted = (
      metricName: string,
      filters: readonly [id: string, logGroup: LogGroup, pattern: string][],
    ) => {
      for (const [filter, logGroup, pattern] of filters) {
        new MetricFilter(this, filter, {
          logGroup,
          filterName: filter,
          filterPattern: FilterPattern.literal(pattern),
          metricNamespace: NAMESPACE,
          // Filters take dimensions from the log's own fields only; the environment is in the name.
          metricName: `${environmentName}-${metricName}`,
          metricValue: '1',
        });
      }
      return new Metric({
        namespace: NAMESPACE,
        metricName: `${environmentName}-${metricName}`,
        statistic: 'Sum',
        period,
      });
    };
    const alarm = (name: string, metric: IMetric, alarmDescription: string, evaluationPeriods = 1) => {
      const made = new Alarm(this, name, {
        alarmName: `lockstep-${environmentName}-${name}`,
        alarmDescription,
        metric,
        threshold: 1,
        evaluationPeriods,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      made.addAlarmAction(new SnsAction(topic));
    };

    const logs = [
      ...Object.entries(functions.steps),
      ...functions.inspectors.map((made) => [made.node.id, made] as const),
    ].map(([name, { logGroup }]) => [name, logGroup] as const);
    alarm(
      'function-bugs',
      counted(
        'function-bugs',
        logs.flatMap(([name, logGroup]): [string, LogGroup, string][] => [
          [`${name}-bug`, logGroup, BUG],
          [`${name}-killed`, logGroup, KILLED],
        ]),
      ),
      'A function of Lockstep failed by a bug, ran out of time or out of memory. Its log group says where.',
    );
    for (const service of props.services) {
      alarm(
        `${service}-needs-attention`,
        new Metric({
          namespace: NAMESPACE,
          metricName: 'Deployments',
          dimensionsMap: { Service: service, Environment: environmentName, Verdict: 'needs-attention' },
          statistic: 'Sum',
          period,
        }),
        `A deployment of ${service} needs a person. \`lockstep history\` names it, \`lockstep show ID\` says what to do.`,
      );
    }
    alarm(
      'deploy-timed-out',
      machines.deploy.metricTimedOut({ period }),
      'A deployment ran for a day and was ended; the recovery settles it.',
    );
    alarm(
      'recover-failed',
      machines.recover.metricFailed({ period }),
      'A recovery left a deployment without a verdict. The next run tries again; if it stays, see its cause.',
    );
    alarm(
      'recover-undelivered',
      machines.undelivered.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      'A start could not be delivered. Of the recovery: locks of deployments that died are not freed. Of a schedule: it did not deploy. The message says which.',
    );
    if (machines.schedule) {
      alarm(
        'schedule-failed',
        machines.schedule.metricFailed({ period }),
        'A schedule could not start its deployment; the execution’s cause says why.',
      );
    }
    alarm(
      'lock-not-freed',
      counted('locks-of-the-dead', [['lock-still-held', functions.steps.FindOrphans.logGroup, STILL_HELD]]),
      'A lock outlived its execution, and three runs of the recovery did not free it.',
      3,
    );
  }
}
