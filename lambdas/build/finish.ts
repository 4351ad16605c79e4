/** What a build has to leave to count: a manifest that can be read, and an image in ECR with the digest that it reports. */

import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Build, CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { getJson, putJson } from '../../aws/artefacts.ts';
import { findImage } from '../../aws/ecr.ts';
import { lastLines } from '../../aws/logs.ts';
import { LockstepError } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import { problemsOf, problemsText } from '../../core/problems.ts';
import {
  commitKey,
  type Manifest,
  manifestKey,
  manifestSchema,
  publishedKey,
  type Release,
} from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { variable } from '../variables.ts';
import { buildManifestKey } from './start.ts';

export interface BuildClients {
  readonly codebuild: CodeBuildClient;
  readonly ecr: ECRClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
}

/** Enough to hold the first type error and the whole of what npm or docker says. */
const LOG_LINES = 200;

export async function readLog(build: Build, deps: BuildClients): Promise<string[]> {
  const { groupName, streamName } = build.logs ?? {};
  if (!groupName || !streamName) return [];
  return lastLines(deps.logs, { group: groupName, stream: streamName }, LOG_LINES);
}

/** Confirms the image, keeps its manifest under its digest, and points to it from the commit and from what is published. */
export async function finish(
  deployment: Deployment,
  plan: Plan,
  build: Build,
  deps: BuildClients,
): Promise<{ release: Release; migrations: number }> {
  const manifest = await readManifest(deployment, deps);
  const digest = await confirmDigest(plan, build, manifest, deps);
  const { repository } = plan.settings;
  const bucket = variable('ARTEFACTS_BUCKET');
  const key = manifestKey(repository, digest);
  await putJson(deps.s3, bucket, key, manifest, { ifAbsent: true });
  const pointer = { digest, tag: plan.tag };
  await putJson(deps.s3, bucket, commitKey(repository, manifest.commit), pointer);
  await putJson(deps.s3, bucket, publishedKey(deployment.environment, deployment.service), pointer);
  const release = {
    commit: manifest.commit,
    tag: plan.tag,
    digest,
    image: `${plan.repositoryUri}@${digest}`,
    manifestKey: key,
  };
  return { release, migrations: manifest.migrations.length };
}

async function readManifest(deployment: Deployment, deps: BuildClients): Promise<Manifest> {
  const key = buildManifestKey(deployment);
  const json = await getJson(deps.s3, variable('ARTEFACTS_BUCKET'), key, z.unknown());
  if (json === undefined) throw new LockstepError('ManifestMissing', { detail: `there is no ${key}` });
  const read = manifestSchema.safeParse(json, { reportInput: true });
  if (read.success) return read.data;
  const problems = problemsText(problemsOf(read.error, manifestSchema, 'the manifest'));
  throw new LockstepError('ManifestMissing', { detail: problems });
}

/** The build says which digest it pushed; only what ECR has under the tag is what ECS can pull. */
async function confirmDigest(
  plan: Plan,
  build: Build,
  manifest: Manifest,
  deps: BuildClients,
): Promise<string> {
  const exported = build.exportedEnvironmentVariables
    ?.find(({ name }) => name === 'IMAGE_DIGEST')
    ?.value?.trim();
  const reported = exported || manifest.digest;
  const image = await findImage(deps.ecr, plan.settings.repository, { imageTag: plan.tag });
  const found = image?.imageDigest;
  if (found && found === reported && found === manifest.digest) return found;
  throw new LockstepError('DigestMismatch', { reported, found: found ?? 'nothing', tag: plan.tag });
}
