/** How long a deployment takes and what its execution costs, told from those that went before. */
import type { Outcome, StepRecord } from './journal.ts';
import { PRICE_REGION, PRICES, PRICES_OF } from './prices.ts';
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
  /** US dollars of the execution: state transitions, functions, build and migration task, at the prices of `pricesOf`. */
  readonly dollars: number;
  readonly pricesOf: { readonly region: string; readonly month: string };
}

/** Of a task, as the environment file says it: CPU units and MiB. */
export interface TaskSize {
  readonly cpu: number;
  readonly memory: number;
}

/** Fargate's; for those who ask for times and not for costs. */
const SMALLEST: TaskSize = { cpu: 256, memory: 512 };

/** What is read of an entry of the journal. */
interface Went {
  readonly outcome?: Pick<Outcome, 'verdict'>;
  readonly steps: Partial<Record<Step, Pick<StepRecord, 'status' | 'startedAt' | 'endedAt'>>>;
}

/** Of the steps that a deployment takes. Undefined where no earlier one went through. */
export function expected(
  entries: readonly Went[],
  steps: ReadonlySet<Step>,
  task: TaskSize = SMALLEST,
): Expected | undefined {
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
  return {
    steps: took,
    p50: sum('p50'),
    p90: sum('p90'),
    dollars: dollarsOf(took, task),
    pricesOf: { region: PRICE_REGION, month: PRICES_OF },
  };
}

/** The smallest value that at least this share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** A poll is a Wait, a Task and a Choice; between two polls there are about ten seconds. */
const TRANSITIONS_A_POLL = 3;
const SECONDS_A_POLL = 10;
const TRANSITIONS_A_STEP = 3;
/** A poll calls a function of half a gibibyte, for about a second. */
const POLL_GB_SECONDS = 0.5;
/** Fargate charges a minute at least. */
const SHORTEST_TASK_SECONDS = 60;
const HOUR_SECONDS = 3600;

function dollarsOf(steps: readonly StepExpectation[], { cpu, memory }: TaskSize): number {
  const { transition, functionCall, functionSecond, buildMinute, taskCpuHour, taskMemoryHour } = PRICES;
  const taskHour = (cpu / 1024) * taskCpuHour.dollars + (memory / 1024) * taskMemoryHour.dollars;
  return steps.reduce((total, { step, p50 }) => {
    const polls = Math.ceil(p50 / SECONDS_A_POLL);
    const machine = (TRANSITIONS_A_STEP + polls * TRANSITIONS_A_POLL) * transition.dollars;
    const functions = polls * (functionCall.dollars + POLL_GB_SECONDS * functionSecond.dollars);
    const build = step === 'Build' ? Math.ceil(p50 / 60) * buildMinute.dollars : 0;
    const task = step === 'Migrate' ? (Math.max(SHORTEST_TASK_SECONDS, p50) / HOUR_SECONDS) * taskHour : 0;
    return total + machine + functions + build + task;
  }, 0);
}
