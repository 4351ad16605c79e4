/** Whether the new code has already written what the old code cannot read: the database is asked, with queries of the judge. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { probeAnswerSchema } from '../../core/inspection.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import type { Deployment } from '../../core/request.ts';
import { inspect } from '../inspection.ts';

/** Null where it cannot be said: the database is out of reach, or a finding has no query that would show it. */
export async function hasWritten(
  deployment: Deployment,
  migration: MigrationResult | null,
  deps: { readonly lambda: LambdaClient; readonly entry: JournalEntry | undefined },
): Promise<boolean | null> {
  if (migration?.database === 'unchanged' || migration?.oldCode !== 'until-written') return null;
  const proofs = deps.entry?.steps.MigrateCheck?.work?.['proofs'];
  if (!Array.isArray(proofs) || proofs.length === 0) return null;
  const queries = proofs.filter((proof): proof is string => typeof proof === 'string');
  if (queries.length < proofs.length) return null;
  const answer = await inspect(
    deps.lambda,
    deployment.service,
    { want: 'probe', queries },
    probeAnswerSchema,
  );
  if (!answer.reachable) return null;
  return answer.found.includes(true) ? true : answer.found.includes(null) ? null : false;
}
