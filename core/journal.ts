/**
 * The journal: one item a deployment in DynamoDB (partition `target`, sort key `startedAt`), from which a retried
 * step sees what it has already started, a recovery sees what is left to do, and history is read.
 */
import type { Plan, Running } from './plan.ts';
import type { Release } from './release.ts';
import type { Deployment } from './request.ts';
import type { Step } from './steps.ts';
import type { Verdict } from './verdict.ts';

/** Why a deployment did not go on, as a person needs it. */
export interface Failure {
  readonly step: Step;
  /** A name of the error table; `Internal` for what the table does not know. */
  readonly error: string;
  readonly sentence: string;
  readonly remedy: string;
  /** Decisive lines: stop reasons, exit codes, the last log lines. At most 30, each at most 500 characters. */
  readonly evidence: readonly string[];
}

export interface StepRecord {
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly status: 'waiting' | 'done' | 'skipped' | 'failed';
  /** One line for people. */
  readonly summary: string;
  /** What the step has started: build id, task ARN, snapshot name, service deployment ARN, observations so far. */
  readonly work?: Readonly<Record<string, unknown>>;
  readonly failure?: Failure;
}

/** How a deployment ended. */
export interface Outcome {
  readonly verdict: Verdict;
  /** What a person reads last: verdict, and what is running now. */
  readonly sentence: string;
  readonly running: Running | null;
  /** Why it did not succeed; null when it did. */
  readonly reason: string | null;
  readonly remedy: string | null;
}

export interface JournalEntry {
  readonly target: string;
  readonly startedAt: string;
  readonly deploymentId: string;
  readonly executionArn: string;
  readonly service: string;
  readonly environment: string;
  readonly action: string;
  readonly commit: string | null;
  readonly subject: string;
  readonly requestedBy: string;
  readonly reason: string | null;
  /** Why it did not wait for the end of a freeze, where that was said; `Plan` keeps in its work which one it was. */
  readonly overrideFreeze?: string;
  /** The time for which a schedule started it, ISO 8601. */
  readonly scheduledAt?: string;
  readonly plan?: Plan;
  readonly release?: Release;
  /** `Rollback` runs `VerifyHealth` a second time; that one is kept under `VerifyRollback`. */
  readonly steps: Partial<Record<Step | 'VerifyRollback', StepRecord>>;
  readonly outcome?: Outcome;
  /** The failure that decided the outcome, with its evidence. */
  readonly failure?: Failure;
  /** When people were told; set, so that a retry does not tell them again. */
  readonly notifiedAt?: string;
  readonly endedAt?: string;
  /** Set when the release has been proven healthy: only such a one is ever rolled back to. */
  readonly provenAt?: string;
  /** The release that this entry proves, as it ran. */
  readonly proven?: Running;
}

/**
 * The entry of a deployment that begins, or of one that ended before it could begin. What was asked may be anything:
 * only what is of the right kind is taken.
 */
export function entryOf(deployment: Deployment, asked: unknown): JournalEntry {
  const request = (typeof asked === 'object' && asked !== null ? asked : {}) as Record<string, unknown>;
  const schedule = request['schedule'] as { at?: unknown } | null | undefined;
  const text = (key: string) => (typeof request[key] === 'string' ? request[key].slice(0, 500) : undefined);
  const overrideFreeze = text('overrideFreeze');
  return {
    target: deployment.target,
    startedAt: deployment.startedAt,
    deploymentId: deployment.id,
    executionArn: deployment.executionArn,
    service: deployment.service,
    environment: deployment.environment,
    action: text('action') ?? 'deploy',
    commit: text('commit') ?? null,
    subject: text('subject') ?? '',
    requestedBy: text('requestedBy') ?? 'unknown',
    reason: text('reason') ?? null,
    ...(overrideFreeze ? { overrideFreeze } : {}),
    ...(typeof schedule?.at === 'string' ? { scheduledAt: schedule.at.slice(0, 40) } : {}),
    steps: {},
  };
}

/** The lock's item; one deployment a target at a time. */
export interface LockItem {
  readonly lockId: string;
  /** ARN of the execution that holds it. */
  readonly owner: string;
  readonly deploymentId: string;
  readonly startedAt: string;
  readonly requestedBy: string;
  /** Epoch seconds; a lock whose lease has run out may be taken, and the polling steps renew theirs. */
  readonly expiresAt: number;
  /** Who asked to cancel; read at every poll, so that no execution has to be killed. */
  readonly cancelledBy?: string;
}

/** How long a lease lasts unless renewed: longer than any wait between two polls plus every retry of a step. */
export const LEASE_SECONDS = 900;

const EVIDENCE_LINES = 30;
const EVIDENCE_WIDTH = 500;

/** Evidence that fits: a DynamoDB item holds 400 KB, and one crashing task can write that in a second. */
export function boundedEvidence(lines: readonly string[]): string[] {
  return lines
    .slice(-EVIDENCE_LINES)
    .map((line) => (line.length > EVIDENCE_WIDTH ? `${line.slice(0, EVIDENCE_WIDTH - 1)}…` : line));
}
