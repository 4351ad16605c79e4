/** CreateSecret, PutSecretValue, UpdateSecret and GetSecretValue. */
import type {
  CreateSecretCommandInput,
  GetSecretValueCommandInput,
  ListSecretVersionIdsCommandInput,
  PutSecretValueCommandInput,
  UpdateSecretCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import {
  type Content,
  CURRENT,
  invalidParameter,
  type Secret,
  type Secrets,
  type Version,
  withStage,
} from './model.ts';
import { onSecret, tagsOf } from './secrets.ts';

export function valueOperations(world: World, secrets: Secrets): Record<string, Operation> {
  return {
    CreateSecret: operation<CreateSecretCommandInput, object>(
      'CreateSecret',
      ['Name', 'ClientRequestToken', 'Description', 'KmsKeyId', 'SecretBinary', 'SecretString', 'Tags'],
      {
        permissions: (input) => [
          {
            action: 'secretsmanager:CreateSecret',
            resource: `arn:aws:secretsmanager:${world.region}:${world.account}:secret:${input.Name}`,
            context: { 'secretsmanager:Name': input.Name ?? '' },
          },
        ],
        run(input) {
          const secret = secrets.create(input.Name ?? '', {
            ...(input.Description === undefined ? {} : { description: input.Description }),
            ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
            tags: tagsOf(input.Tags),
          });
          const content = contentOf(input);
          const version = content && secrets.addVersion(secret, content, input.ClientRequestToken);
          return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
        },
      },
    ),

    PutSecretValue: operation<PutSecretValueCommandInput, object>(
      'PutSecretValue',
      ['SecretId', 'ClientRequestToken', 'SecretBinary', 'SecretString', 'VersionStages'],
      {
        permissions: onSecret(secrets, 'PutSecretValue'),
        run(input) {
          const secret = secrets.living(input.SecretId ?? '');
          const content = contentOf(input);
          if (!content) throw invalidParameter('You must provide either SecretString or SecretBinary.');
          const version = secrets.addVersion(secret, content, input.ClientRequestToken, input.VersionStages);
          return {
            ARN: secret.arn,
            Name: secret.name,
            VersionId: version.id,
            VersionStages: [...version.stages],
          };
        },
      },
    ),

    UpdateSecret: operation<UpdateSecretCommandInput, object>(
      'UpdateSecret',
      ['SecretId', 'ClientRequestToken', 'Description', 'KmsKeyId', 'SecretBinary', 'SecretString'],
      {
        permissions: onSecret(secrets, 'UpdateSecret'),
        run(input) {
          const secret = secrets.living(input.SecretId ?? '');
          if (input.Description !== undefined) secret.description = input.Description;
          if (input.KmsKeyId !== undefined) secret.kmsKeyId = input.KmsKeyId;
          secret.changed = world.clock.now();
          secrets.save(secret);
          const content = contentOf(input);
          const version = content && secrets.addVersion(secret, content, input.ClientRequestToken);
          return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
        },
      },
    ),

    GetSecretValue: operation<GetSecretValueCommandInput, object>(
      'GetSecretValue',
      ['SecretId', 'VersionId', 'VersionStage'],
      {
        permissions: onSecret(secrets, 'GetSecretValue'),
        run(input) {
          const secret = secrets.living(input.SecretId ?? '');
          const version = findVersion(secret, input.VersionId, input.VersionStage);
          secret.accessed = world.clock.now();
          secrets.save(secret);
          return {
            ARN: secret.arn,
            Name: secret.name,
            VersionId: version.id,
            VersionStages: [...version.stages],
            CreatedDate: new Date(version.created),
            ...(version.string === undefined ? {} : { SecretString: version.string }),
            ...(version.binary === undefined ? {} : { SecretBinary: Buffer.from(version.binary, 'base64') }),
          };
        },
      },
    ),

    ListSecretVersionIds: operation<ListSecretVersionIdsCommandInput, object>(
      'ListSecretVersionIds',
      ['SecretId', 'IncludeDeprecated', 'MaxResults', 'NextToken'],
      {
        permissions: onSecret(secrets, 'ListSecretVersionIds'),
        run(input) {
          const secret = secrets.get(input.SecretId ?? '');
          const shown = secret.versions.filter(
            (version) => input.IncludeDeprecated === true || version.stages.length > 0,
          );
          const { items, nextToken } = page(shown, input.NextToken, input.MaxResults ?? 100);
          return {
            ARN: secret.arn,
            Name: secret.name,
            NextToken: nextToken,
            Versions: items.map(({ id, stages, created }) => ({
              VersionId: id,
              VersionStages: [...stages],
              CreatedDate: new Date(created),
            })),
          };
        },
      },
    ),
  };
}

function contentOf(input: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}): Content | undefined {
  const { SecretString: string, SecretBinary: binary } = input;
  if (string === undefined && binary === undefined) return undefined;
  return { string, binary: binary && Buffer.from(binary).toString('base64') };
}

/** Throws as AWS does, which says by what it looked. */
export function findVersion(secret: Secret, id: string | undefined, stage: string | undefined): Version {
  const by = id === undefined ? `staging label: ${stage ?? CURRENT}` : `VersionId: ${id}`;
  const version =
    id === undefined
      ? withStage(secret, stage ?? CURRENT)
      : secret.versions.find(
          (each) => each.id === id && (stage === undefined || each.stages.includes(stage)),
        );
  if (!version) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${by}`,
    );
  }
  return version;
}
