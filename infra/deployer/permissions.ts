/**
 * What each function may do, and nothing else: test/infra holds it against what the functions' bundles can call. A table, and
 * so longer than 250 lines.
 */
import type { FunctionName } from '../../core/steps.ts';
import type { Permission } from '../permission.ts';
import { type ArnScope, arnsOf } from './arns.ts';

export interface PermissionsScope extends ArnScope {
  readonly locksArn: string;
  readonly deploymentsArn: string;
  readonly artefactsArn: string;
  readonly topicArn: string;
  readonly topicKeyArn: string;
}

const NOT_YET = 'Identifiers are not known before the thing exists.';
const NO_RESOURCE = 'AWS knows no resource for this action.';

/** `InspectDatabase` has its own, because there is one function for each service. */
export function permissionsOf(
  name: Exclude<FunctionName, 'InspectDatabase'>,
  scope: PermissionsScope,
): readonly Permission[] {
  const on = arnsOf(scope);
  const allow = (sid: string, resources: string | readonly string[], ...actions: string[]): Permission => ({
    sid,
    actions,
    resources: typeof resources === 'string' ? [resources] : resources,
  });
  const objects = (
    sid: string,
    action: 's3:GetObject' | 's3:PutObject',
    ...prefixes: string[]
  ): Permission => ({
    ...allow(
      sid,
      prefixes.map((prefix) => `${scope.artefactsArn}/${prefix}/*`),
      action,
    ),
    why: NOT_YET,
  });

  // Every step looks whether its execution still owns the lock, and renews the lease.
  const journal = [
    allow('Lock', scope.locksArn, 'dynamodb:GetItem', 'dynamodb:UpdateItem'),
    allow('Journal', scope.deploymentsArn, 'dynamodb:GetItem', 'dynamodb:UpdateItem'),
  ];
  const history = allow('History', scope.deploymentsArn, 'dynamodb:Query');
  // Without it S3 answers 403 where it should say that an object is not there.
  const absence = allow('ToldWhatIsAbsent', scope.artefactsArn, 's3:ListBucket');

  const service = allow('ObserveService', on.services, 'ecs:DescribeServices', 'ecs:ListServiceDeployments');
  const rollout = {
    ...allow(
      'ObserveRollout',
      [...on.services, ...on.serviceDeployments, ...on.serviceRevisions],
      'ecs:DescribeServiceDeployments',
      'ecs:DescribeServiceRevisions',
    ),
    why: NOT_YET,
  };
  const revisions: Permission = {
    ...allow('ObserveRevisions', [...on.services, ...on.serviceRevisions], 'ecs:DescribeServiceRevisions'),
    why: NOT_YET,
  };
  const revision = { ...allow('ReadTaskDefinition', '*', 'ecs:DescribeTaskDefinition'), why: NO_RESOURCE };
  const register: Permission[] = [
    {
      ...allow('RegisterRevision', '*', 'ecs:RegisterTaskDefinition'),
      why: 'A revision has no ARN before it is registered, and an adopted family may have any name.',
    },
    { ...allow('KeepTags', on.taskDefinitions, 'ecs:TagResource'), why: NOT_YET },
  ];
  const passRoles: Permission = {
    ...allow('PassTaskRoles', on.taskRoles, 'iam:PassRole'),
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  };
  const tasks: Permission[] = [
    {
      ...allow('ListTasks', '*', 'ecs:ListTasks'),
      why: 'The only resource is a container instance, which Fargate has not; the condition names the clusters.',
      conditions: { ArnEquals: { 'ecs:cluster': on.clusters } },
    },
    { ...allow('ObserveTasks', on.tasks, 'ecs:DescribeTasks'), why: NOT_YET },
    { ...allow('ReadTaskLogs', on.taskLogStreams, 'logs:GetLogEvents'), why: NOT_YET },
  ];
  const alarms: Permission = {
    ...allow('ObserveAlarms', '*', 'cloudwatch:DescribeAlarms'),
    why: 'With a narrower scope CloudWatch leaves composite alarms out of its answer.',
  };
  const inspect: Permission = {
    ...allow('InspectDatabase', on.inspectFunctions, 'lambda:InvokeFunction'),
    why: 'One function for each service of this environment.',
  };
  const executions: Permission = {
    ...allow('AskExecutions', on.executions, 'states:DescribeExecution'),
    why: NOT_YET,
  };
  const notify = [
    allow('Notify', scope.topicArn, 'sns:Publish'),
    allow('EncryptNotification', scope.topicKeyArn, 'kms:Decrypt', 'kms:GenerateDataKey'),
  ];

  switch (name) {
    case 'Plan':
      return [
        ...journal,
        allow('BeginJournal', scope.deploymentsArn, 'dynamodb:PutItem'),
        history,
        absence,
        objects(
          'ReadArtefacts',
          's3:GetObject',
          'environments',
          'branches',
          'commits',
          'releases',
          'published',
        ),
        objects('KeepEnvironment', 's3:PutObject', 'environments'),
        service,
        revisions,
        revision,
        allow('ObserveImages', on.repositories, 'ecr:DescribeImages', 'ecr:DescribeRepositories'),
        alarms,
        inspect,
      ];
    case 'Build':
      return [
        ...journal,
        allow(
          'Build',
          on.buildProject,
          'codebuild:StartBuild',
          'codebuild:BatchGetBuilds',
          'codebuild:StopBuild',
        ),
        absence,
        objects('ReadManifest', 's3:GetObject', 'builds'),
        objects('KeepRelease', 's3:PutObject', 'releases', 'commits', 'published'),
        allow('ConfirmDigest', on.repositories, 'ecr:DescribeImages'),
        { ...allow('ReadBuildLog', on.buildLogStreams, 'logs:GetLogEvents'), why: NOT_YET },
      ];
    case 'MigrateCheck':
      return [
        ...journal,
        history,
        absence,
        objects('ReadManifests', 's3:GetObject', 'releases', 'rehearsals'),
        objects('KeepJudgement', 's3:PutObject', 'judgements', 'rehearsals'),
        inspect,
      ];
    case 'AwaitApproval':
      return [...journal, ...notify];
    case 'Snapshot':
      return [
        ...journal,
        {
          ...allow(
            'Snapshot',
            [...on.databases, on.snapshots],
            'rds:CreateDBSnapshot',
            'rds:DescribeDBSnapshots',
            'rds:AddTagsToResource',
          ),
          why: 'A snapshot is named after its deployment.',
        },
      ];
    case 'Migrate':
      return [
        ...journal,
        allow('ObserveService', on.services, 'ecs:DescribeServices'),
        revision,
        ...register,
        passRoles,
        ...tasks.filter(({ sid }) => sid !== 'ListTasks'),
        { ...allow('RunMigration', on.taskDefinitions, 'ecs:RunTask'), why: NOT_YET },
        { ...allow('StopMigration', on.tasks, 'ecs:StopTask'), why: NOT_YET },
        absence,
        objects('ReadManifest', 's3:GetObject', 'releases'),
        inspect,
      ];
    case 'UpdateService':
      return [
        ...journal,
        service,
        rollout,
        revision,
        ...register,
        passRoles,
        allow('UpdateService', on.services, 'ecs:UpdateService'),
      ];
    case 'VerifyHealth':
      return [
        ...journal,
        service,
        rollout,
        revision,
        ...tasks,
        {
          ...allow(
            'ObserveTargets',
            '*',
            'elasticloadbalancing:DescribeListeners',
            'elasticloadbalancing:DescribeLoadBalancers',
            'elasticloadbalancing:DescribeTargetGroups',
            'elasticloadbalancing:DescribeTargetHealth',
          ),
          why: NO_RESOURCE,
        },
        alarms,
        ...(on.statusTokens.length > 0
          ? [allow('ReadStatusToken', on.statusTokens, 'secretsmanager:GetSecretValue')]
          : []),
      ];
    case 'Rollback':
      return [
        ...journal,
        service,
        rollout,
        revision,
        ...register,
        passRoles,
        allow('UpdateService', on.services, 'ecs:UpdateService'),
        {
          ...allow(
            'StopServiceDeployment',
            [...on.services, ...on.serviceDeployments],
            'ecs:StopServiceDeployment',
          ),
          why: NOT_YET,
        },
        inspect,
      ];
    case 'Record':
      return [
        ...journal,
        allow('BeginJournal', scope.deploymentsArn, 'dynamodb:PutItem'),
        allow('FreeLock', scope.locksArn, 'dynamodb:DeleteItem'),
        history,
        service,
        revisions,
        revision,
        ...notify,
        objects('KeepPublished', 's3:PutObject', 'published'),
        allow('TagProvenImage', on.repositories, 'ecr:BatchGetImage', 'ecr:PutImage'),
      ];
    case 'FindOrphans':
      return [allow('ReadLocks', scope.locksArn, 'dynamodb:Scan'), executions];
    case 'Resume':
      return [...journal, executions];
  }
}
