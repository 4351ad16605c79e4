/** Whether the code that would come back works on the schema that this deployment has left. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { requireCompatible } from '../../core/going-back.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import type { RollbackTarget } from '../../core/plan.ts';
import type { Deployment } from '../../core/request.ts';
import { probe } from '../inspection.ts';

const proofsSchema = z.array(z.string().nullable()).catch([null]);
const breaksSchema = z.array(z.string()).catch([]);

/** Throws `RollbackIncompatible`; returns what a person should know all the same. */
export async function checkSchema(
  deployment: Deployment,
  target: RollbackTarget,
  migration: MigrationResult | null,
  deps: { readonly lambda: LambdaClient; readonly entry: JournalEntry | undefined },
): Promise<string | null> {
  if (!migration || migration.database === 'unchanged') return null;
  const { steps } = deps.entry ?? { steps: {} as JournalEntry['steps'] };
  const snapshot = steps.Snapshot?.work?.['snapshot'];
  const asks = migration.oldCode === 'until-written';
  const proofs = proofsSchema.parse(steps.MigrateCheck?.work?.['proofs']);
  return requireCompatible({
    revision: target.revision,
    migrated: migration.pending,
    oldCode: migration.oldCode,
    breaks: breaksSchema.parse(steps.MigrateCheck?.work?.['breaks']),
    written: asks ? await probe(deps.lambda, deployment.service, proofs) : null,
    snapshot: typeof snapshot === 'string' ? snapshot : null,
  });
}
