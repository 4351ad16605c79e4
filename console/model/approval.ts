/** The migrations of a deployment, as somebody decides about them. */
import type { Part, Text } from './parts.ts';

export type Severity = 'fine' | 'notice' | 'needs-approval' | 'blocked';

export type Compatible = 'compatible' | 'until-written' | 'incompatible' | 'unknown';

export type Consequence = 'downtime' | 'no-rollback' | 'data-loss';

export interface Approval {
  readonly id: string;
  /** What stands after the mark's word. */
  readonly sentence: Text;
  /** `orders` → `41,200,000 rows, 9.8 GB`: tables, traffic, server, client, facts read, rehearsed. */
  readonly facts: readonly { readonly label: string; readonly text: Text }[];
  /** The dashed line of the time bars. */
  readonly maxLockSeconds: number;
  /** The code that runs now, to which one would go back. */
  readonly oldCode: string | null;
  readonly migrations: readonly {
    readonly name: string;
    readonly sha256: string | null;
    readonly sql: string;
    readonly statements: readonly ApprovalStatement[];
  }[];
  readonly findings: readonly ApprovalFinding[];
  /** Null where it does not wait for a person (any more). */
  readonly decide: Decide | null;
  readonly answered: { readonly by: string; readonly at: string; readonly text: Text } | null;
  /** What the database does now. */
  readonly database: Part<readonly { readonly label: string; readonly text: Text }[]>;
  readonly earlier: readonly {
    readonly id: string;
    readonly at: string;
    readonly approved: boolean;
    readonly by: string;
    readonly text: Text;
  }[];
}

export interface ApprovalStatement {
  readonly line: number;
  readonly text: string;
  /** The strongest lock and on what; null: no table. */
  readonly lock: string | null;
  readonly table: string | null;
  /** `reads and writes wait`, `writes wait`, `brief`. */
  readonly waits: Text;
  readonly rewrites: boolean;
  readonly scans: boolean;
  readonly rows: number | null;
  readonly estimate: Estimate | null;
  readonly compatible: Compatible;
  /** `reads P2023`, `writes P2011`; empty where compatible. */
  readonly compatibleNote: Text;
  readonly severity: Severity;
  /** Places in `findings`, from 0. */
  readonly findings: readonly number[];
}

export interface Estimate {
  readonly low: number;
  /** Null: it may take any time. */
  readonly high: number | null;
  readonly reason: string;
}

export interface ApprovalFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly why: Text;
  readonly migration: string;
  readonly line: number;
  readonly lastLine: number;
  readonly lock: string | null;
  readonly table: string | null;
  readonly waits: Text;
  readonly rewrites: boolean;
  readonly scans: boolean;
  readonly estimate: Estimate | null;
  /** Whether it would fail on today's rows, and how that is known. */
  readonly failsToday: { readonly answer: 'yes' | 'no' | 'unknown'; readonly note: Text };
  readonly compatible: Compatible;
  readonly reads: Text;
  readonly writes: Text;
  readonly newRows: Text;
  readonly safe: {
    readonly summary: Text;
    readonly steps: readonly { readonly when: string; readonly name: string; readonly sql: string }[];
  } | null;
  readonly consequences: readonly Consequence[];
  readonly help: Text | null;
  /** Who else holds or waits for what it locks. */
  readonly behind: Text | null;
}

export interface Decide {
  readonly askedAt: string;
  /** Then it counts as refused. */
  readonly until: string;
  /** Steps that follow, with what they are expected to take. */
  readonly effects: readonly { readonly step: string; readonly low: number; readonly high: number | null }[];
  readonly sentence: Text;
  /** Each has to be ticked before Approve opens. */
  readonly consequences: readonly {
    readonly name: Consequence;
    readonly title: string;
    readonly text: Text;
  }[];
  readonly you: string;
  readonly mayApprove: boolean;
  readonly policy: Text;
  readonly commands: {
    readonly approve: string;
    readonly reject: string;
    readonly fix: string | null;
  };
}
