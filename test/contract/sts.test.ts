import { generateKeyPairSync } from 'node:crypto';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { subjects } from '../../infra/deployer/ci-role.ts';
import { GITHUB, openIssuer } from '../setup/identity.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'sts'] });
await world.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
  {
    RoleName: 'reader',
    AssumeRolePolicyDocument: {
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::000000000000:root' } },
      ],
    },
    Policies: [
      {
        PolicyName: 'read',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'iam:GetRole', Resource: '*' }] },
      },
    ],
  },
  { stack: 'test', logicalId: 'Reader' },
);

test('GetCallerIdentity of a key that was not issued here is the account itself', async () => {
  const sts = new STSClient(world.client);
  const identity = await sts.send(new GetCallerIdentityCommand({}));
  expect(identity.Account).toBe('000000000000');
  expect(identity.Arn).toBe('arn:aws:iam::000000000000:root');
});

test('AssumeRole gives a session that acts as the role and only as the role', async () => {
  const sts = new STSClient(world.client);
  const RoleArn = 'arn:aws:iam::000000000000:role/reader';
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }));
  expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const mine = new STSClient({ ...world.client, credentials });
  const identity = await mine.send(new GetCallerIdentityCommand({}));
  expect(identity.Arn).toBe('arn:aws:sts::000000000000:assumed-role/reader/me');
  const iam = new IAMClient({ ...world.client, credentials });
  expect((await iam.send(new GetRoleCommand({ RoleName: 'reader' }))).Role?.Arn).toBe(RoleArn);
  await expect(mine.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'again' }))).rejects.toMatchObject(
    {
      name: 'AccessDenied',
      message:
        'User: arn:aws:sts::000000000000:assumed-role/reader/me is not authorized to perform: sts:AssumeRole ' +
        `on resource: ${RoleArn} because no identity-based policy allows the sts:AssumeRole action`,
    },
  );
});

test('a role that does not trust the caller, or is not there, cannot be assumed; nor for too long', async () => {
  const sts = new STSClient(world.client);
  const assume = (role: string, DurationSeconds = 3600) =>
    sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::000000000000:role/${role}`,
        RoleSessionName: 'me',
        DurationSeconds,
      }),
    );
  await expect(assume('none')).rejects.toMatchObject({
    name: 'AccessDenied',
    message:
      'User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/none',
  });
  await expect(assume('reader', 43_200)).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  });
  await expect(assume('reader', 60)).rejects.toMatchObject({ name: 'ValidationError' });
});

test('a session key that was never issued is refused with the sentence of STS', async () => {
  const credentials = { accessKeyId: 'ASIAUNKNOWN', secretAccessKey: 'x', sessionToken: 'x' };
  const sts = new STSClient({ ...world.client, credentials });
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
    message: 'The security token included in the request is invalid.',
  });
});

test('a session whose time is over is told so, in the words of STS', async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = world.ports.iam.assume(
    'arn:aws:iam::000000000000:role/reader',
    'short',
    -1,
  );
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const sts = new STSClient({ ...world.client, credentials });
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'ExpiredToken',
    message: 'The security token included in the request is expired',
  });
});

describe('AssumeRoleWithWebIdentity', () => {
  const issuer = openIssuer(world.folder);
  const host = GITHUB.replace('https://', '');
  const provider = `arn:aws:iam::000000000000:oidc-provider/${host}`;
  const RoleArn = 'arn:aws:iam::000000000000:role/deployer';
  const sub = 'repo:acme/shop:environment:production';
  const good = { aud: 'sts.amazonaws.com', sub };
  beforeAll(async () => {
    const { provisioners } = world.services.get('iam') ?? {};
    const place = { stack: 'test', logicalId: 'GitHub' };
    await provisioners?.['AWS::IAM::OIDCProvider']?.provision(
      { Url: GITHUB, ClientIdList: ['sts.amazonaws.com', 'other'] },
      place,
    );
    await provisioners?.['AWS::IAM::Role']?.provision(
      {
        RoleName: 'deployer',
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sts:AssumeRoleWithWebIdentity',
              Principal: { Federated: provider },
              Condition: {
                StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com' },
                StringLike: {
                  [`${host}:sub`]: subjects({ repository: 'acme/shop', environment: 'production' }),
                },
              },
            },
          ],
        },
      },
      { stack: 'test', logicalId: 'Deployer' },
    );
  });
  /** Without any key: a runner has none yet. */
  const assume = (WebIdentityToken: string, role = RoleArn) =>
    new STSClient({ endpoint: world.endpoint, region: world.region }).send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn: role, RoleSessionName: 'run-1', WebIdentityToken }),
    );

  test.each([sub, 'repo:acme@12/shop@345:environment:production'])(
    'signs a job in by its token alone: %s',
    async (subject) => {
      const { Credentials, ...answer } = await assume(issuer.token({ ...good, sub: subject }));
      expect(answer).toMatchObject({
        SubjectFromWebIdentityToken: subject,
        Audience: 'sts.amazonaws.com',
        Provider: provider,
        AssumedRoleUser: { Arn: 'arn:aws:sts::000000000000:assumed-role/deployer/run-1' },
      });
      const credentials = {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      };
      const sts = new STSClient({ ...world.client, credentials });
      expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toContain('assumed-role/deployer/run-1');
    },
  );

  const denied = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';
  const another = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  test.each([
    [
      'of another repository',
      () => issuer.token({ ...good, sub: 'repo:acme/other:environment:production' }),
      denied,
    ],
    ['of a fork’s pull request', () => issuer.token({ ...good, sub: 'repo:acme/shop:pull_request' }), denied],
    [
      'of a name that only begins alike',
      () => issuer.token({ ...good, sub: 'repo:acme/shop2:environment:production' }),
      denied,
    ],
    ['for an audience that the role does not trust', () => issuer.token({ ...good, aud: 'other' }), denied],
    ['for an audience of nobody', () => issuer.token({ ...good, aud: 'github' }), 'Incorrect token audience'],
    [
      'of an issuer that no stack has made',
      () => issuer.token({ ...good, iss: 'https://gitlab.com' }),
      'No OpenIDConnect provider found in your account for https://gitlab.com',
    ],
    [
      'that is over',
      () => issuer.token({ ...good, exp: 1_000_000_000 }),
      'must be before the expiration date/time 1000000000',
    ],
    ['signed by somebody else', () => issuer.token(good, another()), 'signature is not valid'],
    ['that is none', () => 'secret', 'not a valid JWT'],
  ])('refuses a token %s', async (_, token, sentence) => {
    await expect(assume(token())).rejects.toThrow(sentence);
  });

  test('says of a role that is not there what it says of one that does not trust, and gives nothing without a token', async () => {
    const none = 'arn:aws:iam::000000000000:role/none';
    await expect(assume(issuer.token(good), none)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: denied,
    });
    await expect(assume(issuer.token(good), 'arn:aws:iam::000000000000:role/reader')).rejects.toThrow(denied);
    const unsigned = (body: string) =>
      fetch(world.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
    const answer = await unsigned('Action=GetCallerIdentity&Version=2011-06-15');
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('MissingAuthenticationToken'),
    ]);
  });
});
