/** Whether a failed state is tried again, and when. */
import { matches, type Problem } from './failure.ts';
import type { Retrier } from './machine.ts';
import type { StepRecord } from './record.ts';

/** The first retrier that names the problem decides; where it is used up, nothing is retried. Returns milliseconds. */
export function nextTry(
  retriers: readonly Retrier[],
  step: StepRecord,
  problem: Problem,
  random: () => number,
): number | undefined {
  const index = retriers.findIndex((retrier) => matches(retrier.errorEquals, problem));
  const retrier = retriers[index];
  if (!retrier) return undefined;
  const used = step.tries[index] ?? 0;
  if (used >= retrier.maxAttempts) return undefined;
  for (let at = 0; at <= index; at++) step.tries[at] ??= 0;
  step.tries[index] = used + 1;
  step.retryCount++;
  const seconds = Math.min(retrier.intervalSeconds * retrier.backoffRate ** used, retrier.maxDelaySeconds);
  return Math.round((retrier.jitter ? seconds * random() : seconds) * 1000);
}
