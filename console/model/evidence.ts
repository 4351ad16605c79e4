/** What lies beside a deployment: logs, the task definition’s difference, the events of the execution. */
import type { Text } from './parts.ts';

export interface LogSource {
  /** `task/4b1f…`, `build`, `migration`. */
  readonly id: string;
  readonly label: string;
  readonly kind: 'new-task' | 'old-task' | 'migration' | 'build';
}

export interface Logs {
  readonly source: string;
  readonly lines: readonly LogLine[];
  /** How many there are; more than `lines` where the answer is cut around the decisive ones. */
  readonly all: number;
  /** Whether lines may still come. */
  readonly open: boolean;
}

export interface LogLine {
  readonly at: string;
  readonly level: string | null;
  readonly text: string;
  readonly decisive: boolean;
}

/** Task definition of before against that of the release. */
export interface Definition {
  readonly before: string | null;
  readonly after: string | null;
  /** Fields in all. */
  readonly fields: number;
  readonly changed: readonly {
    readonly path: string;
    /** Null: not there. */
    readonly before: string | null;
    readonly after: string | null;
    readonly note: Text | null;
  }[];
  /** What stayed, for `Show all`. */
  readonly equal: readonly { readonly path: string; readonly value: string }[];
}

export interface Events {
  readonly steps: readonly StepEvidence[];
  readonly events: readonly {
    readonly id: number;
    readonly at: string;
    readonly type: string;
    readonly state: string | null;
    readonly text: string;
  }[];
}

/** One visit of a state: polls of the same step are visits of their own. */
export interface StepEvidence {
  readonly state: string;
  readonly enteredAt: string;
  readonly exitedAt: string | null;
  /** JSON, indented. */
  readonly input: string;
  readonly output: string | null;
  /** Each attempt that failed, in order. */
  readonly retries: readonly { readonly at: string; readonly error: string; readonly cause: string }[];
  readonly error: { readonly error: string; readonly cause: string } | null;
}
