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
import { AwsError, type Operation, type Permission } from '../../service.ts';
import type { Blobs } from './blobs.ts';
import { type Image, invalidParameter, type Registry, type Repository } from './model.ts';
import { activate, imageAction, putImage } from './put-image.ts';
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

function found(registry: Registry, repository: Repository, id: ImageIdentifier): Image {
  if (id.imageDigest === undefined && id.imageTag === undefined) {
    throw invalidParameter(
      "Invalid parameter at 'imageIds' failed to satisfy constraint: 'ImageIdentifier must have a digest or a tag'",
    );
  }
  const image = registry.image(repository.name, id);
  if (!image) throw imageNotFound(registry, repository, id);
  return image;
}

function imageNotFound({ world }: Registry, repository: Repository, id: ImageIdentifier): AwsError {
  const shown = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
  return new AwsError(
    'ImageNotFoundException',
    `The image with imageId ${shown} does not exist within the repository with name '${repository.name}' in the registry with id '${world.account}'`,
  );
}

/** What is wrong with an identifier, in the form of a batch's failures. */
function failureOf(registry: Registry, repository: Repository, imageId: ImageIdentifier): object | undefined {
  const fail = (failureCode: string, failureReason: string) => ({ imageId, failureCode, failureReason });
  const { imageDigest, imageTag } = imageId;
  if (imageDigest === undefined && imageTag === undefined) {
    return fail('MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null');
  }
  if (imageDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(imageDigest)) {
    return fail(
      'InvalidImageDigest',
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    );
  }
  if (registry.image(repository.name, imageId)) return undefined;
  return imageDigest !== undefined &&
    imageTag !== undefined &&
    registry.image(repository.name, { imageDigest })
    ? fail('ImageTagDoesNotMatchDigest', 'Requested image tag does not match the digest')
    : fail('ImageNotFound', 'Requested image not found');
}

function referencedBy(
  registry: Registry,
  repository: Repository,
  imageId: ImageIdentifier,
): object | undefined {
  const { imageDigest } = imageId;
  const index = registry
    .images(repository.name)
    .find(
      (image) =>
        imageDigest !== undefined && image.digest !== imageDigest && image.manifest.includes(imageDigest),
    );
  return (
    index && {
      imageId,
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${index.digest}]`,
    }
  );
}

/** By tag, the image goes with its last tag; by digest, with all of them. */
function remove(registry: Registry, image: Image, id: ImageIdentifier): ImageIdentifier[] {
  const tags = id.imageTag === undefined ? [...image.tags] : [id.imageTag];
  image.tags = image.tags.filter((tag) => !tags.includes(tag));
  if (image.tags.length > 0) registry.saveImage(image);
  else registry.deleteImage(image);
  const ids = tags.length === 0 ? [undefined] : tags;
  for (const tag of ids) imageAction(registry, image, 'DELETE', tag);
  return ids.map((imageTag) => ({
    imageDigest: image.digest,
    ...(imageTag === undefined ? {} : { imageTag }),
  }));
}

function manifestOf({ world }: Registry, image: Image, tag: string | undefined) {
  return {
    registryId: world.account,
    repositoryName: image.repository,
    imageId: { imageDigest: image.digest, ...(tag === undefined ? {} : { imageTag: tag }) },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}

function show({ world }: Registry, image: Image) {
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at));
  return {
    registryId: world.account,
    repositoryName: image.repository,
    imageDigest: image.digest,
    imageTags: image.tags.length > 0 ? image.tags : undefined,
    imageSizeInBytes: image.size,
    imagePushedAt: new Date(image.pushedAt),
    imageManifestMediaType: image.mediaType,
    artifactMediaType: image.artifactMediaType,
    imageStatus: image.status,
    lastRecordedPullTime: time(image.pulledAt),
    lastArchivedAt: time(image.archivedAt),
    lastActivatedAt: time(image.activatedAt),
  };
}
