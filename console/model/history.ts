/** The deployments of a time, and the four figures of them. */
import type { Mark, Problem, ReleaseName, Text } from './parts.ts';

export interface History {
  readonly at: string;
  readonly days: number;
  /** Newest first, at most 1,000. */
  readonly rows: readonly HistoryRow[];
  /** Whether there are more than are shown. */
  readonly cut: boolean;
  /** Of the days, after every filter but the verdict's. */
  readonly counts: Readonly<Partial<Record<Mark, number>>>;
  readonly services: readonly string[];
  readonly environments: readonly string[];
  readonly people: readonly string[];
  readonly dora: Dora;
  /** Environments whose journal could not be read. */
  readonly problems: readonly Problem[];
}

export interface HistoryRow {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly action: string;
  readonly mark: Mark;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly by: string;
  readonly release: ReleaseName | null;
  readonly segments: readonly {
    readonly kind: 'build' | 'migrate' | 'verify' | 'failed' | 'back' | 'waiting' | 'other';
    readonly seconds: number;
  }[];
  readonly seconds: number;
  /** `9f31c2e, healthy`; `77ab3f0: column still read`. */
  readonly runsAfterwards: Text;
}

/** The four figures, of deployments that are over. Null where there is nothing to tell it from. */
export interface Dora {
  readonly frequency: {
    readonly perDay: number;
    readonly before: number | null;
    readonly days: readonly { readonly day: string; readonly marks: readonly Mark[] }[];
  };
  /** Seconds from the commit to its release. */
  readonly leadTime: {
    readonly median: number | null;
    readonly p90: number | null;
    readonly before: number | null;
    readonly weeks: readonly {
      readonly week: string;
      readonly median: number | null;
      readonly p90: number | null;
    }[];
  };
  readonly failureRate: {
    readonly percent: number | null;
    readonly before: number | null;
    readonly failed: number;
    readonly of: number;
    readonly weeks: readonly { readonly week: string; readonly percent: number | null }[];
  };
  /** Seconds from a failed release to the service being healthy again. */
  readonly restore: {
    readonly median: number | null;
    readonly worst: number | null;
    readonly failures: readonly {
      readonly id: string;
      readonly at: string;
      /** Null: not restored yet. */
      readonly seconds: number | null;
      readonly byItself: boolean;
    }[];
  };
}
