/** One service: load balancer, ECS service on Fargate, repository, secrets, roles, log group, and its database. */
import { CfnOutput, Duration, Fn } from 'aws-cdk-lib';
import { Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { type CfnService, FargateService, type FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationLoadBalancer, ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { backendExport, taskFamily } from '../../core/names.ts';
import { Database } from './database.ts';
import { loadBalancing } from './load-balancer.ts';
import type { BackendServiceProps } from './props.ts';
import { makeRepository } from './repository.ts';
import { makeTaskDefinition } from './task-definition.ts';

export class BackendService extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;
  readonly ecsService: FargateService;
  readonly database: Database | undefined;

  constructor(scope: Construct, id: string, props: BackendServiceProps) {
    super(scope, id);
    const { vpc, service, environment, environmentName, name } = props;
    const tasks = new SecurityGroup(this, 'Tasks', {
      vpc,
      description: `Tasks of ${name}: let in their load balancer.`,
    });
    const { loadBalancer, targetGroup } = loadBalancing(this, props);
    this.loadBalancer = loadBalancer;
    this.targetGroup = targetGroup;
    const repository = makeRepository(this, props);
    if (service.database) {
      this.database = new Database(this, 'Database', {
        vpc,
        instance: service.database.instance ?? taskFamily(environmentName, name),
        secretName: service.database.secret,
        service: name,
        sizes: environment.stack,
        clients: tasks,
      });
    }
    const taskDefinition = makeTaskDefinition(this, props, repository, this.database?.secret);
    this.ecsService = this.makeService(props, taskDefinition, tasks);

    new CfnOutput(this, 'Subnets', {
      description: `Where tasks of ${name} stand, and so inspect-database.`,
      value: Fn.join(',', vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds),
      exportName: backendExport(environmentName, name, 'subnets'),
    });
    new CfnOutput(this, 'SecurityGroup', {
      value: tasks.securityGroupId,
      exportName: backendExport(environmentName, name, 'security-group'),
    });
    new CfnOutput(this, 'Url', {
      value: `${environment.stack.certificate ? 'https' : 'http'}://${this.loadBalancer.loadBalancerDnsName}`,
    });
  }

  private makeService(
    { environment, service, name, cluster }: BackendServiceProps,
    taskDefinition: FargateTaskDefinition,
    tasks: SecurityGroup,
  ): FargateService {
    const { autoScale, minTasks, maxTasks } = environment.deployment;
    const made = new FargateService(this, 'Service', {
      serviceName: service.ecsService ?? name,
      cluster,
      taskDefinition,
      securityGroups: [tasks],
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      // With autoscaling the count is not the stack's: an update must not take running tasks away.
      ...(autoScale ? {} : { desiredCount: minTasks }),
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      healthCheckGracePeriod: Duration.seconds(service.health.targetCheck.graceSeconds),
      enableExecuteCommand: true,
    });
    made.attachToApplicationTargetGroup(this.targetGroup);
    made.connections.allowFrom(this.loadBalancer, Port.tcp(service.port), 'The load balancer');

    // By family and not by revision: what runs is Lockstep's to say, and a later change of this stack must not put
    // the stand-in back. ECS takes the family's latest revision.
    const resource = made.node.defaultChild as CfnService;
    resource.addPropertyOverride('TaskDefinition', taskDefinition.family);
    resource.node.addDependency(taskDefinition);
    // Else tasks may start before their role may read the secrets.
    if (taskDefinition.executionRole) resource.node.addDependency(taskDefinition.executionRole);

    if (autoScale) {
      const scaling = made.autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks });
      scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60 });
      scaling.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 75 });
    }
    return made;
  }
}
