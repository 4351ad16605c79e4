/** Operations on images. */
import type {
  BatchDeleteImageCommandInput,
  BatchGetImageCommandInput,
  DescribeImagesCommandInput,
  ImageIdentifier,
  ListImagesCommandInput,
  PutImageCommandInput,
  UpdateImageStorageClassCommandInput,
} from '@aws-sdk/client-ecr';
import { operation, page } from '../../operation.ts';
import type { Operation, Permission } from '../../service.ts';
import type { Blobs } from './blobs.ts';
import { failureOf, found, imageNotFound, manifestOf, referencedBy, remove, show } from './image-answers.ts';
import type { Image, Registry } from './model.ts';
import { activate, putImage } from './put-image.ts';
import { badToken } from './repositories.ts';

interface Filter {
  readonly tagStatus?: string | undefined;
  readonly imageStatus?: string | undefined;
}

export function imageOperations(registry: Registry, blobs: Blobs): Record<string, Operation> {
  const { world } = registry;
  const on =
    (action: string) =>
    (input: { repositoryName?: string | undefined }): Permission[] => [
      { action: `ecr:${action}`, resource: registry.arn(input.repositoryName ?? '') },
    ];

  return {
    DescribeImages: operation<DescribeImagesCommandInput, object>(
      'DescribeImages',
      ['repositoryName', 'imageIds', 'nextToken', 'maxResults', 'filter', 'registryId'],
      {
        permissions: on('DescribeImages'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const named = input.imageIds?.map((id) => found(registry, repository, id));
          const all = (named ?? registry.images(repository.name)).filter((image) =>
            passes(image, input.filter),
          );
          if (named && all.length === 0) throw imageNotFound(registry, repository, input.imageIds?.[0] ?? {});
          const { items, nextToken } = page(all, input.nextToken, input.maxResults ?? 100, badToken);
          return { imageDetails: items.map((image) => show(registry, image)), nextToken };
        },
      },
    ),

    ListImages: operation<ListImagesCommandInput, object>(
      'ListImages',
      ['repositoryName', 'nextToken', 'maxResults', 'filter', 'registryId'],
      {
        permissions: on('ListImages'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const ids = registry
            .images(repository.name)
            .filter((image) => passes(image, input.filter))
            .flatMap(({ digest, tags }): ImageIdentifier[] =>
              tags.length === 0
                ? [{ imageDigest: digest }]
                : tags.map((imageTag) => ({ imageDigest: digest, imageTag })),
            );
          const { items, nextToken } = page(ids, input.nextToken, input.maxResults ?? 100, badToken);
          return { imageIds: items, nextToken };
        },
      },
    ),

    BatchGetImage: operation<BatchGetImageCommandInput, object>(
      'BatchGetImage',
      ['repositoryName', 'imageIds', 'acceptedMediaTypes', 'registryId'],
      {
        permissions: on('BatchGetImage'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const images: object[] = [];
          const failures: object[] = [];
          for (const imageId of input.imageIds ?? []) {
            const failure = failureOf(registry, repository, imageId);
            const image = registry.image(repository.name, imageId);
            const accepted = input.acceptedMediaTypes;
            if (failure) failures.push(failure);
            else if (image?.status === 'ACTIVE' && (!accepted || accepted.includes(image.mediaType))) {
              image.pulledAt = world.clock.now();
              registry.saveImage(image);
              images.push(manifestOf(registry, image, imageId.imageTag));
            } else {
              failures.push({
                imageId,
                failureCode: 'ImageNotFound',
                failureReason: 'Requested image not found',
              });
            }
          }
          return { images, failures };
        },
      },
    ),

    PutImage: operation<PutImageCommandInput, object>(
      'PutImage',
      ['repositoryName', 'imageManifest', 'imageManifestMediaType', 'imageTag', 'imageDigest', 'registryId'],
      {
        permissions: on('PutImage'),
        run(input) {
          const image = putImage(registry, blobs, registry.get(input.repositoryName ?? ''), {
            manifest: input.imageManifest ?? '',
            mediaType: input.imageManifestMediaType,
            tag: input.imageTag,
            digest: input.imageDigest,
          });
          return { image: manifestOf(registry, image, input.imageTag) };
        },
      },
    ),

    BatchDeleteImage: operation<BatchDeleteImageCommandInput, object>(
      'BatchDeleteImage',
      ['repositoryName', 'imageIds', 'registryId'],
      {
        permissions: on('BatchDeleteImage'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const failures: object[] = [];
          const imageIds = (input.imageIds ?? []).flatMap((id) => {
            const failure = failureOf(registry, repository, id) ?? referencedBy(registry, repository, id);
            if (!failure) return remove(registry, registry.image(repository.name, id) as Image, id);
            failures.push(failure);
            return [];
          });
          return { imageIds, failures };
        },
      },
    ),

    UpdateImageStorageClass: operation<UpdateImageStorageClassCommandInput, object>(
      'UpdateImageStorageClass',
      ['repositoryName', 'imageId', 'targetStorageClass', 'registryId'],
      {
        permissions: on('UpdateImageStorageClass'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const image = found(registry, repository, input.imageId ?? {});
          if (input.targetStorageClass === 'STANDARD') activate(registry, image);
          else {
            image.status = 'ARCHIVED';
            image.archivedAt = world.clock.now();
            registry.saveImage(image);
          }
          return {
            registryId: world.account,
            repositoryName: repository.name,
            imageId: input.imageId,
            imageStatus: image.status,
          };
        },
      },
    ),
  };
}

/** Only active images, unless the filter says otherwise: an archived one looks as if it had been deleted. */
function passes(image: Image, filter: Filter | undefined): boolean {
  const status = filter?.imageStatus ?? 'ACTIVE';
  if (status !== 'ANY' && image.status !== status) return false;
  if (filter?.tagStatus === 'TAGGED') return image.tags.length > 0;
  return filter?.tagStatus !== 'UNTAGGED' || image.tags.length === 0;
}
