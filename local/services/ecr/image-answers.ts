/** Images as operations find, show and remove them. */
import type { ImageIdentifier } from '@aws-sdk/client-ecr';
import { AwsError } from '../../service.ts';
import { type Image, invalidParameter, type Registry, type Repository } from './model.ts';
import { imageAction } from './put-image.ts';

export function found(registry: Registry, repository: Repository, id: ImageIdentifier): Image {
  if (id.imageDigest === undefined && id.imageTag === undefined) {
    throw invalidParameter(
      "Invalid parameter at 'imageIds' failed to satisfy constraint: 'ImageIdentifier must have a digest or a tag'",
    );
  }
  const image = registry.image(repository.name, id);
  if (!image) throw imageNotFound(registry, repository, id);
  return image;
}

export function imageNotFound({ world }: Registry, repository: Repository, id: ImageIdentifier): AwsError {
  const shown = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
  return new AwsError(
    'ImageNotFoundException',
    `The image with imageId ${shown} does not exist within the repository with name '${repository.name}' in the registry with id '${world.account}'`,
  );
}

/** What is wrong with an identifier, in the form of a batch's failures. */
export function failureOf(
  registry: Registry,
  repository: Repository,
  imageId: ImageIdentifier,
): object | undefined {
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

export function referencedBy(
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
export function remove(registry: Registry, image: Image, id: ImageIdentifier): ImageIdentifier[] {
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

export function manifestOf({ world }: Registry, image: Image, tag: string | undefined) {
  return {
    registryId: world.account,
    repositoryName: image.repository,
    imageId: { imageDigest: image.digest, ...(tag === undefined ? {} : { imageTag: tag }) },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}

export function show({ world }: Registry, image: Image) {
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
