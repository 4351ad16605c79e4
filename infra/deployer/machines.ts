/** The state machines, from the very files that the embedded AWS runs, and what starts the recovery. */
import { readFileSync } from 'node:fs';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type MachineName, stateMachineName } from '../../core/names.ts';
import { STEPS } from '../../core/steps.ts';
import { acknowledge, grant, type Permission } from '../permission.ts';
import { type Functions, substitutionName } from './functions.ts';
import type { Storage } from './storage.ts';

export interface MachinesProps {
  readonly environmentName: string;
  readonly functions: Functions;
  readonly storage: Storage;
  readonly retention: RetentionDays;
  /** Whether the environment has a schedule. */
  readonly scheduled: boolean;
}

interface Shape {
  /** For people, after "may". */
  readonly does: string;
  readonly permissions: readonly Permission[];
  /** What stands between `${` and `}` in its file. */
  readonly substitutions: Readonly<Record<string, string>>;
}

type StepName = keyof Functions['steps'];

/** Functions that each machine calls; the role of a machine may invoke these and no other. */
const CALLS: Readonly<Record<'deploy' | 'recover', readonly StepName[]>> = {
  deploy: STEPS.filter((step) => step !== 'AcquireLock'),
  recover: ['FindOrphans', 'Resume', 'Migrate', 'VerifyHealth', 'Rollback', 'Record'],
};

export class Machines extends Construct {
  readonly deploy: StateMachine;
  readonly recover: StateMachine;
  /** Undefined where the environment has no schedule. */
  readonly schedule: StateMachine | undefined;
  /** Starts of the recovery, and of scheduled deployments, that could not be delivered. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: MachinesProps) {
    super(scope, id);
    this.deploy = this.stepping('deploy', props);
    this.recover = this.stepping('recover', props);
    this.schedule = props.scheduled ? this.scheduling(props) : undefined;
    this.undelivered = new Queue(this, 'Undelivered', {
      queueName: `lockstep-${props.environmentName}-undelivered`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.undelivered).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This queue is itself the dead-letter queue of the rule and of the schedules.',
    });
    this.onEnd(props.environmentName);
    this.everyFiveMinutes(props.environmentName);
  }

  /** A machine that calls functions and takes locks. */
  private stepping(kind: 'deploy' | 'recover', props: MachinesProps): StateMachine {
    const called = CALLS[kind].map(
      (step) => [step, props.functions.steps[step].function.functionArn] as const,
    );
    return this.machine(kind, props, {
      does: 'invoke its functions and take a lock',
      permissions: [
        { sid: 'InvokeSteps', actions: ['lambda:InvokeFunction'], resources: called.map(([, arn]) => arn) },
        { sid: 'TakeLock', actions: ['dynamodb:PutItem'], resources: [props.storage.locks.tableArn] },
      ],
      substitutions: {
        ...Object.fromEntries(called.map(([step, arn]) => [substitutionName(step), arn])),
        LocksTableName: props.storage.locks.tableName,
      },
    });
  }

  private scheduling(props: MachinesProps): StateMachine {
    const { stateMachineArn } = this.deploy;
    return this.machine('schedule', props, {
      does: 'start a deployment',
      permissions: [
        { sid: 'StartDeployment', actions: ['states:StartExecution'], resources: [stateMachineArn] },
      ],
      substitutions: { DeployStateMachineArn: stateMachineArn },
    });
  }

  private machine(kind: MachineName, props: MachinesProps, shape: Shape): StateMachine {
    const name = stateMachineName(props.environmentName, kind);
    const role = new Role(this, `${kind}-role`, {
      roleName: name,
      description: `What ${name} may do: ${shape.does}.`,
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
    });
    grant(role, shape.permissions);
    acknowledge(
      role,
      '*',
      'Delivery of vended logs and X-Ray know no resources; the CDK adds the actions that AWS names for them.',
    );
    // A resource policy of CloudWatch Logs holds 5,120 characters; under this prefix AWS needs no entry of ours there.
    const logGroup = new LogGroup(this, `${kind}-logs`, {
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: props.retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new StateMachine(this, kind, {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      // Inline, so that assertions see it and the embedded AWS needs no asset.
      definitionBody: DefinitionBody.fromString(definition(kind)),
      definitionSubstitutions: { ...shape.substitutions },
      role,
      // Without the data: requests and findings may hold what belongs into no log.
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
    });
  }

  /** StopExecution and the machine's own time-out run no Catch: the event of the end starts the recovery. Best effort. */
  private onEnd(environmentName: string): void {
    const rule = new Rule(this, 'OnEnd', {
      ruleName: `lockstep-${environmentName}-ended`,
      description:
        'A deployment ended without Record, or with a verdict that is no success: the recovery looks.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [this.deploy.stateMachineArn],
          status: ['ABORTED', 'TIMED_OUT', 'FAILED'],
        },
      },
    });
    rule.addTarget(
      new SfnStateMachine(this.recover, {
        role: this.starter('events', environmentName),
        deadLetterQueue: this.undelivered,
        retryAttempts: 5,
        maxEventAge: Duration.minutes(15),
      }),
    );
  }

  /** Events may get lost; the reaper does not. It asks of every lock's owner whether it still runs. */
  private everyFiveMinutes(environmentName: string): void {
    const role = this.starter('scheduler', environmentName);
    grant(role, [
      { sid: 'KeepUndelivered', actions: ['sqs:SendMessage'], resources: [this.undelivered.queueArn] },
    ]);
    const schedule = new CfnSchedule(this, 'Reaper', {
      name: `lockstep-${environmentName}-reaper`,
      description: 'Finds locks and journal entries whose execution ended without a verdict.',
      scheduleExpression: 'rate(5 minutes)',
      flexibleTimeWindow: { mode: 'OFF' },
      state: 'ENABLED',
      target: {
        arn: this.recover.stateMachineArn,
        roleArn: role.roleArn,
        input: JSON.stringify({ source: 'reaper' }),
        deadLetterConfig: { arn: this.undelivered.queueArn },
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 300 },
      },
    });
    schedule.node.addDependency(role);
  }

  private starter(service: 'events' | 'scheduler', environmentName: string): Role {
    const role = new Role(this, `${service}-role`, {
      roleName: `lockstep-${environmentName}-${service}`,
      description: 'Starts the recovery, and nothing else.',
      assumedBy: new ServicePrincipal(`${service}.amazonaws.com`),
    });
    grant(role, [
      { sid: 'StartRecovery', actions: ['states:StartExecution'], resources: [this.recover.stateMachineArn] },
    ]);
    return role;
  }
}

export function definition(kind: MachineName): string {
  const file = readFileSync(new URL(`../../statemachine/${kind}.asl.json`, import.meta.url), 'utf8');
  // Without the indentation; Workflow Studio brings it back.
  return JSON.stringify(JSON.parse(file));
}
