/** How a deployment can end, what the command's exit code is then, and which `Fail` state shows it in the console. */
export const VERDICTS = {
  succeeded: { exit: 0, sentence: 'Succeeded.' },
  unchanged: { exit: 0, sentence: 'Nothing to do.' },
  refused: { exit: 10, sentence: 'Refused. Nothing was changed.' },
  'build-failed': { exit: 11, sentence: 'The build failed. Nothing was changed.' },
  'migration-failed': { exit: 12, sentence: 'The migration failed. The service was not changed.' },
  'rolled-back': { exit: 13, sentence: 'Rolled back.' },
  cancelled: { exit: 14, sentence: 'Cancelled.' },
  superseded: { exit: 14, sentence: 'Superseded by another deployment.' },
  'needs-attention': { exit: 15, sentence: 'This needs a person.' },
} as const satisfies Record<string, { exit: number; sentence: string }>;

export type Verdict = keyof typeof VERDICTS;

export const VERDICT_NAMES = Object.keys(VERDICTS) as [Verdict, ...Verdict[]];

/** A usage or internal error of the command itself. */
export const EXIT_USAGE = 1;
/** The wait was ended by `--timeout` or Ctrl-C; the execution goes on. */
export const EXIT_STILL_RUNNING = 16;

/** Whether an execution with this verdict ends in `Succeed` (green in the console) or in a `Fail` state. */
export function isGood(verdict: Verdict): boolean {
  return VERDICTS[verdict].exit === 0;
}

/** `rolled-back` → `RolledBack`: the name of the state in which an execution with this verdict ends. */
export function endState(verdict: Verdict): string {
  return verdict.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}
