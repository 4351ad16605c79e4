/** `lockstep upload`: the source of a branch, for the schedule that builds it. For the CI job that runs on each push. */
import { type Command, flag, problem, text } from '../command.ts';
import { openCommit } from '../open.ts';
import { uploadBranch, uploadedText } from '../upload.ts';

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
    const uploaded = await uploadBranch(opened, branch, { allowOlder: flag(invocation, 'allow-older') });
    const { service, environmentName: environment } = opened;
    process.stdout.write(
      flag(invocation, 'json')
        ? `${JSON.stringify({ type: 'uploaded', service, environment, branch, ...uploaded })}\n`
        : `${uploadedText(opened, branch, uploaded)}\n`,
    );
    return 0;
  },
};
