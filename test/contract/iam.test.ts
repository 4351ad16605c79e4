import {
  DeleteRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'sts'] });
const iam = new IAMClient(world.client);
const provisioners = world.services.get('iam')?.provisioners;
const place = (logicalId: string) => ({ stack: 'test', logicalId });
const allow = (Action: string, Resource = '*', Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }],
});
const basic = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
const RoleName = 'deployer';
const role = (properties: object = {}) =>
  provisioners?.['AWS::IAM::Role']?.provision(
    {
      RoleName,
      Path: '/lockstep/',
      Description: 'deploys',
      AssumeRolePolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
        ],
      },
      Policies: [{ PolicyName: 'inline', PolicyDocument: allow('ecs:Describe*') }],
      ManagedPolicyArns: [basic],
      ...properties,
    },
    place('Role'),
  );
const made = await role();

test('GetRole describes what the template made', async () => {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  expect(Role).toMatchObject({
    RoleName,
    Path: '/lockstep/',
    Arn: 'arn:aws:iam::000000000000:role/lockstep/deployer',
    Description: 'deploys',
    MaxSessionDuration: 3600,
  });
  expect(made?.attributes?.['Arn']).toBe(Role?.Arn);
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toMatchObject({
    Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }],
  });
  await expect(iam.send(new GetRoleCommand({ RoleName: 'none' }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The role with name none cannot be found.',
    $metadata: { httpStatusCode: 404 },
  });
});

test('ListRoles lists by path', async () => {
  const names = async (PathPrefix?: string) =>
    (await iam.send(new ListRolesCommand({ PathPrefix }))).Roles?.map((one) => one.RoleName);
  expect(await names()).toEqual([RoleName]);
  expect(await names('/other/')).toEqual([]);
});

test('inline policies: list, get, put, delete', async () => {
  const document = async (PolicyName: string) => {
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    return JSON.parse(decodeURIComponent(PolicyDocument ?? '')) as unknown;
  };
  expect(await document('inline')).toEqual(allow('ecs:Describe*'));
  const more = { RoleName, PolicyName: 'more' };
  await iam.send(
    new PutRolePolicyCommand({ ...more, PolicyDocument: JSON.stringify(allow('s3:GetObject')) }),
  );
  expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['inline', 'more']);
  expect(await document('more')).toEqual(allow('s3:GetObject'));
  await iam.send(new DeleteRolePolicyCommand(more));
  await expect(document('more')).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  await expect(
    iam.send(new PutRolePolicyCommand({ ...more, PolicyDocument: '{"Statement":[{"Effect":"Maybe"}]}' })),
  ).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
});

test('managed policies: those of AWS and those of the template', async () => {
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  expect(AttachedPolicies).toEqual([{ PolicyArn: basic, PolicyName: 'AWSLambdaBasicExecutionRole' }]);
  await provisioners?.['AWS::IAM::ManagedPolicy']?.provision(
    { ManagedPolicyName: 'own', PolicyDocument: allow('sns:Publish'), Roles: [RoleName] },
    place('Own'),
  );
  const PolicyArn = 'arn:aws:iam::000000000000:policy/own';
  expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
    PolicyName: 'own',
    DefaultVersionId: 'v1',
  });
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''))).toEqual(allow('sns:Publish'));
  expect(() => role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] })).toThrow(
    'Policy arn:aws:iam::aws:policy/AdministratorAccess does not exist or is not attachable.',
  );
});

test('SimulatePrincipalPolicy answers what the endpoint would decide', async () => {
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: 'pass',
      PolicyDocument: JSON.stringify(
        allow('iam:PassRole', 'arn:aws:iam::000000000000:role/task', {
          StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
        }),
      ),
    }),
  );
  const simulate = async (ActionNames: string[], ResourceArns: string[], service?: string) => {
    const { EvaluationResults } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: String(made?.attributes?.['Arn']),
        ActionNames,
        ResourceArns,
        ...(service && {
          ContextEntries: [
            { ContextKeyName: 'iam:PassedToService', ContextKeyValues: [service], ContextKeyType: 'string' },
          ],
        }),
      }),
    );
    return EvaluationResults?.map(({ EvalDecision }) => EvalDecision);
  };
  expect(await simulate(['ecs:DescribeServices', 'ecs:UpdateService'], ['*'])).toEqual([
    'allowed',
    'implicitDeny',
  ]);
  const task = ['arn:aws:iam::000000000000:role/task'];
  expect(await simulate(['iam:PassRole'], task, 'ecs-tasks.amazonaws.com')).toEqual(['allowed']);
  expect(await simulate(['iam:PassRole'], task, 'lambda.amazonaws.com')).toEqual(['implicitDeny']);
  expect(await simulate(['logs:PutLogEvents'], ['arn:aws:logs:us-east-1:000000000000:log-group:x'])).toEqual([
    'allowed',
  ]);
});

test('a session is as short-lived as its credentials say', () => {
  const { accessKeyId, sessionToken, expiration } = world.ports.iam.assume(RoleName, 'me');
  expect(expiration).toBeGreaterThan(Date.now());
  expect(world.ports.iam.principalOf(accessKeyId, sessionToken)?.arn).toBe(
    'arn:aws:sts::000000000000:assumed-role/deployer/me',
  );
  expect(world.ports.iam.principalOf(accessKeyId, 'another')).toBeUndefined();
});
