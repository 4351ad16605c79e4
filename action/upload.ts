/** `action: upload`: the source of a branch, for the schedule that builds it. Starts nothing. */
import { resolve } from 'node:path';
import { openCommit } from '../cli/open.ts';
import { uploadBranch, uploadedText } from '../cli/upload.ts';
import { LockstepError } from '../core/errors.ts';
import type { Job } from './run.ts';

export async function uploadSource({ inputs, variables, log, signal }: Job): Promise<number> {
  const branch =
    inputs.branch ??
    variables['GITHUB_REF_NAME'] ??
    variables['CI_COMMIT_BRANCH'] ??
    variables['BUILDKITE_BRANCH'];
  if (!branch) {
    throw new LockstepError('UsageError', {
      problem: 'no variable says which branch this is.',
      help: 'Name it with the input "branch".',
    });
  }
  const { service, environment } = inputs;
  const commit =
    inputs.commit ?? variables['GITHUB_SHA'] ?? variables['CI_COMMIT_SHA'] ?? variables['BUILDKITE_COMMIT'];
  const opened = await openCommit({
    options: { service, environment, commit },
    positionals: [],
    variables,
    directory: resolve(variables['GITHUB_WORKSPACE'] ?? '.', inputs.directory),
    signal,
  });
  log.note(uploadedText(opened, branch, await uploadBranch(opened, branch, { allowOlder: false })));
  return 0;
}
