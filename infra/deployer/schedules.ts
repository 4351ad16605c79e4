/**
 * Deployments that nobody asks for: one schedule a service, which starts the machine `schedule`, which starts `deploy`.
 *
 * EventBridge Scheduler delivers at least once. What makes a second delivery harmless is the name of the execution, made of
 * the scheduled time; but a templated StartExecution cannot set a name, and the universal target cannot either, because
 * `<aws.scheduler.scheduled-time>` (2026-11-24T02:00:00Z, the only context attribute that both deliveries share) has colons,
 * which no name may have (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html,
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html). The machine between takes them out.
 */
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Schedule } from '../../core/environment-schedule.ts';
import { scheduleName } from '../../core/names.ts';
import { type DeployRequest, scheduledNamePrefix } from '../../core/request.ts';
import { grant } from '../permission.ts';

export interface SchedulesProps {
  readonly environmentName: string;
  readonly services: readonly string[];
  readonly schedule: Schedule;
  readonly machine: StateMachine;
  readonly undelivered: IQueue;
}

/** A deployment at three in the night is not wanted at noon: what cannot be delivered for an hour is given up. */
const LATEST_SECONDS = 3600;

export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const { environmentName, schedule, machine, undelivered } = props;
    const role = new Role(this, 'Role', {
      roleName: `lockstep-${environmentName}-schedule-starter`,
      description: 'Starts scheduled deployments, and nothing else.',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
    });
    grant(role, [
      { sid: 'StartSchedule', actions: ['states:StartExecution'], resources: [machine.stateMachineArn] },
      { sid: 'KeepUndelivered', actions: ['sqs:SendMessage'], resources: [undelivered.queueArn] },
    ]);
    for (const service of props.services) {
      const made = new CfnSchedule(this, service, {
        name: scheduleName(environmentName, service),
        description: `Deploys ${service} to ${environmentName}: ${schedule.what}, ${schedule.cron}.`,
        scheduleExpression: schedule.expression,
        scheduleExpressionTimezone: schedule.timeZone,
        flexibleTimeWindow: { mode: 'OFF' },
        state: 'ENABLED',
        target: {
          arn: machine.stateMachineArn,
          roleArn: role.roleArn,
          input: JSON.stringify({
            name: scheduledNamePrefix(service, environmentName),
            at: '<aws.scheduler.scheduled-time>',
            request: requestOf(service, environmentName, schedule),
          }),
          deadLetterConfig: { arn: undelivered.queueArn },
          retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: LATEST_SECONDS },
        },
      });
      made.node.addDependency(role);
    }
  }
}

/** As docs/request.schema.json describes it; the machine adds the time. */
function requestOf(service: string, environment: string, schedule: Schedule): Partial<DeployRequest> {
  const what = schedule.branch
    ? ({ action: 'deploy', branch: schedule.branch } as const)
    : ({ action: 'update' } as const);
  const reason = `${schedule.what} at ${schedule.cron} ${schedule.timeZone}`;
  return { version: 1, service, environment, ...what, requestedBy: 'schedule', reason };
}
