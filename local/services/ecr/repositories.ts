/** Operations on repositories. */
import type {
  CreateRepositoryCommandInput,
  DeleteRepositoryCommandInput,
  DescribeRepositoriesCommandInput,
  ListTagsForResourceCommandInput,
  PutImageScanningConfigurationCommandInput,
  PutImageTagMutabilityCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-ecr';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type Permission } from '../../service.ts';
import { invalidParameter, type Mutability, type Registry, type Repository } from './model.ts';

export function repositoryOperations(registry: Registry): Record<string, Operation> {
  const { world } = registry;
  const on =
    (action: string) =>
    (input: { repositoryName?: string | undefined }): Permission[] => [
      { action: `ecr:${action}`, resource: registry.arn(input.repositoryName ?? '') },
    ];
  const onArn =
    (action: string) =>
    (input: { resourceArn?: string | undefined }): Permission[] => [
      { action: `ecr:${action}`, resource: input.resourceArn ?? '' },
    ];
  const ofArn = (arn: string | undefined) => registry.get((arn ?? '').replace(/^.*:repository\//, ''));
  const common = (repository: Repository) => ({ registryId: world.account, repositoryName: repository.name });

  return {
    CreateRepository: operation<CreateRepositoryCommandInput, object>(
      'CreateRepository',
      [
        'repositoryName',
        'tags',
        'imageTagMutability',
        'imageTagMutabilityExclusionFilters',
        'imageScanningConfiguration',
        'encryptionConfiguration',
        'registryId',
      ],
      {
        permissions: on('CreateRepository'),
        run(input) {
          checkMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
          const repository = registry.create(input.repositoryName ?? '');
          repository.mutability = input.imageTagMutability ?? 'MUTABLE';
          repository.exclusions = filters(input.imageTagMutabilityExclusionFilters);
          repository.scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
          repository.encryptionType = input.encryptionConfiguration?.encryptionType ?? 'AES256';
          repository.tags = Object.fromEntries(
            (input.tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']),
          );
          registry.save(repository);
          return { repository: show(registry, repository) };
        },
      },
    ),

    DeleteRepository: operation<DeleteRepositoryCommandInput, object>(
      'DeleteRepository',
      ['repositoryName', 'force', 'registryId'],
      {
        permissions: on('DeleteRepository'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          if (!input.force && registry.images(repository.name).length > 0) {
            throw new AwsError(
              'RepositoryNotEmptyException',
              `The repository with name '${repository.name}' in registry with id '${world.account}' cannot be deleted because it still contains images`,
            );
          }
          registry.delete(repository.name);
          return { repository: show(registry, repository) };
        },
      },
    ),

    DescribeRepositories: operation<DescribeRepositoriesCommandInput, object>(
      'DescribeRepositories',
      ['repositoryNames', 'nextToken', 'maxResults', 'registryId'],
      {
        permissions: (input) =>
          input.repositoryNames
            ? input.repositoryNames.map((name) => ({
                action: 'ecr:DescribeRepositories',
                resource: registry.arn(name),
              }))
            : [{ action: 'ecr:DescribeRepositories', resource: registry.arn('*') }],
        run(input) {
          const all = input.repositoryNames?.map((name) => registry.get(name)) ?? registry.all();
          const { items, nextToken } = page(all, input.nextToken, input.maxResults ?? 100, badToken);
          return { repositories: items.map((repository) => show(registry, repository)), nextToken };
        },
      },
    ),

    PutImageTagMutability: operation<PutImageTagMutabilityCommandInput, object>(
      'PutImageTagMutability',
      ['repositoryName', 'imageTagMutability', 'imageTagMutabilityExclusionFilters', 'registryId'],
      {
        permissions: on('PutImageTagMutability'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          checkMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
          repository.mutability = input.imageTagMutability ?? 'MUTABLE';
          repository.exclusions = filters(input.imageTagMutabilityExclusionFilters);
          registry.save(repository);
          const { imageTagMutability, imageTagMutabilityExclusionFilters } = show(registry, repository);
          return { ...common(repository), imageTagMutability, imageTagMutabilityExclusionFilters };
        },
      },
    ),

    PutImageScanningConfiguration: operation<PutImageScanningConfigurationCommandInput, object>(
      'PutImageScanningConfiguration',
      ['repositoryName', 'imageScanningConfiguration', 'registryId'],
      {
        permissions: on('PutImageScanningConfiguration'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          repository.scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
          registry.save(repository);
          return { ...common(repository), imageScanningConfiguration: { scanOnPush: repository.scanOnPush } };
        },
      },
    ),

    ListTagsForResource: operation<ListTagsForResourceCommandInput, object>(
      'ListTagsForResource',
      ['resourceArn'],
      {
        permissions: onArn('ListTagsForResource'),
        run: (input) => ({
          tags: Object.entries(ofArn(input.resourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
        }),
      },
    ),

    TagResource: operation<TagResourceCommandInput, object>('TagResource', ['resourceArn', 'tags'], {
      permissions: onArn('TagResource'),
      run(input) {
        const repository = ofArn(input.resourceArn);
        for (const { Key, Value } of input.tags ?? []) repository.tags[Key ?? ''] = Value ?? '';
        registry.save(repository);
        return {};
      },
    }),

    UntagResource: operation<UntagResourceCommandInput, object>('UntagResource', ['resourceArn', 'tagKeys'], {
      permissions: onArn('UntagResource'),
      run(input) {
        const repository = ofArn(input.resourceArn);
        for (const key of input.tagKeys ?? []) delete repository.tags[key];
        registry.save(repository);
        return {};
      },
    }),
  };
}

export function badToken(): AwsError {
  return invalidParameter("Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid token'");
}

export function checkMutability(
  mutability: string | undefined,
  exclusions: readonly { filter?: string | undefined }[] | undefined,
): void {
  const wants = mutability?.endsWith('_WITH_EXCLUSION') ?? false;
  if (wants === (exclusions !== undefined && exclusions.length > 0)) return;
  throw invalidParameter(
    wants
      ? `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters must be provided with ${mutability}'`
      : "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters can only be provided with IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION'",
  );
}

function filters(given: readonly { filter?: string | undefined }[] | undefined): string[] {
  return (given ?? []).map(({ filter }) => filter ?? '');
}

export function show(registry: Registry, repository: Repository) {
  return {
    repositoryArn: registry.arn(repository.name),
    registryId: registry.world.account,
    repositoryName: repository.name,
    repositoryUri: registry.uri(repository.name),
    createdAt: new Date(repository.createdAt),
    imageTagMutability: repository.mutability as Mutability,
    imageTagMutabilityExclusionFilters:
      repository.exclusions.length > 0
        ? repository.exclusions.map((filter) => ({ filterType: 'WILDCARD' as const, filter }))
        : undefined,
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: { encryptionType: repository.encryptionType },
  };
}
