/** How a build is started: the project of the stack, with the commit's source, variables and place for its manifest. */
import type { StartBuildCommandInput } from '@aws-sdk/client-codebuild';
import { LockstepError } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import type { Deployment } from '../../core/request.ts';
import { variable } from '../variables.ts';

/** Where the build leaves its manifest. */
export function buildManifestKey(deployment: Pick<Deployment, 'id'>): string {
  return `builds/${deployment.id}/release.json`;
}

export function startInput(deployment: Deployment, plan: Plan): StartBuildCommandInput {
  const { commit, sourceKey, settings } = plan;
  if (!sourceKey) throw new LockstepError('SourceMissing', { commit: commit?.slice(0, 7) ?? 'this release' });
  const bucket = variable('ARTEFACTS_BUCKET');
  const variables = {
    SERVICE: deployment.service,
    SERVICE_PATH: settings.path,
    DOCKERFILE: settings.dockerfile,
    BUILD_CONTEXT: settings.build.context,
    WORKING_DIRECTORY: settings.build.workingDirectory,
    REPOSITORY: settings.repository,
    REPOSITORY_URI: plan.repositoryUri,
    IMAGE_TAG: plan.tag,
    COMMIT: commit ?? plan.tag,
    SUBJECT: plan.subject,
    COMMITTED_AT: plan.committedAt ?? '',
  };
  return {
    projectName: variable('BUILD_PROJECT'),
    // CodeBuild remembers it for five minutes: longer than any retry of this call.
    idempotencyToken: `${deployment.id}-build`,
    sourceTypeOverride: 'S3',
    sourceLocationOverride: `${bucket}/${sourceKey}`,
    artifactsOverride: {
      type: 'S3',
      location: bucket,
      path: `builds/${deployment.id}`,
      // "/" is the folder itself: the manifest is at builds/ID/release.json.
      name: '/',
      namespaceType: 'NONE',
      packaging: 'NONE',
    },
    environmentVariablesOverride: Object.entries(variables).map(([name, value]) => ({
      name,
      value,
      type: 'PLAINTEXT',
    })),
  };
}
