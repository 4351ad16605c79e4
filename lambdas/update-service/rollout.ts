/** The revision of this release, registered once, and the service deployment that brings it, started once. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import { registerTaskDefinition, updateService } from '../../aws/ecs.ts';
import { isNamed } from '../../aws/errors.ts';
import { registerCopy } from '../../aws/register.ts';
import { findDeploymentOf, type ServiceSeen } from '../../aws/running.ts';
import { LockstepError } from '../../core/errors.ts';
import { type Plan, revisionOf, type Settings } from '../../core/plan.ts';
import type { Release } from '../../core/release.ts';
import type { Rollout } from '../../core/rollout.ts';
import { differences, nextRevision } from '../../core/task-definition.ts';

interface Work {
  readonly taskDefinition?: string | undefined;
  readonly startedAt?: string | undefined;
  readonly force?: boolean | undefined;
}

interface Deps {
  readonly ecs: ECSClient;
  keep(work: Readonly<Record<string, unknown>>, summary: string): Promise<void>;
}

/** `unchanged`: the service has exactly this revision, and ran exactly this image. */
export async function nextTaskDefinition(
  seen: ServiceSeen,
  plan: Plan,
  release: Release,
  work: Work,
  deps: Deps,
): Promise<{ taskDefinition: string; unchanged: boolean }> {
  if (work.taskDefinition) return { taskDefinition: work.taskDefinition, unchanged: false };
  const { definition, tags } = seen.current;
  const current = definition.taskDefinitionArn ?? '';
  const runsIt = seen.running?.digest === release.digest;

  if (plan.taskDefinition) {
    if (plan.taskDefinition === current && runsIt) return { taskDefinition: current, unchanged: true };
    return {
      taskDefinition: await kept(await registerCopy(deps.ecs, plan.taskDefinition), deps),
      unchanged: false,
    };
  }
  const next = nextRevision(definition, release.image, plan.settings);
  if (differences(definition, next).length === 0) return { taskDefinition: current, unchanged: runsIt };
  const registered = await refusable(
    registerTaskDefinition(deps.ecs, next as Parameters<typeof registerTaskDefinition>[1], tags),
  );
  return { taskDefinition: await kept(registered, deps), unchanged: false };
}

/**
 * Gives the service the revision, unless an earlier call did: ECS's own list says so even where that call did not live
 * to write it down, and even where ECS has given the deployment up again since.
 */
export async function startRollout(
  taskDefinition: string,
  seen: ServiceSeen,
  settings: Settings,
  work: Work,
  deps: Deps,
): Promise<Rollout> {
  const startedAt = work.startedAt ?? new Date().toISOString();
  const found = () => findDeploymentOf(deps.ecs, settings, taskDefinition, new Date(startedAt));
  const earlier = work.startedAt && (await found());
  if (earlier) return { taskDefinition, serviceDeployment: earlier, startedAt };
  // The same revision once more is a change only when ECS is told so. Any other revision given twice is one deployment.
  const force = work.force ?? seen.service.taskDefinition === taskDefinition;
  await deps.keep({ taskDefinition, startedAt, force }, `${revisionOf(taskDefinition)} registered`);
  await refusable(updateService(deps.ecs, settings, taskDefinition, { force }));
  return { taskDefinition, serviceDeployment: (await found()) ?? null, startedAt };
}

async function kept(taskDefinition: string, deps: Deps): Promise<string> {
  await deps.keep({ taskDefinition }, `${revisionOf(taskDefinition)} registered`);
  return taskDefinition;
}

/** What ECS refuses for its content is the user's to mend, and its own words say what. */
async function refusable<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    if (
      isNamed(
        error,
        'ClientException',
        'InvalidParameterException',
        'PlatformUnknownException',
        'PlatformTaskDefinitionIncompatibilityException',
        'ServiceNotFoundException',
        'ServiceNotActiveException',
        'UnsupportedFeatureException',
      )
    ) {
      throw new LockstepError('ServiceUpdateRejected', { detail: (error as Error).message }, [], {
        cause: error,
      });
    }
    throw error;
  }
}
