/** What the page is told of an error: its sentence and remedy of the table, in place of the part that failed. */
import { entryOf, LockstepError } from '../../core/errors.ts';
import type { Part, Problem } from '../model/parts.ts';
import { Refused } from './source.ts';

/** Errors that say "there is no such thing". */
const MISSING = ['DeploymentUnknown', 'ServiceUnknown', 'EnvironmentNotFound'];

export function asProblem(error: unknown, part: string): { status: number; problem: Problem } {
  if (error instanceof Refused) return { status: error.status, problem: error.problem };
  if (error instanceof LockstepError) {
    const status = MISSING.includes(error.name) ? 404 : entryOf(error.error).fault === 'user' ? 409 : 502;
    return { status, problem: { part, sentence: error.message, remedy: error.remedy } };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return {
    status: 500,
    problem: {
      part,
      sentence: `This could not be read: ${detail}`,
      remedy: 'The rest of the page is as AWS has it. `lockstep show` reads the same without the page.',
    },
  };
}

/** A piece that loads alone: its failure takes its own place and no other. */
export async function partOf<Value>(part: string, read: () => Promise<Value>): Promise<Part<Value>> {
  try {
    return { known: true, value: await read() };
  } catch (error) {
    return { known: false, problem: asProblem(error, part).problem };
  }
}

/** For what is not known without anything having failed. */
export function unknown<Value>(part: string, sentence: string, remedy = ''): Part<Value> {
  return { known: false, problem: { part, sentence, remedy } };
}
