import { LockstepError } from '../core/errors.ts';

/** An error of the table as it is; anything else is ours to answer for, and says where it happened. */
export function asKnown(error: unknown, step: string): LockstepError {
  if (error instanceof LockstepError) return error;
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new LockstepError('Internal', { step, detail }, [], { cause: error });
}
