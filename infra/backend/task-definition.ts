/** The first revision of the service's task definition, with the roles, the secrets and the log of its tasks. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Repository } from 'aws-cdk-lib/aws-ecr';
import {
  ContainerImage,
  Secret as ContainerSecret,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { taskFamily, taskRoleName } from '../../core/names.ts';
import { acknowledge } from '../permission.ts';
import { retentionOf } from '../retention.ts';
import { PLACEHOLDER } from './placeholder.ts';
import type { BackendServiceProps } from './props.ts';

export function makeTaskDefinition(
  scope: Construct,
  props: BackendServiceProps,
  repository: Repository,
  database: ISecret | undefined,
): FargateTaskDefinition {
  const { environmentName, environment, name, service } = props;
  const role = (kind: 'task' | 'execution', description: string) =>
    new Role(scope, `${kind}-role`, {
      roleName: taskRoleName(environmentName, name, kind),
      description,
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
  const executionRole = role(
    'execution',
    `Starts tasks of ${name}: pulls the image, reads the secrets, writes the log.`,
  );
  repository.grantPull(executionRole);
  const logGroup = new LogGroup(scope, 'Logs', {
    logGroupName: service.logGroup ?? `${environmentName}-${name}`,
    retention: retentionOf(environment),
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const taskRole = role('task', `What ${name} itself may do in AWS.`);
  const definition = new FargateTaskDefinition(scope, 'TaskDefinition', {
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
    secrets: secretsOf(scope, props, database),
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
function secretsOf(
  scope: Construct,
  { service }: BackendServiceProps,
  database: ISecret | undefined,
): Record<string, ContainerSecret> {
  const found: Record<string, ContainerSecret> = {};
  if (database) {
    for (const [variable, key] of [
      ['DATABASE_HOST', 'host'],
      ['DATABASE_PORT', 'port'],
      ['DATABASE_NAME', 'dbname'],
      ['DATABASE_USERNAME', 'username'],
      ['DATABASE_PASSWORD', 'password'],
    ] as const) {
      found[variable] = ContainerSecret.fromSecretsManager(database, key);
    }
  }
  if (service.health.statusTokenSecret) {
    const token = new Secret(scope, 'StatusToken', {
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
