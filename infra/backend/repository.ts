/** Where the service's images are. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { ImageTagMutabilityExclusionFilter, Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';
import { PROVEN_TAGS } from '../../core/release.ts';
import type { BackendServiceProps } from './props.ts';

/**
 * Images that ECR keeps: of the releases that were proven healthy, and of all others. A service that publishes with each
 * commit makes hundreds of images between two releases, and what runs or may be gone back to must not count as one of them.
 */
const KEPT_PROVEN = 100;
const KEPT_OTHERS = 500;

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
      // An image that a rule selects is never expired by one that comes later.
      {
        description: `Keeps the last ${KEPT_PROVEN} releases that were proven healthy (Record tags them): what runs, and the way back.`,
        rulePriority: 1,
        tagStatus: TagStatus.TAGGED,
        tagPatternList: [`${PROVEN_TAGS}*`],
        maxImageCount: KEPT_PROVEN,
      },
      // Untagged images too are releases: `latest` has moved on from them, and ECS is given digests.
      {
        description: `Keeps the last ${KEPT_OTHERS} images of the rest.`,
        rulePriority: 2,
        tagStatus: TagStatus.ANY,
        maxImageCount: KEPT_OTHERS,
      },
    ],
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
