/** Asks the `inspect-database` of a service. What keeps it from answering is an answer too: the facts are unknown then. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { z } from 'zod';
import { askDatabase, unreachable } from '../aws/inspection.ts';
import { type InspectionRequest, probeAnswerSchema, type Unreachable } from '../core/inspection.ts';
import { variable } from './variables.ts';

export { unreachable };

export function inspect<Schema extends z.ZodType>(
  lambda: LambdaClient,
  service: string,
  request: InspectionRequest,
  answer: Schema,
): Promise<z.infer<Schema> | Unreachable> {
  return askDatabase(lambda, `${variable('INSPECT_FUNCTION_PREFIX')}${service}`, request, answer);
}

/**
 * Whether any of the judge's queries finds something: then the new code has written what the old one cannot read. Null
 * where that cannot be said: the database is out of reach, or something has no query (null) that would show it.
 */
export async function probe(
  lambda: LambdaClient,
  service: string,
  proofs: readonly (string | null)[],
): Promise<boolean | null> {
  const queries = proofs.filter((proof) => proof !== null);
  if (queries.length === 0) return null;
  const answer = await inspect(lambda, service, { want: 'probe', queries: [...queries] }, probeAnswerSchema);
  if (!answer.reachable) return null;
  if (answer.found.includes(true)) return true;
  return queries.length < proofs.length || answer.found.includes(null) ? null : false;
}
