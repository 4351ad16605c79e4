/** The deployments of a time, and the four figures of them. */
import type { DoraFigures } from '../../core/dora.ts';
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
  readonly dora: DoraFigures;
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
