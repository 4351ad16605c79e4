/** Lockstep itself, for one environment: machines, functions, tables, build project, topic, and what watches over them. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../core/environment.ts';
import { scheduleOf } from '../core/environment-schedule.ts';
import type { Bundles } from './bundles.ts';
import { Alarms } from './deployer/alarms.ts';
import { BuildProject } from './deployer/build-project.ts';
import { CiRole } from './deployer/ci-role.ts';
import { DeployerDashboard } from './deployer/dashboard.ts';
import { Functions } from './deployer/functions.ts';
import { Machines } from './deployer/machines.ts';
import { Notifications } from './deployer/notifications.ts';
import { Schedules } from './deployer/schedules.ts';
import { Storage } from './deployer/storage.ts';
import { retentionOf } from './retention.ts';

export interface EnvironmentStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: Environment;
}

export interface DeployerStackProps extends EnvironmentStackProps {
  readonly bundles: Bundles | undefined;
  readonly version: string;
}

export class DeployerStack extends Stack {
  constructor(scope: Construct, id: string, props: DeployerStackProps) {
    super(scope, id, props);
    const { environmentName, environment } = props;
    const place = { region: this.region, account: this.account };
    const retention = retentionOf(environment);

    const storage = new Storage(this, 'Storage', { environmentName, ...place });
    const notifications = new Notifications(this, 'Notifications', { environmentName, ...place });
    const build = new BuildProject(this, 'Build', {
      environmentName,
      artefacts: storage.artefacts,
      repositoryArns: Object.entries(environment.services).map(
        ([name, service]) =>
          `arn:aws:ecr:${this.region}:${this.account}:repository/${service.repository ?? name}`,
      ),
      retention,
    });
    const functions = new Functions(this, 'Functions', {
      environmentName,
      environment,
      ...place,
      locksArn: storage.locks.tableArn,
      deploymentsArn: storage.deployments.tableArn,
      artefactsArn: storage.artefacts.bucketArn,
      topicArn: notifications.topic.topicArn,
      topicKeyArn: notifications.key.keyArn,
      bundles: props.bundles,
      version: props.version,
    });
    const schedule = scheduleOf(environment);
    const machines = new Machines(this, 'Machines', {
      environmentName,
      functions,
      storage,
      retention,
      scheduled: schedule !== undefined,
    });
    const services = Object.keys(environment.services);
    if (schedule && machines.schedule) {
      const { schedule: machine, undelivered } = machines;
      new Schedules(this, 'Schedules', { environmentName, services, schedule, machine, undelivered });
    }
    new Alarms(this, 'Alarms', {
      environmentName,
      services,
      functions,
      machines,
      topic: notifications.topic,
    });
    new DeployerDashboard(this, 'Dashboard', { environmentName, services, functions });

    const { github } = environment.ci;
    const ci =
      github &&
      new CiRole(this, 'Ci', {
        environmentName,
        environment,
        github,
        ...place,
        artefactsArn: storage.artefacts.bucketArn,
        deploymentsArn: storage.deployments.tableArn,
        locksArn: storage.locks.tableArn,
      });

    const outputs: Record<string, string> = {
      DeployStateMachineArn: machines.deploy.stateMachineArn,
      RecoverStateMachineArn: machines.recover.stateMachineArn,
      LocksTable: storage.locks.tableName,
      DeploymentsTable: storage.deployments.tableName,
      ArtefactsBucket: storage.artefacts.bucketName,
      BuildProject: build.project.projectName,
      TopicArn: notifications.topic.topicArn,
      Version: props.version,
      ...(ci ? { CiRoleArn: ci.role.roleArn } : {}),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
