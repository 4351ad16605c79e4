/** DescribeSecret, ListSecrets, DeleteSecret, RestoreSecret, tags and GetRandomPassword: all but the values. */
import type {
  DeleteSecretCommandInput,
  DescribeSecretCommandInput,
  Filter,
  GetRandomPasswordCommandInput,
  ListSecretsCommandInput,
  RestoreSecretCommandInput,
  Tag,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type Permission, unsupported, type World } from '../../service.ts';
import { invalidParameter, type Secret, type Secrets } from './model.ts';
import { randomPassword } from './password.ts';

const DAY_MS = 86_400_000;

export function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

/** Policies are matched against the whole ARN, whatever the call names the secret by. */
export function onSecret(secrets: Secrets, action: string) {
  return (input: { SecretId?: string | undefined }): Permission[] => [
    {
      action: `secretsmanager:${action}`,
      resource: secrets.find(input.SecretId ?? '')?.arn ?? input.SecretId ?? '',
    },
  ];
}

export function secretOperations(world: World, secrets: Secrets): Record<string, Operation> {
  return {
    DescribeSecret: operation<DescribeSecretCommandInput, object>('DescribeSecret', ['SecretId'], {
      permissions: onSecret(secrets, 'DescribeSecret'),
      run(input) {
        const secret = secrets.get(input.SecretId ?? '');
        return { ...describe(secret), VersionIdsToStages: stages(secret) };
      },
    }),

    ListSecrets: operation<ListSecretsCommandInput, object>(
      'ListSecrets',
      ['Filters', 'IncludePlannedDeletion', 'MaxResults', 'NextToken', 'SortOrder'],
      {
        permissions: () => [{ action: 'secretsmanager:ListSecrets', resource: '*' }],
        run(input) {
          const found = secrets
            .all()
            .filter((secret) => input.IncludePlannedDeletion === true || secret.deleted === undefined)
            .filter((secret) => (input.Filters ?? []).every((filter) => passes(secret, filter)))
            .sort((a, b) => a.created - b.created);
          if (input.SortOrder !== 'asc') found.reverse();
          const limit = input.MaxResults ?? 100;
          const { items, nextToken } = page(
            found,
            input.NextToken,
            limit,
            () => new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.'),
          );
          return {
            SecretList: items.map((secret) => ({
              ...describe(secret),
              SecretVersionsToStages: stages(secret),
            })),
            NextToken: nextToken,
          };
        },
      },
    ),

    DeleteSecret: operation<DeleteSecretCommandInput, object>(
      'DeleteSecret',
      ['SecretId', 'RecoveryWindowInDays', 'ForceDeleteWithoutRecovery'],
      {
        permissions: onSecret(secrets, 'DeleteSecret'),
        run(input) {
          const days = input.RecoveryWindowInDays ?? 30;
          const force = input.ForceDeleteWithoutRecovery === true;
          if (force && input.RecoveryWindowInDays !== undefined) {
            throw invalidParameter(
              "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
            );
          }
          if (days < 7 || days > 30) {
            throw invalidParameter(
              'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
            );
          }
          const secret = secrets.living(input.SecretId ?? '');
          const now = world.clock.now();
          secret.deleted = now;
          secret.goesAt = force ? now : now + days * DAY_MS;
          if (force) secrets.delete(secret);
          else secrets.save(secret);
          return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(secret.goesAt) };
        },
      },
    ),

    RestoreSecret: operation<RestoreSecretCommandInput, object>('RestoreSecret', ['SecretId'], {
      permissions: onSecret(secrets, 'RestoreSecret'),
      run(input) {
        const secret = secrets.get(input.SecretId ?? '');
        delete secret.deleted;
        delete secret.goesAt;
        secrets.save(secret);
        return { ARN: secret.arn, Name: secret.name };
      },
    }),

    TagResource: operation<TagResourceCommandInput, object>('TagResource', ['SecretId', 'Tags'], {
      permissions: onSecret(secrets, 'TagResource'),
      run(input) {
        const secret = secrets.living(input.SecretId ?? '');
        secret.tags = { ...secret.tags, ...tagsOf(input.Tags) };
        secrets.save(secret);
        return {};
      },
    }),

    UntagResource: operation<UntagResourceCommandInput, object>('UntagResource', ['SecretId', 'TagKeys'], {
      permissions: onSecret(secrets, 'UntagResource'),
      run(input) {
        const secret = secrets.living(input.SecretId ?? '');
        for (const key of input.TagKeys ?? []) delete secret.tags[key];
        secrets.save(secret);
        return {};
      },
    }),

    GetRandomPassword: operation<GetRandomPasswordCommandInput, object>(
      'GetRandomPassword',
      [
        'PasswordLength',
        'ExcludeCharacters',
        'ExcludeNumbers',
        'ExcludePunctuation',
        'ExcludeUppercase',
        'ExcludeLowercase',
        'IncludeSpace',
        'RequireEachIncludedType',
      ],
      {
        permissions: () => [{ action: 'secretsmanager:GetRandomPassword', resource: '*' }],
        run: (input) => ({
          RandomPassword: randomPassword({
            length: input.PasswordLength,
            excludeCharacters: input.ExcludeCharacters,
            excludeNumbers: input.ExcludeNumbers,
            excludePunctuation: input.ExcludePunctuation,
            excludeUppercase: input.ExcludeUppercase,
            excludeLowercase: input.ExcludeLowercase,
            includeSpace: input.IncludeSpace,
            requireEachIncludedType: input.RequireEachIncludedType,
          }),
        }),
      },
    ),
  };
}

function describe(secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: false,
    CreatedDate: new Date(secret.created),
    LastChangedDate: new Date(secret.changed),
    // AWS tells the day, not the time.
    LastAccessedDate:
      secret.accessed === undefined ? undefined : new Date(secret.accessed - (secret.accessed % DAY_MS)),
    DeletedDate: secret.deleted === undefined ? undefined : new Date(secret.deleted),
    Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

function stages(secret: Secret): Record<string, string[]> {
  return Object.fromEntries(
    secret.versions.filter(({ stages: all }) => all.length > 0).map(({ id, stages: all }) => [id, [...all]]),
  );
}

/** Values are prefixes, without regard to case but for names; `!` before one turns it round. */
function passes(secret: Secret, filter: Filter): boolean {
  const texts = textsOf(secret, filter.Key ?? '');
  return (filter.Values ?? []).some((value) => {
    const wanted = value.replace(/^!/, '');
    const found = texts.some((text) =>
      filter.Key === 'name' ? text.startsWith(wanted) : text.toLowerCase().startsWith(wanted.toLowerCase()),
    );
    return value.startsWith('!') ? !found : found;
  });
}

function textsOf(secret: Secret, key: string): string[] {
  const words = (secret.description ?? '').split(/\s+/);
  switch (key) {
    case 'name':
      return [secret.name];
    case 'description':
      return words;
    case 'tag-key':
      return Object.keys(secret.tags);
    case 'tag-value':
      return Object.values(secret.tags);
    case 'all':
      return [secret.name, ...words, ...Object.keys(secret.tags), ...Object.values(secret.tags)];
    default:
      throw unsupported('ListSecrets', `the filter ${key}`);
  }
}
