/** How the deployment ended: settled once, and read from the journal by whoever comes again. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import { beginEntry, endEntry, type Journal, readLock } from '../../aws/journal.ts';
import { observeService } from '../../aws/running.ts';
import { endingOf, provenBy, type Variables } from '../../core/ending.ts';
import { entryOf, type JournalEntry, type Outcome } from '../../core/journal.ts';
import { outcomeOf } from '../../core/outcome.ts';
import { nameRunning, type Plan, type Running, runningSchema } from '../../core/plan.ts';
import type { Release } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import type { Log } from '../log.ts';

interface Deps {
  readonly ecs: ECSClient;
  readonly journal: Journal;
  readonly entry: JournalEntry | undefined;
  readonly log: Log;
}

export interface Settled {
  readonly outcome: Outcome;
  /** As it was before the outcome was written. */
  readonly entry: JournalEntry;
  /** Whether this call settled it. */
  readonly fresh: boolean;
  /** What the deployment has proven healthy. */
  readonly proven: Running | undefined;
}

export async function settle(
  deployment: Deployment,
  request: unknown,
  variables: Variables,
  deps: Deps,
): Promise<Settled> {
  const entry = deps.entry ?? entryOf(deployment, request);
  if (!deps.entry) await beginEntry(deps.journal, entry);
  if (entry.outcome) return { outcome: entry.outcome, entry, fresh: false, proven: entry.proven };

  const ending = endingOf(variables, {
    deployment,
    entry,
    running: variables.plan ? await observed(variables, deps) : seenByPlan(entry),
    holder:
      variables.failure?.error === 'LockHeld'
        ? ((await readLock(deps.journal, deployment.target)) ?? null)
        : null,
    seconds: (Date.now() - Date.parse(deployment.startedAt)) / 1000,
  });
  const outcome = outcomeOf(ending);
  const endedAt = new Date().toISOString();
  const proven = provenBy(ending, entry);
  await endEntry(deps.journal, deployment, {
    outcome,
    endedAt,
    ...(ending.failure ? { failure: ending.failure } : {}),
    ...(proven ? { proven, provenAt: endedAt } : {}),
  });
  return { outcome, entry, fresh: true, proven };
}

/** What runs as the deployment ends. That it cannot be seen is told in the outcome; it must not keep it from being told. */
async function observed({ plan, release }: Variables, { ecs, log }: Deps): Promise<Running | null> {
  if (!plan) return null;
  try {
    const seen = await observeService(ecs, plan.settings, plan.settings.container);
    return seen?.running ? nameRunning(seen.running, known(plan, release)) : null;
  } catch (error) {
    log.warn(`what runs now cannot be seen: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

/** Where `Plan` refused, nothing has changed since it looked. */
function seenByPlan({ steps }: JournalEntry): Running | null {
  return runningSchema.safeParse(steps.Plan?.work?.['running']).data ?? null;
}

function known(plan: Plan, release: Release | null) {
  const released = release && {
    digest: release.digest,
    commit: release.commit || plan.commit,
    committedAt: plan.committedAt,
  };
  return [released, plan.running, plan.rollbackTarget];
}
