/** Where the service's images are. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { ImageTagMutabilityExclusionFilter, Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';
import type { BackendServiceProps } from './props.ts';

/** Images that ECR keeps. More than a service releases in a year, so that each release of the last months can run again. */
const KEPT_IMAGES = 500;

export function makeRepository(
  scope: Construct,
  { environment, service, name }: BackendServiceProps,
): Repository {
  const immutable = environment.deployment.imageTagStrategy === 'immutable';
  return new Repository(scope, 'Repository', {
    repositoryName: service.repository ?? name,
    imageScanOnPush: true,
    ...(immutable
      ? {
          imageTagMutability: TagMutability.IMMUTABLE_WITH_EXCLUSION,
          imageTagMutabilityExclusionFilters: ['latest', 'cache*'].map((tag) =>
            ImageTagMutabilityExclusionFilter.wildcard(tag),
          ),
        }
      : { imageTagMutability: TagMutability.MUTABLE }),
    lifecycleRules: [
      // Untagged images too are releases: `latest` has moved on from them, and ECS is given digests.
      {
        description: `Keeps the last ${KEPT_IMAGES} images, and with them every release that may be rolled back to.`,
        tagStatus: TagStatus.ANY,
        maxImageCount: KEPT_IMAGES,
      },
    ],
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
