/** Makes a request of a commit: uploads its source unless that is there, and carries its environment file along. */
import { userInfo } from 'node:os';
import { LockstepError } from '../core/errors.ts';
import { sourceKey } from '../core/release.ts';
import { type DeployRequest, requestSchema } from '../core/request.ts';
import { flag, type Invocation, text } from './command.ts';
import type { Opened, OpenedCommit } from './open.ts';

/** A request that builds: of the commit, its source and its environment file. */
export async function commitRequest(
  opened: OpenedCommit,
  action: 'deploy' | 'publish',
  note: (text: string) => void,
): Promise<DeployRequest> {
  const { cloud, repository, commit, file, service, environmentName } = opened;
  await checkTree(opened, note);
  const key = sourceKey(service, commit.hash);
  await cloud.putOnce(key, () => repository.archive(commit.hash));
  return requestSchema.parse({
    version: 1,
    service,
    environment: environmentName,
    action,
    commit: commit.hash,
    subject: commit.subject.slice(0, 200),
    committedAt: commit.committedAt,
    source: { key },
    configuration: file.json,
    requestedBy: requester(),
  });
}

/** A request that builds nothing: what to release is named by `more`, or is what was published last. */
export function plainRequest(
  opened: Opened,
  action: 'publish' | 'update' | 'rollback',
  more: Partial<DeployRequest>,
): DeployRequest {
  return requestSchema.parse({
    version: 1,
    service: opened.service,
    environment: opened.environmentName,
    action,
    requestedBy: requester(),
    ...more,
  });
}

/** Options that every verb takes which starts a deployment. */
export function requestOptions(invocation: Invocation): Partial<DeployRequest> {
  const reason = text(invocation, 'reason');
  const overrideFreeze = text(invocation, 'override-freeze');
  if (overrideFreeze?.trim() === '')
    throw new LockstepError('UsageError', {
      problem: '--override-freeze says not why.',
      help: 'Why it cannot wait is recorded: --override-freeze "the shop is down".',
    });
  return {
    allowOlder: flag(invocation, 'allow-older'),
    ...(reason && { reason }),
    ...(overrideFreeze && { overrideFreeze }),
  };
}

/** With immutable tags the tag must say what is in the image; otherwise it is enough to say what is left out. */
async function checkTree(
  { repository, environment, environmentName }: OpenedCommit,
  note: (text: string) => void,
): Promise<void> {
  const files = await repository.dirtyFiles();
  if (files.length === 0) return;
  const named = files.slice(0, 3).join(', ') + (files.length > 3 ? ` and ${files.length - 3} more` : '');
  if (environment.deployment.imageTagStrategy === 'immutable')
    throw new LockstepError('DirtyTree', { files: named, environment: environmentName });
  note(`note: ${named} ${files.length === 1 ? 'is' : 'are'} not committed and not part of this release`);
}

/** In CI the person is the one who triggered the run; elsewhere the one who is signed in. */
export function requester(): string {
  const ci =
    process.env['GITHUB_ACTOR'] ?? process.env['GITLAB_USER_LOGIN'] ?? process.env['BUILDKITE_BUILD_CREATOR'];
  if (ci) return ci;
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
