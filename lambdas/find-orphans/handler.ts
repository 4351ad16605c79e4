/** FindOrphans: the deployments whose execution has ended while they still hold their lock. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { describeExecution } from '../../aws/executions.ts';
import { allLocks } from '../../aws/journal.ts';
import { isOrphan, orphanOf } from '../../core/orphan.ts';
import { deploymentSchema } from '../../core/request.ts';
import { chain } from '../step.ts';
import { openJournal } from '../variables.ts';

export const handler = chain({
  name: 'FindOrphans',
  // What started the recovery (an event of EventBridge, the schedule, a person) does not narrow the search: a lock that
  // one event missed is found by the next.
  input: z.strictObject({ owner: z.string(), input: z.unknown() }),
  output: z.strictObject({ orphans: z.array(deploymentSchema) }),
  clients: { journal: openJournal(), sfn: connect(SFNClient) },
  async run({ owner }, { journal, sfn, log }) {
    const orphans = [];
    for await (const lock of allLocks(journal)) {
      const status = (await describeExecution(sfn, lock.owner))?.status ?? 'GONE';
      if (!isOrphan(status)) continue;
      log.info(`${lock.lockId}: execution ${status}, lock still held`, { owner: lock.owner });
      orphans.push(orphanOf(lock, owner));
    }
    return { orphans };
  },
});
