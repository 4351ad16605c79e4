/** How long a deployment takes and what its execution costs, told from those that went before. */
import type { Outcome, StepRecord } from './journal.ts';
import { STEPS, type Step } from './steps.ts';

export interface StepExpectation {
  readonly step: Step;
  /** Seconds. */
  readonly p50: number;
  readonly p90: number;
  /** How many deployments it is told from. */
  readonly of: number;
}

export interface Expected {
  readonly steps: readonly StepExpectation[];
  /** Seconds of the whole. */
  readonly p50: number;
  readonly p90: number;
  /** US dollars of the execution: state transitions, functions, build and migration task. */
  readonly dollars: number;
}

/** What is read of an entry of the journal. */
interface Went {
  readonly outcome?: Pick<Outcome, 'verdict'>;
  readonly steps: Partial<Record<Step, Pick<StepRecord, 'status' | 'startedAt' | 'endedAt'>>>;
}

/** Of the steps that a deployment takes. Undefined where no earlier one went through. */
export function expected(entries: readonly Went[], steps: ReadonlySet<Step>): Expected | undefined {
  const took = STEPS.filter((step) => steps.has(step)).flatMap((step) => {
    const seconds = entries.flatMap(({ outcome, steps: done }) => {
      const record = done[step];
      const good = outcome?.verdict === 'succeeded' && record?.status === 'done' && record.endedAt;
      return good ? [(Date.parse(record.endedAt) - Date.parse(record.startedAt)) / 1000] : [];
    });
    return seconds.length === 0
      ? []
      : [{ step, p50: quantile(seconds, 0.5), p90: quantile(seconds, 0.9), of: seconds.length }];
  });
  if (took.length === 0) return undefined;
  const sum = (which: 'p50' | 'p90') => took.reduce((total, step) => total + step[which], 0);
  return { steps: took, p50: sum('p50'), p90: sum('p90'), dollars: dollarsOf(took) };
}

/** The smallest value that at least this share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** US dollars, eu-central-1, on-demand, November 2026 price lists; free tiers are left out. */
const TRANSITION = 0.000025;
const FUNCTION_SECOND = 0.0000166667 * 0.5;
const BUILD_MINUTE = 0.005;
const TASK_SECOND = (0.04656 * 0.25 + 0.00511 * 0.5) / 3600;
/** A poll is a Wait, a Task and a Choice; between two polls there are about ten seconds. */
const TRANSITIONS_A_POLL = 3;
const SECONDS_A_POLL = 10;
const TRANSITIONS_A_STEP = 3;

function dollarsOf(steps: readonly StepExpectation[]): number {
  return steps.reduce((total, { step, p50 }) => {
    const polls = Math.ceil(p50 / SECONDS_A_POLL);
    const machine = (TRANSITIONS_A_STEP + polls * TRANSITIONS_A_POLL) * TRANSITION + polls * FUNCTION_SECOND;
    const build = step === 'Build' ? Math.ceil(p50 / 60) * BUILD_MINUTE : 0;
    const task = step === 'Migrate' ? Math.max(60, p50) * TASK_SECOND : 0;
    return total + machine + build + task;
  }, 0);
}
