/** Asks a person on a terminal. Where there is none, nobody could answer, and --yes has to say it. */
import { createInterface } from 'node:readline/promises';
import { LockstepError } from '../core/errors.ts';

export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new LockstepError('UsageError', {
      problem: 'there is no terminal to ask on.',
      help: 'Give --yes to go ahead without asking.',
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}
