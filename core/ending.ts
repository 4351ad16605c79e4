/** Puts the end of a deployment together from what the state machine knows and what the journal has kept. */

import { ERRORS, fill } from './errors.ts';
import { type FailedStep, failureOfStep, withRollback } from './failure.ts';
import type { Failure, JournalEntry, LockItem } from './journal.ts';
import type { MigrationResult } from './migration-result.ts';
import type { Ending } from './outcome.ts';
import type { Plan, Running } from './plan.ts';
import type { Release } from './release.ts';
import type { Deployment } from './request.ts';
import type { Rollout } from './rollout.ts';

/** The state machine's variables as they stand when it comes to `Record`. */
export interface Variables {
  readonly plan: Plan | null;
  readonly release: Release | null;
  readonly migration: MigrationResult | null;
  readonly rollout: Rollout | null;
  readonly failure: FailedStep | null;
  readonly rollbackFailure: FailedStep | null;
  readonly rolledBack: boolean;
  readonly unchanged: boolean;
}

export interface Circumstances {
  readonly deployment: Pick<Deployment, 'service' | 'environment' | 'target'>;
  readonly entry: JournalEntry;
  /** What the service runs now; null where it could not be observed. */
  readonly running: Running | null;
  /** Who holds the lock, where this deployment did not get it. */
  readonly holder: LockItem | null;
  readonly seconds: number;
}

export function endingOf(
  variables: Variables,
  { deployment, entry, running, holder, seconds }: Circumstances,
): Ending {
  const { plan, release, rollout, rollbackFailure, rolledBack, unchanged } = variables;
  return {
    service: deployment.service,
    environment: deployment.environment,
    plan,
    release,
    failure: failureIn(variables, deployment, entry, holder),
    running,
    database: databaseIn(variables, entry),
    released: rollout !== null || rollbackFailure !== null,
    rolledBack,
    unchanged,
    seconds,
  };
}

function failureIn(
  { failure, rollbackFailure, plan }: Variables,
  { target }: Pick<Deployment, 'target'>,
  entry: JournalEntry,
  holder: LockItem | null,
): Failure | null {
  if (!failure) return null;
  if (failure.error === 'LockHeld') return lockHeld(target, holder);
  const first = failureOfStep(failure, entry, failure.step);
  if (!rollbackFailure) return first;
  const key = rollbackFailure.step === 'VerifyHealth' ? 'VerifyRollback' : rollbackFailure.step;
  const second = failureOfStep(rollbackFailure, entry, key);
  return withRollback(first, second, plan?.rollbackTarget?.revision ?? 'the release before');
}

function lockHeld(target: string, holder: LockItem | null): Failure {
  const who = holder && `: ${holder.deploymentId}, started at ${holder.startedAt} by ${holder.requestedBy}`;
  const { sentence, remedy } = ERRORS.LockHeld;
  const data = { target, holder: who ?? '', id: holder?.deploymentId ?? 'ID' };
  return {
    step: 'AcquireLock',
    error: 'LockHeld',
    sentence: fill(sentence, data),
    remedy: fill(remedy, data),
    evidence: [],
  };
}

/** A migration task that was started and of whose end nothing is known may have done anything: that counts as failed. */
function databaseIn({ migration, failure }: Variables, entry: JournalEntry): Ending['database'] {
  if (migration && migration.database !== 'unchanged') return migration.database;
  const work = entry.steps.Migrate?.work;
  const known = work?.['database'];
  if (known === 'unchanged' || known === 'migrated' || known === 'failed') return known;
  return failure?.step === 'Migrate' && work?.['task'] !== undefined ? 'failed' : 'unchanged';
}

/** What this deployment has proven: its release, or the one that it went back to. Undefined where nothing was shown. */
export function provenBy(ending: Ending, entry: JournalEntry): Running | undefined {
  const verified = ending.rolledBack
    ? entry.steps.VerifyRollback
    : ending.failure
      ? undefined
      : entry.steps.VerifyHealth;
  const shown = verified?.status === 'done' && verified.work?.['proven'] === true;
  return shown && ending.running ? ending.running : undefined;
}
