/** What a release is once it has been found: the shape that every way of naming one comes to. */
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { S3Client } from '@aws-sdk/client-s3';
import { LockstepError } from '../../core/errors.ts';
import type { Settings } from '../../core/plan.ts';
import { manifestKey, manifestSchema, type Release } from '../../core/release.ts';
import type { DeployRequest } from '../../core/request.ts';
import { getJson } from '../artefacts.ts';
import { findImage, imageState } from '../ecr.ts';
import type { Observed } from './observe.ts';

/** A question for a release, with everything that may answer it. */
export interface Asked {
  readonly request: DeployRequest;
  readonly settings: Settings;
  readonly observed: Observed;
  readonly deps: {
    readonly ecr: ECRClient;
    readonly ecs: ECSClient;
    readonly s3: S3Client;
    /** Of artefacts: manifests, and what was built of which commit. */
    readonly bucket: string;
  };
}

export interface Resolved {
  /** Null where it has to be built. */
  readonly release: Release | null;
  readonly commit: string | null;
  readonly subject: string;
  /** ISO 8601; null where nobody said. */
  readonly committedAt: string | null;
  readonly tag: string;
  /** The revision to go back to as it was. */
  readonly taskDefinition: string | null;
}

/** A release whose image is there. What the manifest and the journal know of it is filled in. */
export async function existing(
  reference: { readonly imageTag: string } | { readonly imageDigest: string },
  tag: string | undefined,
  { request, settings, observed, deps }: Asked,
): Promise<Resolved> {
  const { repository } = settings;
  const image = await findImage(deps.ecr, repository, reference);
  const digest = image?.imageDigest;
  if (!image || !digest || imageState(image) !== 'active') {
    const wanted = 'imageTag' in reference ? reference.imageTag : reference.imageDigest;
    throw new LockstepError('ImageNotFound', {
      repository,
      reference: image ? `${wanted} that is not archived` : wanted,
    });
  }
  const key = manifestKey(repository, digest);
  const manifest = await getJson(deps.s3, deps.bucket, key, manifestSchema);
  const journalled = observed.entries.find((entry) => entry.release?.digest === digest);
  const commit = manifest?.commit ?? journalled?.release?.commit ?? '';
  return {
    release: {
      commit,
      tag: tag ?? image.imageTags?.[0] ?? manifest?.tag ?? '',
      digest,
      image: `${observed.repositoryUri}@${digest}`,
      manifestKey: manifest ? key : null,
    },
    commit: commit || null,
    subject: manifest?.subject || journalled?.subject || request.subject || '',
    committedAt: manifest?.committedAt || journalled?.plan?.committedAt || request.committedAt || null,
    tag: tag ?? image.imageTags?.[0] ?? '',
    taskDefinition: null,
  };
}
