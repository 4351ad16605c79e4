/** AWS::SecretsManager::Secret and what hangs on it. */
import { physicalName } from '../../provision/names.ts';
import { AwsError, type Provisioner, unsupported, type World } from '../../service.ts';
import { CURRENT, type Secret, type Secrets, withStage } from './model.ts';
import { randomPassword } from './password.ts';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface GenerateSecretString {
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
  readonly PasswordLength?: number | string;
  readonly ExcludeCharacters?: string;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeLowercase?: boolean;
  readonly IncludeSpace?: boolean;
  readonly RequireEachIncludedType?: boolean;
}

export function secretsProvisioners(world: World, secrets: Secrets): Record<string, Provisioner> {
  const provisioned = (secret: Secret) => ({ ref: secret.arn, attributes: { Id: secret.arn } });
  return {
    'AWS::SecretsManager::Secret': {
      honours: ['Name', 'Description', 'SecretString', 'GenerateSecretString', 'Tags'],
      ignores: {
        KmsKeyId: 'Secrets lie unencrypted in the folder of the embedded AWS.',
        ReplicaRegions: 'There is one region here.',
      },
      provision(properties, place) {
        const name = String(properties['Name'] ?? physicalName(place, 512));
        const secret = secrets.find(name) ?? secrets.create(name, {});
        if (properties['Description'] !== undefined) secret.description = String(properties['Description']);
        const tags = (properties['Tags'] ?? []) as readonly Tag[];
        secret.tags = Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
        secrets.save(secret);
        const { SecretString: string, GenerateSecretString: generate } = properties;
        if (string !== undefined) setString(secrets, secret, String(string));
        // A start must not make a new password: the database has the old one.
        else if (!withStage(secret, CURRENT)) {
          secrets.addVersion(secret, { string: generated((generate ?? {}) as GenerateSecretString) });
        }
        return provisioned(secret);
      },
    },

    'AWS::SecretsManager::SecretTargetAttachment': {
      honours: ['SecretId', 'TargetId', 'TargetType'],
      provision(properties) {
        const type = String(properties['TargetType']);
        if (type !== 'AWS::RDS::DBInstance') {
          throw unsupported('AWS::SecretsManager::SecretTargetAttachment', `TargetType ${type}`);
        }
        const secret = secrets.get(String(properties['SecretId']));
        const target = String(properties['TargetId']);
        const instance = world.ports.rds.instance(target);
        if (!instance) throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${target} not found.`);
        const known = JSON.parse(withStage(secret, CURRENT)?.string ?? '{}') as Record<string, unknown>;
        const attached = {
          ...known,
          engine: instance.engine,
          host: instance.host,
          port: instance.port,
          ...(instance.database === undefined ? {} : { dbname: instance.database }),
          dbInstanceIdentifier: instance.identifier,
        };
        setString(secrets, secret, JSON.stringify(attached));
        return provisioned(secret);
      },
    },

    'AWS::SecretsManager::RotationSchedule': ignored(
      secrets,
      ['SecretId', 'RotationLambdaARN', 'HostedRotationLambda', 'RotationRules', 'RotateImmediatelyOnUpdate'],
      'Secrets are not rotated here.',
    ),

    'AWS::SecretsManager::ResourcePolicy': ignored(
      secrets,
      ['SecretId', 'ResourcePolicy', 'BlockPublicPolicy'],
      'There is one account here, whose roles have policies of their own.',
    ),
  };
}

/** A resource without effect, whose reference is still the secret's. */
function ignored(secrets: Secrets, properties: readonly string[], reason: string): Provisioner {
  return {
    honours: [],
    ignores: Object.fromEntries(properties.map((property) => [property, reason])),
    provision: (given) => ({
      ref: secrets.find(String(given['SecretId']))?.arn ?? String(given['SecretId']),
    }),
  };
}

/** A new version only where the value differs. */
export function setString(secrets: Secrets, secret: Secret, string: string): void {
  if (withStage(secret, CURRENT)?.string !== string) secrets.addVersion(secret, { string });
}

function generated(given: GenerateSecretString): string {
  const password = randomPassword({
    length: given.PasswordLength === undefined ? undefined : Number(given.PasswordLength),
    excludeCharacters: given.ExcludeCharacters,
    excludeNumbers: given.ExcludeNumbers,
    excludePunctuation: given.ExcludePunctuation,
    excludeUppercase: given.ExcludeUppercase,
    excludeLowercase: given.ExcludeLowercase,
    includeSpace: given.IncludeSpace,
    requireEachIncludedType: given.RequireEachIncludedType,
  });
  if (given.SecretStringTemplate === undefined) return password;
  const template = JSON.parse(given.SecretStringTemplate) as Record<string, unknown>;
  return JSON.stringify({ ...template, [given.GenerateStringKey ?? 'password']: password });
}
