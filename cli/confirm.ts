/** Asks a person on a terminal. Where there is none, nobody could answer, and an option has to say it. */
import { createInterface } from 'node:readline/promises';
import { LockstepError } from '../core/errors.ts';

export const hasTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!hasTerminal()) {
    throw new LockstepError('UsageError', {
      problem: 'there is no terminal to ask on.',
      help: 'Give --yes to go ahead without asking.',
    });
  }
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, signal)) ?? '');
}

/** Undefined where the person left instead of answering: Ctrl-C, or the end of the input. */
export async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const left = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  const asked = lines.question(question, { signal }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
    return undefined;
  });
  try {
    const answer = await Promise.race([left, asked]);
    if (answer === undefined) process.stdout.write('\n');
    return answer?.trim();
  } finally {
    lines.close();
  }
}
