/** Images in ECR, by tag or digest. */
import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  type ECRClient,
  type ImageDetail,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { isNamed } from './errors.ts';

/** `123….dkr.ecr.eu-central-1.amazonaws.com/backend`; undefined where there is no such repository. */
export async function repositoryUri(ecr: ECRClient, repository: string): Promise<string | undefined> {
  try {
    const { repositories } = await ecr.send(
      new DescribeRepositoriesCommand({ repositoryNames: [repository] }),
    );
    return repositories?.[0]?.repositoryUri;
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}

/** One image; undefined where there is none. Archived images are found too: their `imageStatus` says so. */
export async function findImage(
  ecr: ECRClient,
  repository: string,
  reference: { readonly imageTag: string } | { readonly imageDigest: string },
): Promise<ImageDetail | undefined> {
  try {
    const { imageDetails } = await ecr.send(
      new DescribeImagesCommand({
        repositoryName: repository,
        imageIds: [reference],
        // Left out, ECR answers for ACTIVE images only, and an archived one looks as if it had been deleted.
        filter: { imageStatus: 'ANY' },
      }),
    );
    return imageDetails?.[0];
  } catch (error) {
    if (isNamed(error, 'ImageNotFoundException', 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}

export type ImageState = 'active' | 'archived' | 'missing';

export function imageState(image: ImageDetail | undefined): ImageState {
  if (!image) return 'missing';
  return image.imageStatus === undefined || image.imageStatus === 'ACTIVE' ? 'active' : 'archived';
}

/** Left out, ECR answers with Docker's own form only, and for an image of another form with a failure. */
const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** Gives an image one more tag: its own manifest, put again. That it has the tag already is as good. */
export async function tagImage(
  ecr: ECRClient,
  repositoryName: string,
  imageDigest: string,
  imageTag: string,
): Promise<void> {
  const { images, failures } = await ecr.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }], acceptedMediaTypes: MANIFESTS }),
  );
  const { imageManifest, imageManifestMediaType } = images?.[0] ?? {};
  if (!imageManifest) throw new Error(failures?.[0]?.failureReason ?? `ECR does not give ${imageDigest}`);
  try {
    await ecr.send(
      new PutImageCommand({ repositoryName, imageManifest, imageManifestMediaType, imageDigest, imageTag }),
    );
  } catch (error) {
    if (!isNamed(error, 'ImageAlreadyExistsException')) throw error;
  }
}
