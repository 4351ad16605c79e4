/** Another deployment of the same service, which somebody else started: it is let finish, for a bounded time. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import { listServiceDeployments, UNDER_WAY } from '../../aws/ecs.ts';
import { observeDeployment } from '../../aws/running.ts';
import { LockstepError } from '../../core/errors.ts';
import { pace } from '../../core/pace.ts';
import { revisionOf, type Settings } from '../../core/plan.ts';

/** ECS itself gives a rolling deployment up after three hours; whoever deploys does not want to wait as long. */
const PATIENCE_SECONDS = 900;

interface Work {
  readonly taskDefinition?: string | undefined;
  readonly waitingSince?: string | undefined;
}

/** Undefined where nothing is under way, or only what is ours. */
export async function awaitOthers(
  settings: Settings,
  work: Work,
  deps: { readonly ecs: ECSClient },
): Promise<{ waitSeconds: number; summary: string } | undefined> {
  const deployments = await listServiceDeployments(deps.ecs, settings);
  const underWay = deployments.find(({ status }) =>
    (UNDER_WAY as readonly (string | undefined)[]).includes(status),
  );
  if (!underWay?.serviceDeploymentArn) return undefined;
  const seen = await observeDeployment(deps.ecs, underWay.serviceDeploymentArn);
  if (work.taskDefinition && seen?.taskDefinition === work.taskDefinition) return undefined;
  const other = seen?.taskDefinition ? revisionOf(seen.taskDefinition) : underWay.serviceDeploymentArn;
  const waited = work.waitingSince ? (Date.now() - Date.parse(work.waitingSince)) / 1000 : 0;
  if (waited >= PATIENCE_SECONDS) throw new LockstepError('OtherDeploymentInProgress', { other });
  return { waitSeconds: pace(waited), summary: `ECS is still deploying ${other}, which is not ours` };
}
