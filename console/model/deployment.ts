/** A deployment: its sentence, its steps and the state machine as it ran. */
import type { Verdict } from '../../core/verdict.ts';
import type { ActionName } from './actions.ts';
import type { LogSource } from './evidence.ts';
import type { Mark, ReleaseName, Schema, Text } from './parts.ts';

export type StepStatus =
  | 'done'
  | 'running'
  | 'waiting'
  | 'failed'
  | 'skipped'
  /** It ended before this step's turn came. */
  | 'not-reached'
  | 'to-come';

export interface Deployment {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly action: string;
  readonly mark: Mark;
  /** `Rolled back.` */
  readonly word: string;
  /** `backend in production runs `9f31c2e` again, healthy since 14:07:31.` */
  readonly sentence: Text;
  /** Why, What to do, Database; of a running one Now, If it fails, You can. */
  readonly paragraphs: readonly {
    readonly label: string;
    readonly text: Text;
    /** Shown as a line to copy. */
    readonly command?: string;
  }[];
  /** What ran before, what was to run, what runs afterwards. */
  readonly release: {
    readonly before: ReleaseName | null;
    readonly next: ReleaseName | null;
    readonly after: ReleaseName | null;
  };
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly by: string;
  readonly reason: string | null;
  /** Seconds that such a deployment usually takes (the median); null before the first one. */
  readonly usualSeconds: number | null;
  /** Null where nothing counts them. */
  readonly requests: { readonly all: number; readonly failed: number } | null;
  readonly schema: Schema;
  readonly steps: readonly Step[];
  /** The lines that decided it, of the failed step. */
  readonly evidence: readonly string[];
  /** Name of the error table; null where nothing failed. */
  readonly error: string | null;
  readonly executionArn: string;
  /** The execution in the AWS console; null beside the embedded AWS. */
  readonly executionUrl: string | null;
  /** What can be done with it now. */
  readonly actions: readonly ActionName[];
  /** Sources for `logs?source=`, the one to show first in front. */
  readonly logSources: readonly LogSource[];
  readonly pendingMigrations: readonly string[];
  /** The plan's lines: what was seen before anything was done. */
  readonly plan: readonly { readonly label: string; readonly text: Text }[];
}

export interface Step {
  /** Unique: the health check after going back is `VerifyRollback`. */
  readonly key: string;
  /** The state's name. */
  readonly step: string;
  readonly status: StepStatus;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** One line. */
  readonly note: Text;
  /** Whether it belongs to the way back. */
  readonly back: boolean;
  /** Seconds that it is expected to take still; of a running step, where earlier ones tell. */
  readonly secondsLeft: number | null;
}

/** The state machine as it was when this execution ran; poll loops are folded into their state. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  readonly id: string;
  readonly kind: 'step' | 'ending';
  readonly label: string;
  readonly status: StepStatus;
  /** Of an ending: its verdict. */
  readonly verdict: Verdict | null;
  readonly back: boolean;
  /** `2m 10s`, `2, both fine`, `not needed`. */
  readonly note: Text;
  /** The state's comment of the definition. */
  readonly comment: string;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly status: 'taken' | 'failed' | 'back' | 'not-taken';
  /** Why it was taken, where that is more than that the step was done. */
  readonly label: Text | null;
}
