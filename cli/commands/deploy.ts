/** `lockstep deploy`: builds a commit, judges and runs its migrations, releases it and follows it to the verdict. */
import { type Command, DEPLOYMENT_EXITS, DEPLOYMENT_OPTIONS, FREEZE_OPTION } from '../command.ts';
import { followToEnd } from '../deployment.ts';
import { openCommit } from '../open.ts';
import { rendererOf } from '../render/renderer.ts';
import { commitRequest, requestOptions } from '../request.ts';
import { timeoutOf } from '../target.ts';

export const deploy: Command = {
  name: 'deploy',
  summary: 'build a commit, migrate the database and release it',
  usage: '--service NAME --environment NAME [--commit COMMIT] [--timeout TIME]',
  options: {
    commit: { type: 'string', value: 'COMMIT', description: 'what to deploy; HEAD where it is left out' },
    ...FREEZE_OPTION,
    ...DEPLOYMENT_OPTIONS,
  },
  examples: [
    'lockstep deploy --service backend --environment production',
    'lockstep deploy --service backend --environment dev --commit main~1 --allow-older',
    'lockstep deploy --service backend --environment production --json --timeout 20m',
  ],
  exits: DEPLOYMENT_EXITS,
  async run(invocation) {
    const renderer = rendererOf(invocation);
    const opened = await openCommit(invocation);
    const request = await commitRequest(opened, 'deploy', (text) => renderer.show({ type: 'note', text }));
    return followToEnd(
      opened.cloud,
      { ...request, ...requestOptions(invocation) },
      { renderer, signal: invocation.signal, ...timeoutOf(invocation) },
    );
  },
};
