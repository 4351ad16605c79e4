/** `lockstep upload`: the source of a branch, for the schedule that builds it. For the CI job that runs on each push. */
import { getJson, putJson } from '../../aws/artefacts.ts';
import { branchKey, branchSchema, sourceKey } from '../../core/release.ts';
import { clientsOf } from '../clients.ts';
import { type Command, flag, problem, text } from '../command.ts';
import { type OpenedCommit, openCommit } from '../open.ts';

export const upload: Command = {
  name: 'upload',
  summary: 'upload the source of a branch, for the schedule that builds it',
  usage: '--branch NAME --service NAME --environment NAME [--commit COMMIT]',
  options: {
    branch: { type: 'string', value: 'NAME', description: 'the branch, as the schedule names it' },
    commit: { type: 'string', value: 'COMMIT', description: 'its commit; HEAD where it is left out' },
    'allow-older': {
      type: 'boolean',
      description: 'upload a commit that is older than the one that is there',
    },
  },
  examples: [
    'lockstep upload --branch main --service backend --environment production',
    'lockstep upload --branch main --commit origin/main --environment production',
    'lockstep upload --branch main --environment production --json',
  ],
  exits: {},
  async run(invocation) {
    const branch = text(invocation, 'branch');
    if (!branch) throw problem('--branch is missing: the schedule names a branch.', upload);
    const opened = await openCommit(invocation);
    const newer = flag(invocation, 'allow-older') ? undefined : await newerCommit(opened, branch);
    if (!newer) await send(opened, branch);
    const { commit, service, environmentName } = opened;
    process.stdout.write(
      flag(invocation, 'json')
        ? `${JSON.stringify({ type: 'uploaded', service, environment: environmentName, branch, commit: newer ?? commit.hash, changed: !newer })}\n`
        : newer
          ? `Branch ${branch} of ${service} stands at ${newer.slice(0, 7)} in ${environmentName} already, which is newer than ${commit.hash.slice(0, 7)}; nothing was changed. --allow-older goes back.\n`
          : `Uploaded ${commit.hash.slice(0, 7)} "${commit.subject}" as branch ${branch} of ${service}, for ${environmentName}.\n`,
    );
    return 0;
  },
};

/** Jobs of two pushes may overtake each other: the one that comes last is not always the newer. */
async function newerCommit(
  { cloud, service, commit }: OpenedCommit,
  branch: string,
): Promise<string | undefined> {
  const s3 = await clientsOf(cloud).s3();
  const there = await getJson(s3, cloud.bucket, branchKey(service, branch), branchSchema);
  const isNewer = there && Date.parse(there.committedAt) > Date.parse(commit.committedAt);
  return isNewer ? there.commit : undefined;
}

/** The source first: whoever reads what the branch stands at must find it. */
async function send(
  { cloud, repository, service, commit, file }: OpenedCommit,
  branch: string,
): Promise<void> {
  const key = sourceKey(service, commit.hash);
  await cloud.putOnce(key, () => repository.archive(commit.hash));
  await putJson(await clientsOf(cloud).s3(), cloud.bucket, branchKey(service, branch), {
    commit: commit.hash,
    subject: commit.subject.slice(0, 200),
    committedAt: commit.committedAt,
    source: { key },
    configuration: file.json,
  });
}
