import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../core/environment.ts';
import { parseRequest } from '../../core/request.ts';
import { ROOT } from '../../infra/app.ts';
import { changed, environmentOf, files, flat, ofType, statementsOf, synthesized } from './stacks.ts';

const templates = synthesized(files('production'));
const production = templates['lockstep-production'];

/** Name in AWS → statements of its role. */
const functions = new Map(
  ofType(production, 'AWS::Lambda::Function').map(([, { Properties }]) => [
    Properties.FunctionName as string,
    { ...Properties, role: Properties.Role['Fn::GetAtt'][0] as string },
  ]),
);

describe('names', () => {
  test('of the functions say environment and step', () => {
    expect([...functions.keys()].sort()).toEqual(
      [
        'await-approval',
        'build',
        'find-orphans',
        'inspect-database-backend',
        'migrate',
        'migrate-check',
        'plan',
        'record',
        'resume',
        'rollback',
        'snapshot',
        'update-service',
        'verify-health',
      ].map((name) => `lockstep-production-${name}`),
    );
  });

  test('of what the command looks for are stable', () => {
    const named = (type: string, key: string) =>
      ofType(production, type)
        .map(([, { Properties }]) => flat(Properties[key]))
        .sort();
    expect(named('AWS::StepFunctions::StateMachine', 'StateMachineName')).toEqual([
      'lockstep-production-deploy',
      'lockstep-production-recover',
      'lockstep-production-schedule',
    ]);
    expect(named('AWS::DynamoDB::Table', 'TableName')).toEqual([
      'lockstep-production-deployments',
      'lockstep-production-locks',
    ]);
    expect(named('AWS::S3::Bucket', 'BucketName')).toEqual([
      'lockstep-production-artefacts-<AWS::AccountId>-eu-central-1',
    ]);
    expect(named('AWS::CodeBuild::Project', 'Name')).toEqual(['lockstep-production-build']);
    expect(named('AWS::SNS::Topic', 'TopicName')).toEqual(['lockstep-production-deployments']);
  });
});

describe('functions', () => {
  test('run Node 24 on arm64 with source maps, tracing and a log that ends', () => {
    for (const properties of functions.values()) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps', ENVIRONMENT: 'production' } },
        LoggingConfig: { LogGroup: { Ref: expect.any(String) } },
      });
    }
    const groups = ofType(production, 'AWS::Logs::LogGroup');
    expect(groups.map(([, { Properties }]) => Properties.RetentionInDays)).toEqual(groups.map(() => 90));
  });

  test('end before the state that calls them does', () => {
    const definition = JSON.parse(definitionOf('deploy')) as {
      States: Record<string, { TimeoutSeconds?: number }>;
    };
    for (const [state, { TimeoutSeconds }] of Object.entries(definition.States)) {
      const name = state.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
      const properties = functions.get(`lockstep-production-${name}`);
      if (properties) expect([name, properties.Timeout]).toEqual([name, expect.any(Number)]);
      if (properties) expect(properties.Timeout).toBeLessThan(TimeoutSeconds ?? 0);
    }
  });

  test('know the tables, the bucket, the project and the topic', () => {
    expect(functions.get('lockstep-production-plan')?.Environment.Variables).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      ENVIRONMENT: 'production',
      LOCKSTEP_VERSION: JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
      LOCKS_TABLE: 'lockstep-production-locks',
      DEPLOYMENTS_TABLE: 'lockstep-production-deployments',
      ARTEFACTS_BUCKET: expect.anything(),
      BUILD_PROJECT: 'lockstep-production-build',
      TOPIC_ARN: expect.anything(),
      INSPECT_FUNCTION_PREFIX: 'lockstep-production-inspect-database-',
    });
  });

  test('only inspect-database is in a network, and it is the service’s own', () => {
    const inside = [...functions].filter(([, { VpcConfig }]) => VpcConfig !== undefined);
    expect(inside.map(([name]) => name)).toEqual(['lockstep-production-inspect-database-backend']);
    const exported = Object.values(templates['backend-production']?.Outputs ?? {}).map(
      ({ Export }) => Export?.Name,
    );
    const { SubnetIds, SecurityGroupIds } = inside[0]?.[1].VpcConfig ?? {};
    for (const imported of [flat(SubnetIds), ...SecurityGroupIds.map(flat)]) {
      expect(exported).toContain(/^<import (.*)>$/.exec(imported)?.[1]);
    }
  });
});

