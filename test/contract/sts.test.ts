import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'sts'] });
await world.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
  {
    RoleName: 'reader',
    AssumeRolePolicyDocument: { Statement: [] },
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

test('a session key that was never issued is refused with the sentence of STS', async () => {
  const credentials = { accessKeyId: 'ASIAUNKNOWN', secretAccessKey: 'x', sessionToken: 'x' };
  const sts = new STSClient({ ...world.client, credentials });
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
    message: 'The security token included in the request is invalid.',
  });
});
