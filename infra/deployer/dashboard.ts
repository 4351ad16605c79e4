/** One page that says how deploying goes: how often, how it ended, how long it took, and where the time went. */
import { Duration } from 'aws-cdk-lib';
import {
  Color,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryWidget,
  Metric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { STEPS } from '../../core/steps.ts';
import { VERDICT_NAMES, type Verdict } from '../../core/verdict.ts';
import type { Functions } from './functions.ts';
import { NAMESPACE } from './metrics.ts';

export interface DashboardProps {
  readonly environmentName: string;
  readonly services: readonly string[];
  readonly functions: Functions;
}

/** Green where the new release runs, grey where nothing was changed, red where a person or a rollback was needed. */
const COLOURS: Readonly<Record<Verdict, string>> = {
  succeeded: Color.GREEN,
  unchanged: '#b4d7b4',
  refused: '#c7c7c7',
  'build-failed': '#aec7e8',
  'migration-failed': Color.ORANGE,
  'rolled-back': '#ff9896',
  cancelled: '#dbdb8d',
  superseded: '#c5b0d5',
  'needs-attention': Color.RED,
};

export class DeployerDashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { environmentName, services, functions } = props;
    const of = (Service: string, metricName: string, statistic: string, Verdict?: Verdict) =>
      new Metric({
        namespace: NAMESPACE,
        metricName,
        statistic,
        period: Duration.hours(1),
        dimensionsMap: { Service, Environment: environmentName, ...(Verdict ? { Verdict } : {}) },
        label: Verdict ?? statistic,
        ...(Verdict ? { color: COLOURS[Verdict] } : {}),
      });
    const steps = STEPS.filter((step) => step !== 'AcquireLock').map(
      (Step) =>
        new Metric({
          namespace: NAMESPACE,
          metricName: 'StepDuration',
          statistic: 'p95',
          period: Duration.hours(1),
          dimensionsMap: { Step },
          label: Step,
        }),
    );
    new Dashboard(this, 'Dashboard', {
      dashboardName: `lockstep-${environmentName}`,
      widgets: [
        ...services.map((service) => [
          graph(
            `${service}: deployments by verdict`,
            VERDICT_NAMES.map((verdict) => of(service, 'Deployments', 'Sum', verdict)),
            true,
          ),
          graph(
            `${service}: duration (s)`,
            ['p50', 'p90'].map((statistic) => of(service, 'DeploymentSeconds', statistic)),
          ),
        ]),
        [
          graph('Functions: duration, p95 (ms)', steps),
          new LogQueryWidget({
            title: 'Errors of the functions',
            width: 12,
            height: 6,
            logGroupNames: Object.values(functions.steps).map(({ logGroup }) => logGroup.logGroupName),
            queryLines: [
              'fields @timestamp, target, step, error, message',
              'filter level = "error"',
              'sort @timestamp desc',
              'limit 50',
            ],
          }),
        ],
      ],
    });
  }
}

function graph(title: string, left: IMetric[], stacked = false): GraphWidget {
  return new GraphWidget({ title, left, stacked, width: 12, height: 6 });
}
