/** What `check` sees of a service at one look; core/check.ts judges it. */
import type { Answer, TargetSeen } from './observation.ts';
import type { Running } from './plan.ts';
import type { ScannedTable, SlowStatement } from './slow.ts';
import type { Verdict } from './verdict.ts';

export interface CheckedTask {
  /** The last part of its ARN. */
  readonly id: string;
  readonly revision: string;
  readonly lastStatus: string;
  readonly health: string;
  /** ISO 8601; null while it starts. */
  readonly startedAt: string | null;
}

export interface CheckedDatabase {
  /** Null where the environment file has no "database" block: then it is not asked. */
  readonly reachable: boolean | null;
  readonly problem: string | null;
  readonly connections: { readonly now: number; readonly most: number } | null;
  /** Seconds. */
  readonly oldestTransaction: number | null;
  readonly failedMigrations: readonly string[];
  readonly scanned: readonly ScannedTable[];
  /** From the database's log; null where answers are quick, or it could not be read. */
  readonly slowest: SlowStatement | null;
}

export interface Checked {
  readonly service: string;
  readonly environment: string;
  readonly cluster: string;
  /** Null where nothing has been released yet. */
  readonly running: Running | null;
  readonly tag: string | null;
  /** When the running revision came to run, ISO 8601; null where that is not known. */
  readonly since: string | null;
  /** The release that Lockstep brought last, where something else runs now; null where that runs. */
  readonly replaced: { readonly revision: string; readonly commit: string | null } | null;
  /** What ECS is bringing at this moment; null where nothing is under way. */
  readonly rollout: { readonly revision: string; readonly running: number; readonly desired: number } | null;
  readonly counts: { readonly desired: number; readonly running: number; readonly pending: number };
  /** Autoscaling's limits; null where nothing scales it. */
  readonly scaling: { readonly least: number; readonly most: number } | null;
  readonly tasks: readonly CheckedTask[];
  /** Null where it has no load balancer. */
  readonly targets: readonly TargetSeen[] | null;
  readonly healthAnswer: Answer | null;
  readonly statusAnswer: Answer | null;
  /** Why neither is asked, and what to write where they should be; null where they are. */
  readonly notAsked: string | null;
  readonly database: CheckedDatabase;
  /** Percent, highest of the last minutes; null where CloudWatch has no data yet. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly size: { readonly cpu: number; readonly memory: number };
  /** Milliseconds, and percent of answers that are 5xx; null where nothing was asked. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly errorPercent: number | null;
  readonly alarms: readonly string[];
  /** What the last lines of a task that ended or answers badly are known for; null where nothing is. */
  readonly recognised: { readonly error: string; readonly sentence: string; readonly remedy: string } | null;
  readonly last: readonly {
    readonly id: string;
    readonly commit: string | null;
    readonly verdict: Verdict | null;
    readonly at: string;
  }[];
}
