/** ARNs of what the functions work on, from the names in the environment file. */
import type { Environment, ServiceConfiguration } from '../../core/environment.ts';
import {
  buildProjectName,
  inspectFunctionPrefix,
  stateMachineName,
  taskFamily,
  taskRoleName,
} from '../../core/names.ts';

export interface ArnScope {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly region: string;
  readonly account: string;
}

export function arnsOf(scope: ArnScope) {
  const { region, account, environment, environmentName } = scope;
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  const services = Object.entries(environment.services);
  const each = (make: (name: string, service: ServiceConfiguration) => string | string[]) => [
    ...new Set(services.flatMap(([name, service]) => make(name, service))),
  ];
  const ofService = (kind: string, end = '') =>
    each((name, service) => arn('ecs', `${kind}/${service.cluster}/${service.ecsService ?? name}${end}`));

  return {
    clusters: each((_, service) => arn('ecs', `cluster/${service.cluster}`)),
    services: ofService('service'),
    serviceDeployments: ofService('service-deployment', '/*'),
    serviceRevisions: ofService('service-revision', '/*'),
    tasks: each((_, service) => arn('ecs', `task/${service.cluster}/*`)),
    taskDefinitions: arn('ecs', 'task-definition/*'),
    taskLogStreams: each((name, service) =>
      arn('logs', `log-group:${service.logGroup ?? `${environmentName}-${name}`}:log-stream:*`),
    ),
    buildLogStreams: arn(
      'logs',
      `log-group:/aws/codebuild/${buildProjectName(environmentName)}:log-stream:*`,
    ),
    repositories: each((name, service) => arn('ecr', `repository/${service.repository ?? name}`)),
    taskRoles: each(
      (name, service) =>
        service.roles ??
        (['task', 'execution'] as const).map(
          (kind) => `arn:aws:iam::${account}:role/${taskRoleName(environmentName, name, kind)}`,
        ),
    ),
    databases: each((name, { database }) =>
      database ? arn('rds', `db:${database.instance ?? taskFamily(environmentName, name)}`) : [],
    ),
    snapshots: arn('rds', 'snapshot:lockstep-*'),
    statusTokens: each((_, { health }) =>
      health.statusTokenSecret ? secretArn(health.statusTokenSecret, scope) : [],
    ),
    buildProject: arn('codebuild', `project/${buildProjectName(environmentName)}`),
    inspectFunctions: arn('lambda', `function:${inspectFunctionPrefix(environmentName)}*`),
    executions: (['deploy', 'recover'] as const).map((machine) =>
      arn('states', `execution:${stateMachineName(environmentName, machine)}:*`),
    ),
  };
}

/** A secret's ARN ends in six characters that AWS makes up; a name is matched with any six. */
export function secretArn(secret: string, { region, account }: Pick<ArnScope, 'region' | 'account'>): string {
  return secret.startsWith('arn:')
    ? secret
    : `arn:aws:secretsmanager:${region}:${account}:secret:${secret}-??????`;
}
