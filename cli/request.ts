/** Makes a request of a commit: uploads its source where no image of it exists, and carries its environment file along. */
import { userInfo } from 'node:os';
import type { Environment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import { sourceKey } from '../core/release.ts';
import { type DeployRequest, requestSchema } from '../core/request.ts';
import type { Cloud } from './cloud.ts';
import type { Commit, Repository } from './repository.ts';

export interface RequestParts {
  readonly cloud: Cloud;
  readonly repository: Repository;
  readonly commit: Commit;
  readonly environment: Environment;
  readonly environmentName: string;
  readonly service: string;
  readonly json: Readonly<Record<string, unknown>>;
  note(text: string): void;
}

export async function prepareRequest(parts: RequestParts): Promise<DeployRequest> {
  const { cloud, repository, commit, environment, environmentName, service } = parts;
  await checkTree(parts, environment.deployment.imageTagStrategy);
  const key = sourceKey(service, commit.hash);
  await cloud.putOnce(key, () => repository.archive(commit.hash));
  return requestSchema.parse({
    version: 1,
    service,
    environment: environmentName,
    action: 'deploy',
    commit: commit.hash,
    subject: commit.subject.slice(0, 200),
    committedAt: commit.committedAt,
    source: { key },
    configuration: parts.json,
    requestedBy: requester(),
  });
}

/** With immutable tags the tag must say what is in the image; otherwise it is enough to say what is left out. */
async function checkTree(
  { repository, environmentName, note }: RequestParts,
  strategy: 'mutable' | 'immutable',
): Promise<void> {
  const files = await repository.dirtyFiles();
  if (files.length === 0) return;
  const named = files.slice(0, 3).join(', ') + (files.length > 3 ? ` and ${files.length - 3} more` : '');
  if (strategy === 'immutable')
    throw new LockstepError('DirtyTree', { files: named, environment: environmentName });
  note(`note: ${named} ${files.length === 1 ? 'is' : 'are'} not committed and not part of this release`);
}

/** In CI the person is the one who triggered the run; elsewhere the one who is signed in. */
function requester(): string {
  const ci =
    process.env['GITHUB_ACTOR'] ?? process.env['GITLAB_USER_LOGIN'] ?? process.env['BUILDKITE_BUILD_CREATOR'];
  if (ci) return ci;
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
