/** `lockstep cancel ID`: asks a running deployment to stop. It stops at its next poll, and goes back if it must. */
import { cancelDeployment } from '../../aws/approval.ts';
import type { Command } from '../command.ts';
import { findDeployment } from '../find.ts';
import { openEnvironment } from '../open.ts';
import { requester } from '../request.ts';

export const cancel: Command = {
  name: 'cancel',
  summary: 'ask a running deployment to stop; it goes back if it must',
  usage: 'ID',
  positionals: { least: 1, most: 1 },
  options: {},
  examples: [
    'lockstep cancel 7k2f',
    'lockstep cancel 7k2f --environment production',
    'lockstep show 7k2f --follow',
  ],
  exits: { 10: 'it does not run any more' },
  async run(invocation) {
    const { cloud, environment } = await openEnvironment(invocation);
    const entry = await findDeployment(cloud, environment, invocation.positionals[0] ?? '');
    const { deploymentId, target } = entry;
    await cancelDeployment(cloud.sfn, cloud.journal, entry, requester());
    process.stdout.write(
      `Asked deployment ${deploymentId} of ${target} to stop; \`lockstep show ${deploymentId} --follow\` shows how.\n`,
    );
    return 0;
  },
};
