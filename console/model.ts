/**
 * What the console's server answers and its pages show: types and nothing else, so that the page may import them. It is
 * long because it is one agreement between two sides: whoever changes an answer sees all of them.
 * Times are ISO 8601, durations seconds, sizes bytes. A `Text` has identifiers between backquotes, which the page sets
 * in its fixed font. Whatever may be missing says why: nothing unknown is shown as 0.
 *
 * GET /api/now                                  Now
 * GET /api/service/ENVIRONMENT/SERVICE          ServiceFacts
 * GET /api/history?days=&service=&environment=&by=&verdict=   History
 * GET /api/metrics/ENVIRONMENT/SERVICE?hours=   Metrics
 * GET /api/schedules                            Schedules
 * GET /api/deployment/ID                        Deployment
 * GET /api/deployment/ID/graph                  Graph
 * GET /api/deployment/ID/timeline               Timeline
 * GET /api/deployment/ID/logs?source=           Logs
 * GET /api/deployment/ID/definition             Definition
 * GET /api/deployment/ID/approval               Approval (of any deployment with pending migrations)
 * GET /api/deployment/ID/events                 Events
 * POST /api/deployment/ID/{approve|reject|cancel}, /api/service/ENVIRONMENT/SERVICE/rollback   ActionRequest → ActionAnswer
 * GET /api/events?deployment=ID                 server-sent LiveEvents, each as `data:` under the event name `live`
 *
 * Whatever cannot be answered is a `Problem` with a status of 4xx or 5xx.
 */
import type { Verdict } from '../core/verdict.ts';

export type Text = string;

/** A piece that could not be read: what failed, what is still true, what to do. */
export interface Problem {
  /** `tasks`, `logs`, `journal` …: what the page puts it in place of. */
  readonly part: string;
  readonly sentence: Text;
  readonly remedy: Text;
}

/** A piece that loads alone within a larger answer. */
export type Part<Value> =
  | { readonly known: true; readonly value: Value }
  | { readonly known: false; readonly problem: Problem };

/** A deployment's mark: its verdict, or what it does now. */
export type Mark = Verdict | 'running' | 'waiting';

/** Code and schema, as the two rails show them. */
export interface Schema {
  readonly state: 'in-step' | 'moving' | 'ahead' | 'ahead-incompatible' | 'unknown' | 'none';
  /** `2 ahead, compatible`; `in step`; `unknown, because …`. */
  readonly text: Text;
  /** The newest migration that the database has; null where that is not known. */
  readonly migration: string | null;
}

export interface ReleaseName {
  /** Seven digits of the commit; where that is not known, the beginning of the digest. */
  readonly name: string;
  readonly commit: string | null;
  readonly subject: string | null;
  /** `backend-production:41`. */
  readonly revision: string | null;
  /** `sha256:…`, whole. */
  readonly digest: string | null;
}

// ---------------------------------------------------------------------------------------------------------------- now

export interface Place {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  /** Whether this is the embedded AWS of this machine. */
  readonly embedded: boolean;
  readonly tags: 'latest' | 'commit';
  /** The freeze that holds now, or the next one within two weeks. */
  readonly freeze: {
    readonly from: string;
    readonly to: string;
    readonly reason: string;
    readonly now: boolean;
  } | null;
}

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

// --------------------------------------------------------------------------------------------------------- deployment

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

// ----------------------------------------------------------------------------------------------------------- approval

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

// ------------------------------------------------------------------------------------------------ history and metrics

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

export interface Metrics {
  readonly environment: string;
  readonly service: string;
  readonly from: string;
  readonly periodSeconds: number;
  readonly periods: number;
  readonly groups: readonly MetricGroup[];
  readonly deployments: readonly {
    readonly id: string;
    readonly at: string;
    readonly mark: Mark;
    readonly release: string;
  }[];
}

export interface MetricGroup {
  /** `Requests`, `Latency`, `CPU and memory`, `Database connections`, a custom metric's name. */
  readonly title: string;
  readonly unit: 'percent' | 'count' | 'per second' | 'milliseconds' | 'none';
  readonly series: Part<
    readonly { readonly id: string; readonly label: string; readonly values: readonly (number | null)[] }[]
  >;
}

export interface Schedules {
  readonly at: string;
  readonly rows: readonly {
    readonly environment: string;
    readonly service: string;
    readonly cron: string;
    readonly timeZone: string;
    readonly what: Text;
    readonly next: readonly string[];
    readonly last: { readonly id: string; readonly at: string; readonly mark: Mark } | null;
  }[];
  readonly freezes: readonly {
    readonly environment: string;
    readonly from: string;
    readonly to: string;
    readonly reason: string;
    readonly state: 'over' | 'now' | 'to-come';
  }[];
  /** Weekly times in which deployments are allowed, as the environment file has them. */
  readonly windows: readonly { readonly environment: string; readonly text: Text }[];
  readonly problems: readonly Problem[];
}

// ------------------------------------------------------------------------------------------------------------ actions

export type ActionName = 'approve' | 'reject' | 'cancel' | 'rollback';

/** Without `confirm` nothing is done: the answer is the plan. */
export interface ActionRequest {
  readonly confirm?: string;
  readonly reason?: string;
  readonly accept?: readonly Consequence[];
  /** Of a rollback: a tag, a revision or a deployment's id. */
  readonly to?: string;
}

export type ActionAnswer =
  | { readonly state: 'plan'; readonly plan: ActionPlan }
  /** `deploymentId`: the one that it concerns; after a rollback, the new one. */
  | { readonly state: 'done'; readonly sentence: Text; readonly deploymentId: string };

export interface ActionPlan {
  readonly action: ActionName;
  /** `Approve c7d20e4 for billing in production?` */
  readonly title: Text;
  /** What will happen, one line each. */
  readonly lines: readonly Text[];
  /** To be accepted by name. */
  readonly consequences: readonly Consequence[];
  readonly needsReason: boolean;
  /** What the terminal takes for the same. */
  readonly command: string;
  /** Sent back to do what this plan says; another plan has another one. */
  readonly confirm: string;
  /** On the button. */
  readonly label: string;
}

// --------------------------------------------------------------------------------------------------------------- live

export type LiveEvent =
  /** With every look that succeeded, so that the page knows how fresh it is. */
  | { readonly type: 'read'; readonly at: string }
  | { readonly type: 'problem'; readonly at: string; readonly problem: Problem }
  | { readonly type: 'row'; readonly row: NowRow }
  /** Of the deployment that the page asked to follow. */
  | { readonly type: 'deployment'; readonly deployment: Deployment }
  /** The other pieces of that deployment (graph, timeline, logs) have changed. */
  | { readonly type: 'changed'; readonly id: string }
  /** A deployment began or ended: history has changed. */
  | { readonly type: 'history'; readonly id: string; readonly mark: Mark; readonly sentence: Text };
