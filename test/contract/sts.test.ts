import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
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
