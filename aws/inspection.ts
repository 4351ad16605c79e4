/** Asks the `inspect-database` of a service. What keeps it from answering is an answer too: the facts are unknown then. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { z } from 'zod';
import type { InspectionRequest, Unreachable } from '../core/inspection.ts';
import { problemsOf, problemsText } from '../core/problems.ts';
import { invoke } from './lambda.ts';

export async function askDatabase<Schema extends z.ZodType>(
  lambda: LambdaClient,
  functionName: string,
  request: InspectionRequest,
  answer: Schema,
): Promise<z.infer<Schema> | Unreachable> {
  const asked = await invoke(lambda, functionName, request);
  if ('missing' in asked) return unreachable(`there is no function ${functionName}`);
  if ('failed' in asked) return unreachable(asked.failed);
  const parsed = answer.safeParse(asked.payload, { reportInput: true });
  if (parsed.success) return parsed.data;
  return unreachable(
    `${functionName} answered oddly: ${problemsText(problemsOf(parsed.error, answer, 'its answer'))}`,
  );
}

export function unreachable(reason: string): Unreachable {
  return { reachable: false, reason };
}
