/**
 * The plan of a deployment: what is asked, what runs now, what would be released and the way back. It changes nothing;
 * the Plan function obeys it, and `lockstep plan` shows it.
 */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { LockstepError } from '../../core/errors.ts';
import type { Plan, Running, Settings } from '../../core/plan.ts';
import type { DeployRequest } from '../../core/request.ts';
import type { Journal } from '../journal.ts';
import { type Asker, type Observed, observe } from './observe.ts';
import { findWayBack, refuseAlarms, refuseFailedMigration, refuseStale } from './preflight.ts';
import { resolveRelease } from './release.ts';

export interface PlanningDeps {
  readonly journal: Journal;
  readonly cloudwatch: CloudWatchClient;
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  /** Of artefacts. */
  readonly bucket: string;
  /** The `inspect-database` of the service. */
  readonly inspectFunction: string;
  /** Told what runs, before anything can be refused. */
  readonly seen?: (running: Running | null) => Promise<void>;
}

export interface Planned {
  readonly plan: Plan;
  readonly observed: Observed;
}

/**
 * `refuse` is told everything that stands against the deployment, in the order in which it is found. The function throws it, so that
 * nothing more is looked at; the command collects it. What leaves nothing to plan is thrown in any case.
 */
export async function makePlan(
  asker: Asker,
  request: DeployRequest,
  settings: Settings,
  deps: PlanningDeps,
  refuse: (error: LockstepError) => void,
): Promise<Planned> {
  const observed = await observe(asker, settings, deps);
  await deps.seen?.(observed.running);
  const resolved = await resolveRelease({ request, settings, observed, deps });
  const { action } = request;
  const releases = action !== 'publish';
  const migrates = releases && action !== 'rollback' && request.migrate;
  const told = async <T>(look: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      refuse(error);
      return undefined;
    }
  };
  await told(() => refuseStale(request, resolved, observed.running));
  if (releases && action !== 'rollback') await told(() => refuseAlarms(settings, deps));
  if (migrates && settings.database) await told(() => refuseFailedMigration(deps));
  const rollbackTarget = releases
    ? ((await told(() => findWayBack(resolved, settings, observed, deps))) ?? null)
    : null;
  const { running, repositoryUri } = observed;
  const plan: Plan = {
    action,
    ...resolved,
    settings,
    running,
    rollbackTarget,
    repositoryUri,
    sourceKey: request.source?.key ?? null,
    steps: { build: resolved.release === null, migrate: migrates, release: releases },
  };
  return { plan, observed };
}
