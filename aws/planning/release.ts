/** Which release is meant: one that exists, by tag, digest, commit, revision or deployment, or one that has to be built. */
import type { ImageDetail } from '@aws-sdk/client-ecr';
import { LockstepError } from '../../core/errors.ts';
import { commitKey, pointerSchema, publishedKey } from '../../core/release.ts';
import type { DeployRequest } from '../../core/request.ts';
import { getJson } from '../artefacts.ts';
import { findImage, imageState } from '../ecr.ts';
import { type Asked, existing, type Resolved } from './existing.ts';
import { earlierRelease } from './going-back.ts';

export async function resolveRelease(asked: Asked): Promise<Resolved> {
  const { request, settings, deps } = asked;
  if (request.action === 'rollback') return earlierRelease(asked);
  if (request.imageDigest) {
    return existing({ imageDigest: request.imageDigest }, request.imageTag, asked);
  }
  if (request.imageTag) {
    const image = await findImage(deps.ecr, settings.repository, { imageTag: request.imageTag });
    const build = !image && request.source && request.action !== 'update';
    if (build) return toBuild(request, request.imageTag);
    return existing({ imageTag: request.imageTag }, request.imageTag, asked);
  }
  if (request.action === 'update' && !request.commit) return published(asked);
  return ofCommit(asked);
}

async function published(asked: Asked): Promise<Resolved> {
  const { service, environment } = asked.request;
  const { s3, bucket } = asked.deps;
  const pointer = await getJson(s3, bucket, publishedKey(environment, service), pointerSchema);
  if (!pointer) throw new LockstepError('NothingPublished', { target: `${service} in ${environment}` });
  return existing({ imageDigest: pointer.digest }, pointer.tag, asked);
}

/** The image that was built of the commit, whatever its tag; else the source that the request brings is built. */
async function ofCommit(asked: Asked): Promise<Resolved> {
  const { request, settings, deps } = asked;
  const { commit } = request;
  if (!commit) throw new LockstepError('CommitMissing');
  const { repository } = settings;
  const pointer = await getJson(deps.s3, deps.bucket, commitKey(repository, commit), pointerSchema);
  const image = pointer && (await findImage(deps.ecr, repository, { imageDigest: pointer.digest }));
  if (pointer && imageState(image) === 'active') {
    return existing({ imageDigest: pointer.digest }, pointer.tag, asked);
  }
  if (settings.tagStrategy === 'immutable') {
    const tagged = await findImage(deps.ecr, repository, { imageTag: commit });
    if (tagged) return knownByItsTag(tagged, commit, asked);
  }
  if (request.action === 'update')
    throw new LockstepError('ImageNotFound', { repository, reference: commit });
  if (!request.source) throw new LockstepError('SourceMissing', { commit: commit.slice(0, 7) });
  return toBuild(request, settings.tagStrategy === 'immutable' ? commit : 'latest');
}

/** A build that pushed and then broke leaves no pointer. Only its manifest shows that the image is of this commit. */
async function knownByItsTag(image: ImageDetail, commit: string, asked: Asked): Promise<Resolved> {
  const digest = image.imageDigest ?? '';
  const found = await existing({ imageDigest: digest }, commit, asked);
  if (found.release?.manifestKey && found.release.commit === commit) return found;
  throw new LockstepError('TagTaken', { tag: commit, repository: asked.settings.repository });
}

function toBuild(request: DeployRequest, tag: string): Resolved {
  return {
    release: null,
    commit: request.commit ?? null,
    subject: request.subject ?? '',
    committedAt: request.committedAt ?? null,
    tag,
    taskDefinition: null,
  };
}
