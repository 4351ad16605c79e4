/** The source of a branch, where `Plan` looks for it when a schedule builds the branch. */
import { getJson, putJson } from '../aws/artefacts.ts';
import { clientsOf } from '../aws/lazy-clients.ts';
import { branchKey, branchSchema, sourceKey } from '../core/release.ts';
import type { OpenedCommit } from './open.ts';

export interface Uploaded {
  /** What the branch stands at now. */
  readonly commit: string;
  /** False where a newer commit was there already. */
  readonly changed: boolean;
}

/** Jobs of two pushes may overtake each other: a commit that is older than the one that is there changes nothing. */
export async function uploadBranch(
  opened: OpenedCommit,
  branch: string,
  { allowOlder }: { readonly allowOlder: boolean },
): Promise<Uploaded> {
  const { cloud, repository, service, commit, file } = opened;
  const s3 = await clientsOf(cloud).s3();
  const key = branchKey(service, branch);
  const there = allowOlder ? undefined : await getJson(s3, cloud.bucket, key, branchSchema);
  if (there && Date.parse(there.committedAt) > Date.parse(commit.committedAt))
    return { commit: there.commit, changed: false };
  const source = { key: sourceKey(service, commit.hash) };
  // The source first: whoever reads what the branch stands at must find it.
  await cloud.putOnce(source.key, () => repository.archive(commit.hash));
  const { hash, committedAt } = commit;
  const subject = commit.subject.slice(0, 200);
  await putJson(s3, cloud.bucket, key, {
    commit: hash,
    subject,
    committedAt,
    source,
    configuration: file.json,
  });
  return { commit: hash, changed: true };
}

export function uploadedText(
  { service, environmentName, commit }: OpenedCommit,
  branch: string,
  { commit: stands, changed }: Uploaded,
): string {
  return changed
    ? `Uploaded ${commit.hash.slice(0, 7)} "${commit.subject}" as branch ${branch} of ${service}, for ${environmentName}.`
    : `Branch ${branch} of ${service} stands at ${stands.slice(0, 7)} in ${environmentName} already, which is newer than ${commit.hash.slice(0, 7)}; nothing was changed. \`lockstep upload --allow-older\` goes back.`;
}