describe('machines', () => {
  test.each(['deploy', 'recover', 'schedule'])('%s is the file, inline, with logs and traces', (name) => {
    const [, machine] =
      ofType(production, 'AWS::StepFunctions::StateMachine').find(
        ([, { Properties }]) => Properties.StateMachineName === `lockstep-production-${name}`,
      ) ?? [];
    expect(JSON.parse(machine?.Properties.DefinitionString)).toEqual(JSON.parse(definitionOf(name)));
    expect(machine?.Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    });
    const substituted = Object.keys(machine?.Properties.DefinitionSubstitutions).sort();
    const named = [...new Set([...definitionOf(name).matchAll(/\$\{(\w+)\}/g)].map(([, key]) => key))].sort();
    expect(substituted).toEqual(named);
  });

  test('the end of an execution without success starts the recovery, and so does every fifth minute', () => {
    const [[, rule] = []] = ofType(production, 'AWS::Events::Rule');
    expect(rule?.Properties.EventPattern.detail.status).toEqual(['ABORTED', 'TIMED_OUT', 'FAILED']);
    const schedule = scheduleNamed('lockstep-production-reaper');
    expect(schedule?.Properties.ScheduleExpression).toBe('rate(5 minutes)');
    for (const target of [rule?.Properties.Targets[0], schedule?.Properties.Target]) {
      expect(flat(target.Arn ?? target)).toMatch(/recover/);
      expect(target.DeadLetterConfig).toBeDefined();
    }
  });
});

const scheduleNamed = (name: string) =>
  ofType(production, 'AWS::Scheduler::Schedule').find(([, { Properties }]) => Properties.Name === name)?.[1];

describe('the schedule of a service', () => {
  const properties = scheduleNamed('lockstep-production-deploy-backend')?.Properties;

  test('is the environment file’s, in its time zone and at its time', () => {
    expect(properties).toMatchObject({
      ScheduleExpression: 'cron(0 3 ? * TUE *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
    });
  });

  test('starts the machine between with a request that the machine `deploy` takes', () => {
    const machine = ofType(production, 'AWS::StepFunctions::StateMachine').find(
      ([, { Properties }]) => Properties.StateMachineName === 'lockstep-production-schedule',
    );
    expect(properties.Target.Arn).toEqual({ Ref: machine?.[0] });
    const { name, at, request } = JSON.parse(properties.Target.Input);
    expect({ name, at }).toEqual({
      name: 'backend-production-schedule-',
      at: '<aws.scheduler.scheduled-time>',
    });
    expect(parseRequest({ ...request, schedule: { at: '2026-11-24T02:00:00Z' } })).toEqual({
      request: expect.objectContaining({ version: 1, action: 'update', requestedBy: 'schedule' }),
    });
  });

  test('has a role that may only start that machine and keep what could not be delivered', () => {
    const role = properties.Target.RoleArn['Fn::GetAtt'][0];
    expect(statementsOf(production, role).map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['states:StartExecution'], [properties.Target.Arn]],
      [['sqs:SendMessage'], [properties.Target.DeadLetterConfig.Arn]],
    ]);
    const machineRole = ofType(production, 'AWS::IAM::Role').find(
      ([, { Properties }]) => Properties.RoleName === 'lockstep-production-schedule',
    );
    const own = statementsOf(production, machineRole?.[0] ?? '').filter(({ Sid }) => Sid !== undefined);
    expect(own.map(({ Action, Resource }) => [Action, Resource.map(flat)])).toEqual([
      [['states:StartExecution'], [expect.stringMatching(/^<Machinesdeploy/)]],
    ]);
  });

  test('builds a branch where the file says so, and is not there where it says nothing', () => {
    const scheduled = (change: (environment: Environment) => void) =>
      ofType(
        synthesized([changed('production', change)])['lockstep-production'],
        'AWS::Scheduler::Schedule',
      ).map(([, { Properties }]) => [Properties.Name, Properties.Target.Input]);
    const branch = scheduled((environment) => {
      environment.schedule = { cron: '30 2 * * *', what: 'branch:main' };
    });
    const input = branch.find(([name]) => name === 'lockstep-production-deploy-backend')?.[1];
    expect(JSON.parse(input).request).toMatchObject({ action: 'deploy', branch: 'main' });
    const none = scheduled((environment) => {
      delete environment.schedule;
    });
    expect(none.map(([name]) => name)).toEqual(['lockstep-production-reaper']);
  });
});

