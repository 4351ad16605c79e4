/** `lockstep approve ID`: lets a deployment that waits for a person run its migrations. */

import { approveDeployment } from '../../aws/approval.ts';
import type { Environment } from '../../core/environment.ts';
import { frozen } from '../../core/frozen.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { consequenceSchema } from '../../core/migration-policy.ts';
import { nearest } from '../../core/nearest.ts';
import { type Command, problem, text } from '../command.ts';
import { findDeployment } from '../find.ts';
import { openEnvironment } from '../open.ts';
import { requester } from '../request.ts';

export const approve: Command = {
  name: 'approve',
  summary: 'let a deployment that waits run its migrations',
  usage: 'ID --reason TEXT [--accept CONSEQUENCES]',
  positionals: { least: 1, most: 1 },
  options: {
    reason: { type: 'string', value: 'TEXT', description: 'why; it is recorded with your name' },
    accept: {
      type: 'string',
      value: 'NAMES',
      description: 'each consequence that applies: downtime, no-rollback, data-loss; with commas between',
    },
  },
  examples: [
    'lockstep approve 7k2f --reason "maintenance window" --accept downtime',
    'lockstep approve 7k2f --reason "reviewed" --environment production',
    'lockstep show 7k2f --follow',
  ],
  exits: { 10: 'it does not wait for an answer' },
  async run(invocation) {
    const reason = text(invocation, 'reason');
    if (!reason) throw problem('--reason is missing: it is recorded with your name.', approve);
    const accept = accepted(text(invocation, 'accept') ?? '');
    const { cloud, environment } = await openEnvironment(invocation);
    const entry = await findDeployment(cloud, environment, invocation.positionals[0] ?? '');
    noteFreeze(environment, entry);
    await approveDeployment(cloud.sfn, entry, { by: requester(), reason, accept });
    process.stdout.write(`Approved deployment ${entry.deploymentId} of ${entry.target}.\n`);
    return 0;
  },
};

/** A freeze does not interrupt what runs; but whoever says yes on such a day should know it. */
function noteFreeze(environment: Environment, entry: JournalEntry): void {
  const closed = frozen(environment, { environment: entry.environment, action: 'deploy' }, new Date());
  if (closed)
    process.stderr.write(`note: ${closed.message} This one began before, and goes on when it is approved.\n`);
}

/** A name that is none would be taken for one that was left out. */
function accepted(words: string): string[] {
  const names = words
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const known: readonly string[] = consequenceSchema.options;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  const meant = nearest(unknown, known);
  throw problem(
    `"${unknown}" is no consequence.${meant ? ` Did you mean ${meant}?` : ` There are ${known.join(', ')}.`}`,
    approve,
  );
}
