/** Now: every service of every environment, and what is read of one of them. */
import type { StepStatus } from './deployment.ts';
import type { Mark, Part, Place, ReleaseName, Schema, Text } from './parts.ts';

export interface Now {
  readonly at: string;
  readonly places: readonly Place[];
  /** In the order of the environment files; the page puts first what needs eyes. */
  readonly rows: readonly NowRow[];
}

export interface NowRow {
  readonly environment: string;
  readonly service: string;
  /** What the journal says; where it cannot be read, the row stands with its problem. */
  readonly journal: Part<NowJournal>;
  /** When the schedule fires next and what it releases; null without one. */
  readonly next: { readonly at: string; readonly what: Text } | null;
}

export interface NowJournal {
  /** Null where nothing has been released yet. */
  readonly runs: ReleaseName | null;
  /** When it came to run; null where that is not known. */
  readonly since: string | null;
  /** Set where it came back at this time after another release was tried. */
  readonly againSince: string | null;
  /** Null where there is none; `why` says why then. */
  readonly goesBackTo: (ReleaseName & { readonly provenAt: string }) | null;
  readonly noWayBack: Text | null;
  readonly schema: Schema;
  /** The newest deployment; null where there has been none. */
  readonly latest: NowDeployment | null;
}

export interface NowDeployment {
  readonly id: string;
  readonly mark: Mark;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly by: string;
  /** What it releases; null for one that was refused before that was known. */
  readonly release: ReleaseName | null;
  /** Whether the row under the service is to tell of it: it runs, waits, or ended badly less than a day ago. */
  readonly needsEyes: boolean;
  /** `since 14:12: c7d20e4 …`: what the attached line says after the mark's word. */
  readonly line: Text;
  /** Of one that runs: what the strip under its service shows. */
  readonly steps: readonly StepBrief[];
  /** Seconds that it will still take, from earlier ones; null where that is not known. */
  readonly secondsLeft: number | null;
}

export interface StepBrief {
  readonly step: string;
  readonly status: StepStatus;
  readonly seconds: number | null;
  readonly note: Text;
}

/** What AWS says of a service: read apart from the journal, a row at a time. */
export interface ServiceFacts {
  readonly environment: string;
  readonly service: string;
  readonly at: string;
  readonly status: 'healthy' | 'degraded' | 'down' | 'idle' | 'unknown';
  readonly problems: readonly { readonly sentence: Text; readonly remedy: Text }[];
  readonly tasks: Part<{
    readonly desired: number;
    readonly running: number;
    readonly squares: readonly {
      readonly id: string;
      readonly state: 'healthy' | 'new' | 'starting' | 'draining' | 'failing';
      readonly revision: string;
    }[];
    /** `4 targets healthy`, `no target group`. */
    readonly targets: Text;
  }>;
  /** Last three hours in 36 values; null where nothing is known of a value. `known: false` where there is no HTTP. */
  readonly latency: Part<Spark>;
  readonly errors: Part<Spark>;
}

export interface Spark {
  readonly from: string;
  readonly periodSeconds: number;
  readonly values: readonly (number | null)[];
  /** The figure beside it: milliseconds of p95, or percent of answers that are 5xx; null: nothing was asked. */
  readonly now: number | null;
  readonly peak: number | null;
  /** Releases within these hours. */
  readonly releases: readonly string[];
}
