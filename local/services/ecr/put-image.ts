/** An image comes into a repository, or gets one more tag: by PutImage, or by a push to the registry. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../service.ts';
import type { Blobs } from './blobs.ts';
import {
  type Image,
  invalidParameter,
  type ManifestContent,
  type Registry,
  type Repository,
} from './model.ts';

export interface Push {
  readonly manifest: string;
  readonly mediaType?: string | undefined;
  readonly tag?: string | undefined;
  /** What the caller thinks that the digest is. */
  readonly digest?: string | undefined;
}

/** Throws as PutImage does; a push to the registry takes `ImageAlreadyExistsException` for success. */
export function putImage(registry: Registry, blobs: Blobs, repository: Repository, push: Push): Image {
  const { world } = registry;
  const content = parse(push.manifest);
  const digest = `sha256:${createHash('sha256').update(push.manifest).digest('hex')}`;
  if (push.digest !== undefined && push.digest !== digest) {
    throw new AwsError(
      'ImageDigestDoesNotMatchException',
      `The specified image digest '${push.digest}' does not match the digest '${digest}' of the manifest.`,
    );
  }
  checkContent(registry, blobs, repository, content);
  const existing = registry.image(repository.name, { imageDigest: digest });
  if (existing && (push.tag === undefined || existing.tags.includes(push.tag))) {
    // Pushing an archived image again takes it out of the archive.
    if (existing.status === 'ARCHIVED') return activate(registry, existing);
    const tagged = push.tag === undefined ? '' : ` and tag '${push.tag}'`;
    throw new AwsError(
      'ImageAlreadyExistsException',
      `Image with digest '${digest}'${tagged} already exists in the repository with name '${repository.name}' in registry with id '${world.account}'`,
    );
  }
  if (push.tag !== undefined) takeTag(registry, repository, push.tag);
  const image: Image = existing ?? {
    repository: repository.name,
    digest,
    manifest: push.manifest,
    mediaType: push.mediaType ?? content.mediaType ?? 'application/vnd.docker.distribution.manifest.v2+json',
    ...(content.config ? { artifactMediaType: content.config.mediaType } : {}),
    size: (content.layers ?? []).reduce((sum, layer) => sum + layer.size, 0),
    pushedAt: world.clock.now(),
    tags: [],
    status: 'ACTIVE',
  };
  if (push.tag !== undefined) image.tags.push(push.tag);
  registry.saveImage(image);
  imageAction(registry, image, 'PUSH', push.tag);
  return image;
}

function parse(manifest: string): ManifestContent {
  try {
    return JSON.parse(manifest) as ManifestContent;
  } catch {
    throw invalidParameter(
      `Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'`,
    );
  }
}

function checkContent(
  registry: Registry,
  blobs: Blobs,
  repository: Repository,
  content: ManifestContent,
): void {
  if (content.manifests) {
    const missing = content.manifests.filter(
      ({ digest }) => !registry.image(repository.name, { imageDigest: digest }),
    );
    if (missing.length === 0) return;
    throw new AwsError(
      'ReferencedImagesNotFoundException',
      `The images [${missing.map(({ digest }) => digest).join(', ')}] that the manifest list names are not in the repository '${repository.name}'`,
    );
  }
  if (!content.config || !content.layers) {
    throw invalidParameter(
      `Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid image manifest provided'`,
    );
  }
  const missing = [content.config, ...content.layers].filter(({ digest }) => !blobs.has(repository, digest));
  if (missing.length === 0) return;
  throw new AwsError(
    'LayersNotFoundException',
    `The layers [${missing.map(({ digest }) => digest).join(', ')}] do not exist in the repository '${repository.name}'`,
  );
}

/** A tag leaves the image that has it, unless it may not. */
function takeTag(registry: Registry, repository: Repository, tag: string): void {
  if (!/^[A-Za-z0-9_][\w.-]{0,299}$/.test(tag)) {
    throw invalidParameter(
      `Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9_.-]*''`,
    );
  }
  const holder = registry.image(repository.name, { imageTag: tag });
  if (!holder) return;
  if (registry.isImmutable(repository, tag)) {
    throw new AwsError(
      'ImageTagAlreadyExistsException',
      `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
    );
  }
  holder.tags = holder.tags.filter((other) => other !== tag);
  registry.saveImage(holder);
}

export function activate(registry: Registry, image: Image): Image {
  image.status = 'ACTIVE';
  image.activatedAt = registry.world.clock.now();
  registry.saveImage(image);
  return image;
}

export function imageAction(
  registry: Registry,
  image: Image,
  action: 'PUSH' | 'DELETE',
  tag: string | undefined,
): void {
  registry.world.ports.events.emit({
    source: 'aws.ecr',
    detailType: 'ECR Image Action',
    resources: [],
    detail: {
      'action-type': action,
      result: 'SUCCESS',
      'repository-name': image.repository,
      'image-digest': image.digest,
      ...(tag === undefined ? {} : { 'image-tag': tag }),
      'manifest-media-type': image.mediaType,
      ...(image.artifactMediaType === undefined ? {} : { 'artifact-media-type': image.artifactMediaType }),
    },
  });
}
