import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { sessionOf } from '../local/events/role.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'secretsmanager'] });
const client = new SecretsManagerClient(world.client);
let made = 0;

async function secret(SecretString = 'first'): Promise<{ ARN: string; Name: string }> {
  const Name = `contract/${++made}`;
  const { ARN } = await client.send(new CreateSecretCommand({ Name, SecretString }));
  return { ARN: ARN ?? '', Name };
}

const read = async (SecretId: string, rest: object = {}) =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...rest }))).SecretString;

test('CreateSecret gives an ARN with six random characters, once', async () => {
  const { ARN, Name } = await secret();
  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:contract\/1-[A-Za-z0-9]{6}$/);
  await expect(client.send(new CreateSecretCommand({ Name, SecretString: 'x' }))).rejects.toMatchObject({
    name: 'ResourceExistsException',
    message: `The operation failed because the secret ${Name} already exists.`,
  });
});

test('GetSecretValue finds a secret by name, ARN and partial ARN, and binary values too', async () => {
  const { ARN, Name } = await secret();
  expect(await read(Name)).toBe('first');
  expect(await read(ARN)).toBe('first');
  expect(await read(ARN.slice(0, -7))).toBe('first');
  await expect(read('nothing')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  });
  const SecretBinary = new Uint8Array([0, 255, 1]);
  const bytes = await client.send(new CreateSecretCommand({ Name: 'bytes', SecretBinary }));
  const answer = await client.send(new GetSecretValueCommand({ SecretId: bytes.ARN }));
  expect(answer.SecretBinary).toEqual(SecretBinary);
  expect(answer.SecretString).toBeUndefined();
});

test('PutSecretValue moves the labels; old versions stay readable by id and by label', async () => {
  const { Name } = await secret('one');
  const first = (await client.send(new GetSecretValueCommand({ SecretId: Name }))).VersionId ?? '';
  const put = await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }));
  expect(put.VersionStages).toEqual(['AWSCURRENT']);
  expect(await read(Name)).toBe('two');
  expect(await read(Name, { VersionStage: 'AWSPREVIOUS' })).toBe('one');
  expect(await read(Name, { VersionId: first })).toBe('one');
  await client.send(
    new PutSecretValueCommand({ SecretId: Name, SecretString: 'three', VersionStages: ['AWSPENDING'] }),
  );
  expect(await read(Name)).toBe('two');
  expect(await read(Name, { VersionStage: 'AWSPENDING' })).toBe('three');
  await expect(read(Name, { VersionStage: 'other' })).rejects.toMatchObject({
    message: "Secrets Manager can't find the specified secret value for staging label: other",
  });
});

test('a request token makes one version, however often it is sent', async () => {
  const { Name } = await secret();
  const ClientRequestToken = '11111111-1111-1111-1111-111111111111';
  const put = (SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId: Name, SecretString, ClientRequestToken }));
  expect((await put('same')).VersionId).toBe(ClientRequestToken);
  expect((await put('same')).VersionId).toBe(ClientRequestToken);
  await expect(put('other')).rejects.toMatchObject({ name: 'ResourceExistsException' });
});

test('UpdateSecret changes description and value; DescribeSecret and ListSecretVersionIds tell', async () => {
  const { ARN, Name } = await secret();
  await client.send(
    new UpdateSecretCommand({ SecretId: Name, Description: 'of the test', SecretString: 'two' }),
  );
  const described = await client.send(new DescribeSecretCommand({ SecretId: Name }));
  expect(described).toMatchObject({ ARN, Name, Description: 'of the test' });
  expect(Object.values(described.VersionIdsToStages ?? {})).toEqual([['AWSPREVIOUS'], ['AWSCURRENT']]);
  const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId: Name }));
  expect(Versions).toHaveLength(2);
});

test('ListSecrets filters and pages', async () => {
  for (const name of ['a', 'b', 'c']) await client.send(new CreateSecretCommand({ Name: `listed/${name}` }));
  const Filters = [{ Key: 'name' as const, Values: ['listed/'] }];
  const first = await client.send(new ListSecretsCommand({ Filters, MaxResults: 2, SortOrder: 'asc' }));
  expect(first.SecretList).toHaveLength(2);
  const second = await client.send(
    new ListSecretsCommand({ Filters, MaxResults: 2, SortOrder: 'asc', NextToken: first.NextToken }),
  );
  expect(second.SecretList).toHaveLength(1);
  expect(second.NextToken).toBeUndefined();
});

test('DeleteSecret leaves a window in which RestoreSecret brings it back', async () => {
  const { Name } = await secret();
  await client.send(new DeleteSecretCommand({ SecretId: Name, RecoveryWindowInDays: 7 }));
  await expect(read(Name)).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  });
  await client.send(new RestoreSecretCommand({ SecretId: Name }));
  expect(await read(Name)).toBe('first');
  await client.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
  await expect(read(Name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('TagResource and UntagResource', async () => {
  const { Name } = await secret();
  await client.send(
    new TagResourceCommand({
      SecretId: Name,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await client.send(new UntagResourceCommand({ SecretId: Name, TagKeys: ['a'] }));
  expect((await client.send(new DescribeSecretCommand({ SecretId: Name }))).Tags).toEqual([
    { Key: 'b', Value: '2' },
  ]);
});

test('GetRandomPassword', async () => {
  const { RandomPassword } = await client.send(
    new GetRandomPasswordCommand({ PasswordLength: 20, ExcludePunctuation: true }),
  );
  expect(RandomPassword).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9]{20}$/);
});

test('a role may read the secret whose ARN its policy names, six random characters or question marks at its end', async () => {
  const { ARN, Name } = await secret();
  const other = await secret();
  const mine = new SecretsManagerClient(
    await sessionOf(world, 'reader', [
      { Action: 'secretsmanager:GetSecretValue', Resource: `${ARN.slice(0, -6)}??????` },
    ]),
  );
  expect((await mine.send(new GetSecretValueCommand({ SecretId: Name }))).SecretString).toBe('first');
  await expect(mine.send(new GetSecretValueCommand({ SecretId: other.Name }))).rejects.toThrow(
    `is not authorized to perform: secretsmanager:GetSecretValue on resource: ${other.ARN}`,
  );
});
