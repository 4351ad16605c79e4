/** Asks another Lambda function and waits for its answer. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { isNamed } from './errors.ts';

export type Invoked =
  | { readonly payload: unknown }
  | { readonly failed: string }
  | { readonly missing: true };

/** `failed`: the function threw, and its message says why. `missing`: there is no such function. */
export async function invoke(lambda: LambdaClient, functionName: string, payload: unknown): Promise<Invoked> {
  try {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }),
    );
    const answer: unknown = JSON.parse(Payload?.transformToString() || 'null');
    if (!FunctionError) return { payload: answer };
    return { failed: (answer as { errorMessage?: string } | null)?.errorMessage ?? FunctionError };
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return { missing: true };
    throw error;
  }
}
