import type { RdsPort } from '../../../local/ports.ts';
import { create } from '../../../local/services/secretsmanager/service.ts';
import { bareWorld } from '../events/bare-world.ts';

function open(instance: ReturnType<RdsPort['instance']> = undefined) {
  const world = bareWorld({ rds: { instance: (reference) => (reference === 'db' ? instance : undefined) } });
  const { service, ports } = create(world);
  const provision = async (type: string, properties: Record<string, unknown>, logicalId = 'X') =>
    service.provisioners?.[`AWS::SecretsManager::${type}`]?.provision(properties, {
      stack: 'test',
      logicalId,
    });
  return { world, service, ports, provision };
}

test('a generated string keeps to its rules and its template, and is made once', async () => {
  const { provision, ports } = open();
  const properties = {
    Name: 'backend/database',
    GenerateSecretString: {
      SecretStringTemplate: '{"username":"backend"}',
      GenerateStringKey: 'password',
      PasswordLength: 30,
      ExcludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\',
    },
  };
  const made = await provision('Secret', properties);
  expect(made?.ref).toMatch(
    /^arn:aws:secretsmanager:us-east-1:000000000000:secret:backend\/database-[A-Za-z0-9]{6}$/,
  );
  const value = ports.secrets.value(made?.ref ?? '');
  expect(JSON.parse(value ?? '')).toEqual({
    username: 'backend',
    password: expect.stringMatching(
      /^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[,\-.=^_])[A-Za-z0-9,\-.=^_]{30}$/,
    ),
  });
  expect((await provision('Secret', properties))?.ref).toBe(made?.ref);
  expect(ports.secrets.value('backend/database')).toBe(value);
});

test('without punctuation, without a name: a token of letters and digits under a name of its own', async () => {
  const { provision, ports } = open();
  const made = await provision('Secret', {
    GenerateSecretString: { ExcludePunctuation: true, PasswordLength: '40' },
  });
  expect(made?.ref).toMatch(/:secret:test-X-[A-Z0-9]{12}-[A-Za-z0-9]{6}$/);
  expect(ports.secrets.value(made?.ref ?? '')).toMatch(/^[A-Za-z0-9]{40}$/);
});

test('a given string replaces the one of an earlier start', async () => {
  const { provision, ports } = open();
  await provision('Secret', { Name: 's', SecretString: 'one' });
  await provision('Secret', { Name: 's', SecretString: 'two' });
  expect(ports.secrets.value('s')).toBe('two');
});

test('an attachment adds where the database is, and follows it when it moves', async () => {
  const instance = {
    identifier: 'db',
    engine: 'postgres',
    host: '127.0.0.1',
    port: 5001,
    database: 'backend',
  };
  const { provision, ports } = open(instance);
  const secret = await provision('Secret', { Name: 's', SecretString: '{"username":"u","password":"p"}' });
  const attachment = { SecretId: secret?.ref, TargetId: 'db', TargetType: 'AWS::RDS::DBInstance' };
  expect((await provision('SecretTargetAttachment', attachment))?.ref).toBe(secret?.ref);
  const attached = { engine: 'postgres', host: '127.0.0.1', dbname: 'backend', dbInstanceIdentifier: 'db' };
  expect(JSON.parse(ports.secrets.value('s') ?? '')).toEqual({
    username: 'u',
    password: 'p',
    port: 5001,
    ...attached,
  });
  instance.port = 5002;
  await provision('SecretTargetAttachment', attachment);
  expect(JSON.parse(ports.secrets.value('s') ?? '')).toMatchObject({ password: 'p', port: 5002 });
  await expect(
    provision('SecretTargetAttachment', { ...attachment, TargetType: 'AWS::RDS::DBCluster' }),
  ).rejects.toThrow('TargetType AWS::RDS::DBCluster is not supported here.');
});

test('rotation and resource policies mean nothing here, and say why', () => {
  const { service } = open();
  for (const type of ['RotationSchedule', 'ResourcePolicy']) {
    const provisioner = service.provisioners?.[`AWS::SecretsManager::${type}`];
    expect(provisioner?.honours).toEqual([]);
    expect(Object.values(provisioner?.ignores ?? {}).every((reason) => reason.length > 10)).toBe(true);
  }
});

test('a reference may pick a key, a label or a version, as a container’s valueFrom does', async () => {
  const { provision, ports } = open();
  const first = await provision('Secret', { Name: 's', SecretString: '{"password":"old","port":1}' });
  await provision('Secret', { Name: 's', SecretString: '{"password":"new","port":2}' });
  const arn = first?.ref ?? '';
  expect(ports.secrets.value(`${arn}:password::`)).toBe('new');
  expect(ports.secrets.value(`${arn}:port::`)).toBe('2');
  expect(ports.secrets.value(`${arn}:password:AWSPREVIOUS:`)).toBe('old');
  expect(ports.secrets.value(arn)).toBe('{"password":"new","port":2}');
  expect(ports.secrets.value(`${arn}:nothing::`)).toBeUndefined();
  expect(ports.secrets.value('nowhere')).toBeUndefined();
});

test('what RDS puts it gets back under the same ARN', () => {
  const { ports } = open();
  const arn = ports.secrets.put('rds!db-1', '{"password":"a"}');
  expect(ports.secrets.put('rds!db-1', '{"password":"b"}')).toBe(arn);
  expect(ports.secrets.value(arn)).toBe('{"password":"b"}');
});
