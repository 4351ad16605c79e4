/**
 * What happens during a deployment, as one union. The terminal's text, `--json` and the console are renderings of
 * it; nothing that runs a deployment prints by itself.
 */
import type { Failure, Outcome } from './journal.ts';
import type { Running } from './plan.ts';
import type { Step } from './steps.ts';
import type { Verdict } from './verdict.ts';

export interface StartedEvent {
  readonly type: 'started';
  readonly deploymentId: string;
  readonly executionArn: string;
  readonly executionName: string;
  readonly service: string;
  readonly environment: string;
  readonly action: string;
  readonly commit: string | null;
  readonly subject: string;
  /** Whether this call started the execution, or found it running. */
  readonly attached: boolean;
}

export interface StepEvent {
  readonly type: 'step';
  readonly step: Step;
  readonly status: 'running' | 'waiting' | 'ok' | 'skipped' | 'failed';
  /** Seconds since the step began. */
  readonly seconds: number;
  /** One line: the result, or what is waited for. */
  readonly summary: string;
}

/** Something that goes on beside the deployment: the embedded AWS starts, packages are installed, a log line. */
export interface NoteEvent {
  readonly type: 'note';
  readonly text: string;
}

/** Requests that a client sent through the front door while the deployment ran. */
export interface TrafficEvent {
  readonly type: 'traffic';
  readonly requests: number;
  readonly failed: number;
  /** The first failures, for people. */
  readonly failures: readonly string[];
}

export interface VerdictEvent {
  readonly type: 'verdict';
  readonly verdict: Verdict;
  readonly deploymentId: string;
  readonly executionArn: string;
  readonly running: Running | null;
  readonly sentence: string;
  readonly reason: string | null;
  readonly remedy: string | null;
  readonly failure: Failure | null;
  readonly seconds: number;
}

/** The wait ended before the deployment did. */
export interface DetachedEvent {
  readonly type: 'detached';
  readonly deploymentId: string;
  readonly executionArn: string;
  /** `lost`: AWS could no longer be asked, which says nothing about the deployment. */
  readonly why: 'timeout' | 'interrupt' | 'lost';
}

export interface ErrorEvent {
  readonly type: 'error';
  readonly error: string;
  readonly sentence: string;
  readonly remedy: string;
}

export type DeployEvent =
  | StartedEvent
  | StepEvent
  | NoteEvent
  | TrafficEvent
  | VerdictEvent
  | DetachedEvent
  | ErrorEvent;

export function verdictEvent(
  of: { deploymentId: string; executionArn: string; seconds: number },
  outcome: Outcome,
  failure: Failure | null,
): VerdictEvent {
  const { verdict, running, sentence, reason, remedy } = outcome;
  return {
    type: 'verdict',
    verdict,
    deploymentId: of.deploymentId,
    executionArn: of.executionArn,
    running,
    sentence,
    reason,
    remedy,
    failure,
    seconds: of.seconds,
  };
}