describe('what is kept', () => {
  test('the journal can be restored and survives the stack; a lock’s time to live is for clean-up', () => {
    const tables = ofType(production, 'AWS::DynamoDB::Table').map(([, table]) => table);
    const journal = tables.find(({ Properties }) => Properties.TableName.endsWith('-deployments'));
    expect(journal).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        GlobalSecondaryIndexes: [{ IndexName: 'byId', KeySchema: [{ AttributeName: 'deploymentId' }] }],
      },
    });
    const locks = tables.find(({ Properties }) => Properties.TableName.endsWith('-locks'));
    expect(locks?.Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true });
  });

  test('the bucket is encrypted, versioned, private, and refuses what is not TLS', () => {
    const [[id, bucket] = []] = ofType(production, 'AWS::S3::Bucket');
    expect(bucket?.Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      BucketEncryption: expect.anything(),
    });
    const [[, policy] = []] = ofType(production, 'AWS::S3::BucketPolicy');
    expect(policy?.Properties).toMatchObject({
      Bucket: { Ref: id },
      PolicyDocument: {
        Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      },
    });
  });

  test('sources and builds expire, releases never do', () => {
    const [[, bucket] = []] = ofType(production, 'AWS::S3::Bucket');
    const prefixes = bucket?.Properties.LifecycleConfiguration.Rules.filter(
      (rule: { ExpirationInDays?: number }) => rule.ExpirationInDays !== undefined,
    ).map((rule: { Prefix: string }) => rule.Prefix);
    expect(prefixes).toEqual(['sources/', 'builds/', 'rehearsals/']);
  });
});

test('every alarm on the deployer tells the topic', () => {
  const alarms = ofType(production, 'AWS::CloudWatch::Alarm');
  expect(alarms.map(([, { Properties }]) => Properties.AlarmName).sort()).toEqual([
    'lockstep-production-backend-needs-attention',
    'lockstep-production-deploy-timed-out',
    'lockstep-production-function-bugs',
    'lockstep-production-lock-not-freed',
    'lockstep-production-recover-failed',
    'lockstep-production-recover-undelivered',
    'lockstep-production-schedule-failed',
  ]);
  for (const [, { Properties }] of alarms)
    expect(Properties.AlarmActions).toEqual([{ Ref: expect.any(String) }]);
});

test('what the alarms count in the logs is what the functions write', () => {
  const patterns = ofType(production, 'AWS::Logs::MetricFilter').map(
    ([, { Properties }]) => Properties.FilterPattern,
  );
  expect(patterns).toContain('{ ($.error = "StepTimedOut") || ($.error = "Internal") }');
  const written = readFileSync(join(ROOT, 'lambdas/find-orphans/handler.ts'), 'utf8');
  expect(patterns).toContain('{ $.message = "*lock still held" }');
  expect(written).toMatch(/log\.\w+\(`[^`]*lock still held`/);
});

describe('an adopted service', () => {
  const adopted = synthesized([
    environmentOf('live', {
      deployment: { imageTagStrategy: 'immutable', autoScale: false, minTasks: 2, maxTasks: 2 },
      resources: { cpu: 256, memory: 512 },
      aws: { region: 'us-east-1', account: '123456789012' },
      stack: { create: false },
      services: {
        shop: {
          cluster: 'main',
          port: 3000,
          roles: ['arn:aws:iam::123456789012:role/shop'],
          database: {
            secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf',
            subnets: ['subnet-1'],
            securityGroups: ['sg-1'],
          },
        },
      },
    }),
  ]);

  test('has a deployer and no backend of ours', () => {
    expect(Object.keys(adopted)).toEqual(['lockstep-live']);
  });

  test('is inspected from its own network, and its own roles are passed on', () => {
    const stack = adopted['lockstep-live'];
    const inspector = ofType(stack, 'AWS::Lambda::Function').find(
      ([, { Properties }]) => Properties.FunctionName === 'lockstep-live-inspect-database-shop',
    );
    expect(inspector?.[1].Properties.VpcConfig).toEqual({
      SubnetIds: ['subnet-1'],
      SecurityGroupIds: ['sg-1'],
    });
    const passing = ofType(stack, 'AWS::IAM::Role')
      .flatMap(([id]) => statementsOf(stack, id))
      .filter(({ Action }) => Action.includes('iam:PassRole'));
    expect(new Set(passing.flatMap(({ Resource }) => Resource))).toEqual(
      new Set(['arn:aws:iam::123456789012:role/shop']),
    );
  });
});

function definitionOf(name: string): string {
  return readFileSync(join(ROOT, 'statemachine', `${name}.asl.json`), 'utf8');
}
