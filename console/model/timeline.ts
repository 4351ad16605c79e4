/** What happened in a deployment, second by second: steps, tasks, answers, latency. */
import type { Step } from './deployment.ts';
import type { Part, Text } from './parts.ts';

/** Everything of one deployment on one axis. */
export interface Timeline {
  readonly from: string;
  readonly to: string;
  /** Released, first bad sign, verdict, proven healthy; or now. */
  readonly lines: readonly {
    readonly at: string;
    readonly kind: 'released' | 'sign' | 'verdict' | 'proven' | 'now';
    readonly text: Text;
  }[];
  readonly steps: readonly Step[];
  readonly tasks: Part<readonly TaskGroup[]>;
  readonly answers: Part<Answers>;
  readonly latency: Part<Latency>;
  /** What `VerifyHealth` saw, one look after the other: the charts' twin in a table. */
  readonly samples: readonly HealthSample[];
}

export type TaskState = 'pending' | 'started' | 'healthy' | 'failing' | 'draining';

export interface TaskGroup {
  readonly kind: 'old' | 'new' | 'again';
  readonly release: string;
  readonly tasks: readonly {
    readonly id: string;
    readonly segments: readonly {
      readonly state: TaskState;
      readonly from: string;
      readonly to: string;
    }[];
    /** Whether it was gone at the end of its last segment. */
    readonly ended: boolean;
    /** Why it stopped; empty for one that runs. */
    readonly note: Text;
  }[];
}

/** All answers of each period; those that failed (5xx) are among them. */
export interface Answers {
  readonly from: string;
  readonly periodSeconds: number;
  /** Null: not known which tasks answered, then all stands under `old`. */
  readonly fresh: readonly (number | null)[] | null;
  readonly freshFailed: readonly (number | null)[] | null;
  readonly old: readonly (number | null)[];
  readonly oldFailed: readonly (number | null)[];
  /** `38 answers 5xx, all from new tasks`. */
  readonly note: Text;
}

export interface Latency {
  readonly from: string;
  readonly periodSeconds: number;
  /** Milliseconds, p95. */
  readonly fresh: readonly (number | null)[] | null;
  readonly old: readonly (number | null)[];
  /** Where it would count as too slow; null where nothing limits it. */
  readonly limit: number | null;
}

export interface HealthSample {
  readonly at: string;
  readonly step: 'VerifyHealth' | 'VerifyRollback';
  readonly running: number;
  readonly healthy: number;
  readonly desired: number;
  /** Healthy in the load balancer; null without one. */
  readonly targets: number | null;
  /** What the health path answered; null where it was not asked, status null where nothing answered. */
  readonly health: { readonly status: number | null; readonly milliseconds: number } | null;
  readonly summary: Text;
}
