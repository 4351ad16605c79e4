/** Snapshot: an RDS snapshot before the database is migrated, where the policy asks for one. */
import { RDSClient } from '@aws-sdk/client-rds';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { createSnapshot, describeSnapshot } from '../../aws/rds.ts';
import { LockstepError } from '../../core/errors.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { pace } from '../../core/pace.ts';
import { planSchema } from '../../core/plan.ts';
import { deploymentSchema } from '../../core/request.ts';
import { snapshotDecision } from '../../core/snapshot.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';

const work = z.object({ snapshot: z.string(), requestedAt: z.number() }).partial();

export const handler = step({
  name: 'Snapshot',
  input: z.strictObject({ deployment: deploymentSchema, plan: planSchema, migration: migrationResultSchema }),
  output: z.strictObject({
    status: z.enum(['waiting', 'done', 'skipped']),
    waitSeconds: z.int(),
    summary: z.string(),
  }),
  clients: { journal: openJournal(), rds: connect(RDSClient) },
  async run({ deployment, plan, migration }, deps) {
    const decision = snapshotDecision(deployment, plan, migration);
    if ('skip' in decision)
      return { result: { status: 'skipped' as const, waitSeconds: 0, summary: decision.skip } };
    const { instance, name } = decision;
    const { requestedAt = Date.now() } = work.parse(deps.work);
    // The name is the deployment's: a snapshot of that name is the one that an earlier call asked for.
    const snapshot = await describeSnapshot(deps.rds, name);
    if (!snapshot) await createSnapshot(deps.rds, instance, name, { 'lockstep:deployment': deployment.id });
    const status = snapshot?.Status ?? 'creating';
    if (status === 'available')
      return { result: { status: 'done' as const, waitSeconds: 0, summary: name }, work: { snapshot: name } };
    if (status !== 'creating')
      throw new LockstepError('SnapshotFailed', { snapshot: name, instance, status });
    const summary = `${name}: ${snapshot?.PercentProgress ?? 0} %`;
    return {
      result: { status: 'waiting' as const, waitSeconds: pace((Date.now() - requestedAt) / 1000), summary },
      work: { snapshot: name, requestedAt },
    };
  },
});
