/** Secrets Manager: secrets with versions and labels, found by name or ARN. */
import * as sdk from '@aws-sdk/client-secrets-manager';
import type { Ports, SecretsPort } from '../../ports.ts';
import type { Service, World } from '../../service.ts';
import { CURRENT, Secrets, withStage } from './model.ts';
import { secretsProvisioners, setString } from './provision.ts';
import { secretOperations } from './secrets.ts';
import { valueOperations } from './values.ts';

export function create(world: World): { service: Service; ports: Pick<Ports, 'secrets'> } {
  const secrets = new Secrets(world);
  return {
    service: {
      signingName: 'secretsmanager',
      sdk,
      operations: { ...secretOperations(world, secrets), ...valueOperations(world, secrets) },
      provisioners: secretsProvisioners(world, secrets),
      differences: [
        'Values lie unencrypted in the folder of the embedded AWS; a key of KMS is remembered and not used.',
        'Rotation, replication and resource policies are not done.',
      ],
    },
    ports: { secrets: secretsPort(secrets) },
  };
}

function secretsPort(secrets: Secrets): SecretsPort {
  return {
    value(reference) {
      const { id, key, stage, version } = parseReference(reference);
      const secret = secrets.find(id);
      if (!secret || secret.deleted !== undefined) return undefined;
      const found = version
        ? secret.versions.find((each) => each.id === version)
        : withStage(secret, stage ?? CURRENT);
      const text = found?.string;
      return key === undefined || text === undefined ? text : member(text, key);
    },
    put(name, value) {
      const secret = secrets.find(name) ?? secrets.create(name, {});
      setString(secrets, secret, value);
      return secret.arn;
    },
  };
}

/** `ARN`, a name, or ECS's `ARN:json-key:version-stage:version-id`, of which each part may be empty. */
function parseReference(reference: string) {
  if (!reference.startsWith('arn:')) return { id: reference };
  const parts = reference.split(':');
  const [key, stage, version] = parts.slice(7).map((part) => part || undefined);
  return { id: parts.slice(0, 7).join(':'), key, stage, version };
}

function member(text: string, key: string): string | undefined {
  let value: unknown;
  try {
    value = (JSON.parse(text) as Record<string, unknown> | null)?.[key];
  } catch {
    return undefined;
  }
  return value === undefined || value === null || typeof value === 'string'
    ? (value ?? undefined)
    : JSON.stringify(value);
}
