/**
 * What each function may do, and nothing else. A statement names its resources; where it says `*`, the comment beside
 * it says why: AWS's service authorization reference knows no resource for these actions.
 */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Environment, ServiceConfiguration } from '../../core/environment.ts';
import {
  buildProjectName,
  DEPLOYMENTS_BY_ID,
  inspectFunctionPrefix,
  stateMachineName,
  taskRoleName,
} from '../../core/names.ts';
import type { FunctionName } from '../../core/steps.ts';

export interface PermissionsScope {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly region: string;
  readonly account: string;
  readonly locksArn: string;
  readonly deploymentsArn: string;
  readonly artefactsArn: string;
  readonly topicArn: string;
  readonly topicKeyArn: string;
}

/** Statements of one function. `InspectDatabase` has its own, because there is one for each service. */
export function permissionsOf(
  name: Exclude<FunctionName, 'InspectDatabase'>,
  scope: PermissionsScope,
): PolicyStatement[] {
  const on = resources(scope);
  const journal = [
    // Every step looks whether its execution still owns the lock, and renews the lease when it has to wait.
    allow('Lock', ['dynamodb:GetItem', 'dynamodb:UpdateItem'], [scope.locksArn]),
    allow(
      'Journal',
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      [scope.deploymentsArn],
    ),
  ];
  const observeService = [
    allow('ObserveService', ['ecs:DescribeServices', 'ecs:ListServiceDeployments'], on.services),
    allow('ObserveServiceDeployments', ['ecs:DescribeServiceDeployments'], on.serviceDeployments),
    allow('ObserveServiceRevisions', ['ecs:DescribeServiceRevisions'], on.serviceRevisions),
    // ECS knows no resource for reading a task definition.
    allow('ReadTaskDefinitions', ['ecs:DescribeTaskDefinition'], ['*']),
  ];
  const observeTasks = [
    // The resource of ListTasks is a container instance, which Fargate has not; the condition names the clusters.
    new PolicyStatement({
      sid: 'ListTasks',
      actions: ['ecs:ListTasks'],
      resources: ['*'],
      conditions: { ArnEquals: { 'ecs:cluster': on.clusters } },
    }),
    allow('ObserveTasks', ['ecs:DescribeTasks'], on.tasks),
    allow('ReadTaskLogs', ['logs:GetLogEvents', 'logs:FilterLogEvents'], on.taskLogs),
  ];
  const inspect = allow('InspectDatabase', ['lambda:InvokeFunction'], [on.inspectFunctions]);
  // The load balancer's and the alarms' reading actions know no resources.
  const observeTargets = allow(
    'ObserveTargets',
    [
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    ['*'],
  );
  const observeAlarms = allow(
    'ObserveAlarms',
    ['cloudwatch:DescribeAlarms'],
    [`arn:aws:cloudwatch:${scope.region}:${scope.account}:alarm:*`],
  );
  const registerAndPass = [
    // ECS knows no resource for registering a task definition.
    allow('RegisterTaskDefinition', ['ecs:RegisterTaskDefinition'], ['*']),
    new PolicyStatement({
      sid: 'PassTaskRoles',
      actions: ['iam:PassRole'],
      resources: on.taskRoles,
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    }),
  ];

  switch (name) {
    case 'Plan':
      return [
        ...journal,
        allow('ReadArtefacts', ['s3:GetObject'], [on.artefacts('*')]),
        // Without it S3 answers 403 where it should say that an object is not there.
        allow('ListArtefacts', ['s3:ListBucket'], [scope.artefactsArn]),
        allow('KeepEnvironment', ['s3:PutObject'], [on.artefacts('environments/*')]),
        ...observeService,
        allow('ObserveImages', ['ecr:DescribeImages', 'ecr:DescribeRepositories'], on.repositories),
        observeAlarms,
        inspect,
      ];
    case 'Build':
      return [
        ...journal,
        allow(
          'Build',
          ['codebuild:StartBuild', 'codebuild:BatchGetBuilds', 'codebuild:StopBuild'],
          [on.buildProject],
        ),
        allow(
          'ReadBuild',
          ['s3:GetObject'],
          [on.artefacts('builds/*'), on.artefacts('sources/*'), on.artefacts('releases/*')],
        ),
        allow('ListArtefacts', ['s3:ListBucket'], [scope.artefactsArn]),
        allow(
          'KeepRelease',
          ['s3:PutObject'],
          [on.artefacts('releases/*'), on.artefacts('commits/*'), on.artefacts('published/*')],
        ),
        allow('ConfirmDigest', ['ecr:DescribeImages'], on.repositories),
        allow(
          'ReadBuildLog',
          ['logs:GetLogEvents'],
          [
            `arn:aws:logs:${scope.region}:${scope.account}:log-group:/aws/codebuild/${buildProjectName(scope.environmentName)}:log-stream:*`,
          ],
        ),
      ];
    case 'MigrateCheck':
      return [
        ...journal,
        allow('ReadManifests', ['s3:GetObject'], [on.artefacts('releases/*'), on.artefacts('rehearsals/*')]),
        allow('ListArtefacts', ['s3:ListBucket'], [scope.artefactsArn]),
        allow('KeepRehearsals', ['s3:PutObject'], [on.artefacts('rehearsals/*')]),
        inspect,
      ];
    case 'AwaitApproval':
      return [...journal, ...notify(scope)];
    case 'Snapshot':
      return [
        ...journal,
        allow(
          'Snapshot',
          ['rds:CreateDBSnapshot', 'rds:DescribeDBSnapshots', 'rds:AddTagsToResource'],
          [...on.databases, on.snapshots],
        ),
        allow('ObserveDatabase', ['rds:DescribeDBInstances'], on.databases),
      ];
    case 'Migrate':
      return [
        ...journal,
        ...observeService,
        ...observeTasks,
        ...registerAndPass,
        allow('RunMigration', ['ecs:RunTask'], [on.taskDefinitions]),
        allow('StopMigration', ['ecs:StopTask'], on.tasks),
        allow('ReadManifests', ['s3:GetObject'], [on.artefacts('releases/*')]),
        inspect,
      ];
    case 'UpdateService':
      return [
        ...journal,
        ...observeService,
        ...registerAndPass,
        allow('UpdateService', ['ecs:UpdateService'], on.services),
      ];
    case 'VerifyHealth':
      return [
        ...journal,
        ...observeService,
        ...observeTasks,
        observeTargets,
        observeAlarms,
        ...statusTokens(scope),
      ];
    case 'Rollback':
      return [
        ...journal,
        ...observeService,
        allow('UpdateService', ['ecs:UpdateService'], on.services),
        allow('StopServiceDeployment', ['ecs:StopServiceDeployment'], on.serviceDeployments),
        allow('PassTaskRoles', ['iam:PassRole'], on.taskRoles, {
          StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
        }),
        inspect,
      ];
    case 'Record':
      return [
        ...journal,
        allow('FreeLock', ['dynamodb:DeleteItem'], [scope.locksArn]),
        ...observeService,
        ...notify(scope),
        allow('KeepPublished', ['s3:PutObject'], [on.artefacts('published/*')]),
        // PutMetricData knows no resource; the condition names the only namespace.
        allow('Metrics', ['cloudwatch:PutMetricData'], ['*'], {
          StringEquals: { 'cloudwatch:namespace': 'Lockstep' },
        }),
      ];
    case 'FindOrphans':
      return [
        allow('ReadLocks', ['dynamodb:Scan'], [scope.locksArn]),
        allow(
          'ReadJournal',
          ['dynamodb:Scan', 'dynamodb:Query'],
          [scope.deploymentsArn, `${scope.deploymentsArn}/index/${DEPLOYMENTS_BY_ID}`],
        ),
        allow('AskExecutions', ['states:DescribeExecution'], on.executions),
        allow('Metrics', ['cloudwatch:PutMetricData'], ['*'], {
          StringEquals: { 'cloudwatch:namespace': 'Lockstep' },
        }),
      ];
    case 'Resume':
      return [...journal, ...observeService];
  }
}

/** `inspect-database` reads one secret and stands in the service's network. */
export function inspectPermissions(
  secret: string,
  scope: Pick<PermissionsScope, 'region' | 'account'>,
): PolicyStatement[] {
  return [
    allow('ReadSecret', ['secretsmanager:GetSecretValue'], [secretArn(secret, scope)]),
    // Lambda makes the function's network interfaces with the function's own role. EC2 knows no resource for the
    // describing actions, and the identifier of an interface is not known before it exists.
    allow(
      'NetworkInterfaces',
      [
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      ['*'],
    ),
  ];
}

/** A secret's ARN ends in six characters that AWS makes up; a name is matched with any six. */
export function secretArn(secret: string, scope: Pick<PermissionsScope, 'region' | 'account'>): string {
  if (secret.startsWith('arn:')) return secret;
  return `arn:aws:secretsmanager:${scope.region}:${scope.account}:secret:${secret}-??????`;
}

function notify(scope: PermissionsScope): PolicyStatement[] {
  return [
    allow('Notify', ['sns:Publish'], [scope.topicArn]),
    allow('EncryptNotification', ['kms:Decrypt', 'kms:GenerateDataKey'], [scope.topicKeyArn]),
  ];
}

function statusTokens(scope: PermissionsScope): PolicyStatement[] {
  const secrets = services(scope.environment).flatMap(
    ([, service]) => service.health.statusTokenSecret ?? [],
  );
  if (secrets.length === 0) return [];
  return [
    allow(
      'ReadStatusToken',
      ['secretsmanager:GetSecretValue'],
      secrets.map((secret) => secretArn(secret, scope)),
    ),
  ];
}

/** ARNs of what the environment's services consist of. */
function resources(scope: PermissionsScope) {
  const { region, account, environment, environmentName } = scope;
  const ecs = (rest: string) => `arn:aws:ecs:${region}:${account}:${rest}`;
  const all = services(environment);
  const clusters = [...new Set(all.map(([, service]) => service.cluster))];
  const named = all.map(([name, service]) => `${service.cluster}/${service.ecsService ?? name}`);
  const instances = all.flatMap(([, service]) => service.database?.instance ?? []);
  return {
    clusters: clusters.map((cluster) => ecs(`cluster/${cluster}`)),
    services: named.map((service) => ecs(`service/${service}`)),
    serviceDeployments: named.map((service) => ecs(`service-deployment/${service}/*`)),
    serviceRevisions: named.map((service) => ecs(`service-revision/${service}/*`)),
    tasks: clusters.map((cluster) => ecs(`task/${cluster}/*`)),
    /** Families of adopted services may have any name. */
    taskDefinitions: ecs('task-definition/*'),
    taskLogs: all.map(
      ([name, service]) =>
        `arn:aws:logs:${region}:${account}:log-group:${service.logGroup ?? `${environmentName}-${name}`}:*`,
    ),
    repositories: all.map(
      ([name, service]) => `arn:aws:ecr:${region}:${account}:repository/${service.repository ?? name}`,
    ),
    taskRoles: taskRoleArns(scope),
    databases: instances.map((instance) => `arn:aws:rds:${region}:${account}:db:${instance}`),
    snapshots: `arn:aws:rds:${region}:${account}:snapshot:lockstep-*`,
    buildProject: `arn:aws:codebuild:${region}:${account}:project/${buildProjectName(environmentName)}`,
    inspectFunctions: `arn:aws:lambda:${region}:${account}:function:${inspectFunctionPrefix(environmentName)}*`,
    executions: (['deploy', 'recover'] as const).map(
      (machine) =>
        `arn:aws:states:${region}:${account}:execution:${stateMachineName(environmentName, machine)}:*`,
    ),
    artefacts: (keys: string) => `${scope.artefactsArn}/${keys}`,
  };
}

/** The roles that a revision of these services passes on to ECS. */
export function taskRoleArns(
  scope: Pick<PermissionsScope, 'environment' | 'environmentName' | 'account'>,
): string[] {
  return services(scope.environment).flatMap(
    ([name, service]) =>
      service.roles ??
      (['task', 'execution'] as const).map(
        (kind) => `arn:aws:iam::${scope.account}:role/${taskRoleName(scope.environmentName, name, kind)}`,
      ),
  );
}

function services(environment: Environment): [string, ServiceConfiguration][] {
  return Object.entries(environment.services);
}

function allow(
  sid: string,
  actions: string[],
  to: string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): PolicyStatement {
  return new PolicyStatement({ sid, actions, resources: to, ...(conditions ? { conditions } : {}) });
}
