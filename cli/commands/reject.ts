/** `lockstep reject ID`: refuses the migrations of a deployment that waits for a person; nothing is changed. */
import { rejectDeployment } from '../../aws/approval.ts';
import { type Command, problem, text } from '../command.ts';
import { findDeployment } from '../find.ts';
import { openEnvironment } from '../open.ts';
import { requester } from '../request.ts';

export const reject: Command = {
  name: 'reject',
  summary: 'refuse the migrations of a deployment that waits',
  usage: 'ID --reason TEXT',
  positionals: { least: 1, most: 1 },
  options: { reason: { type: 'string', value: 'TEXT', description: 'why; it is recorded with your name' } },
  examples: [
    'lockstep reject 7k2f --reason "not before the weekend"',
    'lockstep reject 7k2f --reason "wrong table" --environment production',
    'lockstep show 7k2f',
  ],
  exits: { 10: 'it does not wait for an answer' },
  async run(invocation) {
    const reason = text(invocation, 'reason');
    if (!reason) throw problem('--reason is missing: it is recorded with your name.', reject);
    const { cloud, environment } = await openEnvironment(invocation);
    const entry = await findDeployment(cloud, environment, invocation.positionals[0] ?? '');
    await rejectDeployment(cloud.sfn, entry, { by: requester(), reason });
    process.stdout.write(
      `Rejected deployment ${entry.deploymentId} of ${entry.target}; nothing is changed.\n`,
    );
    return 0;
  },
};
