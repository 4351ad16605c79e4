/** One service: load balancer, ECS service on Fargate, repository, secrets, roles, log group, and its database. */
import { CfnOutput, Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type IVpc, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { ImageTagMutabilityExclusionFilter, Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import {
  type CfnService,
  ContainerImage,
  Secret as ContainerSecret,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Environment, ServiceConfiguration } from '../../core/environment.ts';
import { backendExport, taskFamily, taskRoleName } from '../../core/names.ts';
import { retentionOf } from '../deployer/functions.ts';
import { acknowledge } from '../permission.ts';
import { Database } from './database.ts';
import { PLACEHOLDER } from './placeholder.ts';

export interface BackendServiceProps {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly name: string;
  readonly service: ServiceConfiguration;
  readonly vpc: IVpc;
  readonly cluster: ICluster;
}

/** Images that ECR keeps. More than a service releases in a year, so that each release of the last months can run again. */
const KEPT_IMAGES = 500;

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
    this.loadBalancer = this.makeLoadBalancer(props);
    this.targetGroup = this.makeTargetGroup(props);
    this.listen(environment);
    const repository = this.makeRepository(props);
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
    const taskDefinition = this.makeTaskDefinition(props, repository);
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

  private makeLoadBalancer({
    vpc,
    environmentName,
    environment,
    name,
  }: BackendServiceProps): ApplicationLoadBalancer {
    const wanted = taskFamily(environmentName, name);
    const made = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      // A longer name than ELB takes is left to CloudFormation.
      ...(wanted.length <= 32 ? { loadBalancerName: wanted } : {}),
      vpc,
      internetFacing: true,
      deletionProtection: environment.stack.deletionProtection,
      dropInvalidHeaderFields: true,
    });
    Validations.of(made).acknowledge(
      {
        id: 'AwsSolutions-ELB2',
        reason:
          'Requests are counted by CloudWatch and told by the service’s own log; access logs would need a bucket per region.',
      },
      {
        id: 'AwsSolutions-EC23',
        reason: 'A public web service: its load balancer is what the world may reach.',
      },
    );
    return made;
  }

  private makeTargetGroup({ vpc, service }: BackendServiceProps): ApplicationTargetGroup {
    const check = service.health.targetCheck;
    return new ApplicationTargetGroup(this, 'TargetGroup', {
      vpc,
      port: service.port,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      // It dominates the time of a deployment: ELB's own default is five minutes.
      deregistrationDelay: Duration.seconds(check.drainSeconds),
      healthCheck: {
        path: service.health.path,
        healthyHttpCodes: '200',
        interval: Duration.seconds(check.intervalSeconds),
        timeout: Duration.seconds(check.timeoutSeconds),
        healthyThresholdCount: check.healthyThreshold,
        unhealthyThresholdCount: check.unhealthyThreshold,
      },
    });
  }

  private listen({ stack }: Environment): void {
    if (!stack.certificate) {
      this.loadBalancer.addListener('Http', { port: 80, defaultTargetGroups: [this.targetGroup] });
      return;
    }
    this.loadBalancer.addListener('Https', {
      port: 443,
      certificates: [Certificate.fromCertificateArn(this, 'Certificate', stack.certificate)],
      defaultTargetGroups: [this.targetGroup],
    });
    this.loadBalancer.addRedirect();
  }

  private makeRepository({ environment, service, name }: BackendServiceProps): Repository {
    const immutable = environment.deployment.imageTagStrategy === 'immutable';
    return new Repository(this, 'Repository', {
      repositoryName: service.repository ?? name,
      imageScanOnPush: true,
      ...(immutable
        ? {
            imageTagMutability: TagMutability.IMMUTABLE_WITH_EXCLUSION,
            imageTagMutabilityExclusionFilters: ['latest', 'cache*'].map((tag) =>
              ImageTagMutabilityExclusionFilter.wildcard(tag),
            ),
          }
        : { imageTagMutability: TagMutability.MUTABLE }),
      lifecycleRules: [
        // Untagged images too are releases: `latest` has moved on from them, and ECS is given digests.
        {
          description: `Keeps the last ${KEPT_IMAGES} images, and with them every release that may be rolled back to.`,
          tagStatus: TagStatus.ANY,
          maxImageCount: KEPT_IMAGES,
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  private makeTaskDefinition(props: BackendServiceProps, repository: Repository): FargateTaskDefinition {
    const { environmentName, environment, name, service } = props;
    const role = (kind: 'task' | 'execution', description: string) =>
      new Role(this, `${kind}-role`, {
        roleName: taskRoleName(environmentName, name, kind),
        description,
        assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      });
    const executionRole = role(
      'execution',
      `Starts tasks of ${name}: pulls the image, reads the secrets, writes the log.`,
    );
    repository.grantPull(executionRole);
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: service.logGroup ?? `${environmentName}-${name}`,
      retention: retentionOf(environment),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const taskRole = role('task', `What ${name} itself may do in AWS.`);
    const definition = new FargateTaskDefinition(this, 'TaskDefinition', {
      family: taskFamily(environmentName, name),
      // Of the stand-in. Size and variables of a release are the environment file's, and Lockstep sets them: if they were
      // here too, each change of the file would register the stand-in anew.
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      executionRole,
      taskRole,
    });
    const check = service.health.containerCheck;
    definition.addContainer('Container', {
      containerName: service.container ?? name,
      image: ContainerImage.fromRegistry(PLACEHOLDER.image),
      command: [...PLACEHOLDER.command],
      dockerLabels: PLACEHOLDER.labels,
      portMappings: [{ containerPort: service.port }],
      environment: { NODE_ENV: 'production', PORT: String(service.port) },
      secrets: this.secrets(props),
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: name }),
      healthCheck: {
        command: ['CMD-SHELL', `curl -f http://localhost:${service.port}${service.health.path} || exit 1`],
        interval: Duration.seconds(check.intervalSeconds),
        timeout: Duration.seconds(check.timeoutSeconds),
        retries: check.retries,
        startPeriod: Duration.seconds(check.startPeriodSeconds),
      },
    });
    Validations.of(definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason:
        'PORT, NODE_ENV and what the environment file sets are no secrets; secrets come from Secrets Manager.',
    });
    acknowledge(
      executionRole,
      '*',
      'The registry’s token is the account’s: ecr:GetAuthorizationToken knows no resource.',
    );
    acknowledge(taskRole, '*', 'The channel of ECS Exec (ssmmessages) knows no resource.');
    return definition;
  }

  /** The keys of the RDS secret one by one, as the guide's backend reads them, and the token of the status page. */
  private secrets({ service }: BackendServiceProps): Record<string, ContainerSecret> {
    const found: Record<string, ContainerSecret> = {};
    if (this.database) {
      const { secret } = this.database;
      for (const [variable, key] of [
        ['DATABASE_HOST', 'host'],
        ['DATABASE_PORT', 'port'],
        ['DATABASE_NAME', 'dbname'],
        ['DATABASE_USERNAME', 'username'],
        ['DATABASE_PASSWORD', 'password'],
      ] as const) {
        found[variable] = ContainerSecret.fromSecretsManager(secret, key);
      }
    }
    if (service.health.statusTokenSecret) {
      const token = new Secret(this, 'StatusToken', {
        secretName: service.health.statusTokenSecret,
        description: `The bearer token of GET ${service.health.statusPath ?? '/api/status'}.`,
        generateSecretString: { passwordLength: 40, excludePunctuation: true },
      });
      Validations.of(token).acknowledge({
        id: 'AwsSolutions-SMG4',
        reason:
          'Tasks read it when they start: a token that changes under them would need a deployment each time.',
      });
      found['STATUS_TOKEN'] = ContainerSecret.fromSecretsManager(token as ISecret);
    }
    return found;
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
