/** What no role of the deployer may do, whatever else it may. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../infra/app.ts';
import { files, flat, ofType, type Statement, statementsOf, synthesized } from './stacks.ts';

const production = synthesized(files('production'))['lockstep-production'];
const functions = ofType(production, 'AWS::Lambda::Function');
const roles = ofType(production, 'AWS::IAM::Role');
const all: [string, Statement][] = roles.flatMap(([id, role]) =>
  statementsOf(production, id).map((statement): [string, Statement] => [role.Properties.RoleName, statement]),
);

describe('permissions', () => {
  test('each function has its own role', () => {
    const own = functions.map(([, { Properties }]) => Properties.Role['Fn::GetAtt'][0]);
    expect(new Set(own).size).toBe(functions.length);
  });

  test('no statement allows every action, not even of one service', () => {
    expect(all.filter(([, { Action }]) => Action.some((action) => action.includes('*')))).toEqual([]);
  });

  test('no role has a policy that AWS manages', () => {
    expect(roles.filter(([, { Properties }]) => Properties.ManagedPolicyArns !== undefined)).toEqual([]);
  });

  test('every resource is allowed only for actions that know no other', () => {
    const actions = all
      .filter(([, { Resource }]) => Resource.includes('*'))
      .flatMap(([, { Action }]) => Action);
    expect([...new Set(actions)].sort()).toEqual([
      'cloudwatch:DescribeAlarms',
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
      'ecr:GetAuthorizationToken',
      'ecs:DescribeTaskDefinition',
      'ecs:ListTasks',
      'ecs:RegisterTaskDefinition',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  test('roles are passed on to ECS tasks and to nobody else, and only those of the service', () => {
    const passing = all.filter(([, { Action }]) => Action.includes('iam:PassRole'));
    expect(passing.map(([role]) => role).sort()).toEqual([
      'lockstep-production-migrate',
      'lockstep-production-rollback',
      'lockstep-production-update-service',
    ]);
    for (const [, { Resource, Condition }] of passing) {
      expect(Resource.map(flat)).toEqual([
        'arn:aws:iam::<AWS::AccountId>:role/backend-production-execution',
        'arn:aws:iam::<AWS::AccountId>:role/backend-production-task',
      ]);
      expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
    }
  });

  test('only Record frees the lock, and only Migrate runs a task', () => {
    const may = (action: string) =>
      all.filter(([, { Action }]) => Action.includes(action)).map(([role]) => role);
    expect(may('dynamodb:DeleteItem')).toEqual(['lockstep-production-record']);
    expect(may('ecs:RunTask')).toEqual(['lockstep-production-migrate']);
    expect(may('ecs:UpdateService')).toEqual([
      'lockstep-production-update-service',
      'lockstep-production-rollback',
    ]);
    expect(may('codebuild:StartBuild')).toEqual(['lockstep-production-build']);
  });

  test('only inspect-database reads the database’s secret', () => {
    const readers = all.filter(([, { Resource }]) =>
      Resource.some((each) => flat(each).includes('/database-')),
    );
    expect(readers.map(([role]) => role)).toEqual(['lockstep-production-inspect-database-backend']);
  });

  test('a machine may invoke the functions that it names, and take a lock', () => {
    for (const machine of ['deploy', 'recover']) {
      const own = all.filter(
        ([role, { Sid }]) => role === `lockstep-production-${machine}` && Sid !== undefined,
      );
      expect(own.map(([, { Sid, Action }]) => [Sid, Action])).toEqual([
        ['InvokeSteps', ['lambda:InvokeFunction']],
        ['TakeLock', ['dynamodb:PutItem']],
      ]);
      const named = new Set(
        [
          ...readFileSync(join(ROOT, 'statemachine', `${machine}.asl.json`), 'utf8').matchAll(
            /\$\{(\w+)FunctionArn\}/g,
          ),
        ].map(([, name]) => name),
      );
      expect(own[0]?.[1].Resource).toHaveLength(named.size);
    }
  });
});
