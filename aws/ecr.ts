/** Images in ECR, by tag or digest. */
import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  type ECRClient,
  type ImageDetail,
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
