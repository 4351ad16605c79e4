/** `lockstep cancel ID`: asks a running deployment to stop. It stops at its next poll, and goes back if it must. */
import { requestCancel } from '../../aws/journal.ts';
import { LockstepError } from '../../core/errors.ts';
import { isWaiting, rejectDeployment } from '../approval.ts';
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
    const asked = await requestCancel(cloud.journal, target, deploymentId, requester());
    if (!asked) throw new LockstepError('NotRunning', { id: deploymentId });
    // One that waits for a person polls nothing: it is told at once.
    if (isWaiting(entry))
      await rejectDeployment(cloud, entry, { by: requester(), reason: 'the deployment was cancelled' });
    process.stdout.write(
      `Asked deployment ${deploymentId} of ${target} to stop; \`lockstep show ${deploymentId} --follow\` shows how.\n`,
    );
    return 0;
  },
};
