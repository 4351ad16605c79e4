/** The way back in ECS: its own rollback where there is one, else the target's revision given to the service. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import {
  describeService,
  describeServiceRevisions,
  stopServiceDeployment,
  updateService,
} from '../../aws/ecs.ts';
import { registerCopy } from '../../aws/register.ts';
import { findDeploymentOf, observeDeployment } from '../../aws/running.ts';
import { LockstepError } from '../../core/errors.ts';
import { type OurDeployment, wayBack } from '../../core/going-back.ts';
import { revisionOf, type Settings } from '../../core/plan.ts';
import type { Rollout } from '../../core/rollout.ts';

export interface RollbackWork {
  /** When going back began. */
  readonly since?: string;
  /** The deployment that ECS was asked to stop. */
  readonly stopped?: string;
  /** The revision that is given to the service: the target, or a copy of it. */
  readonly taskDefinition?: string;
  readonly startedAt?: string;
}

/** How long ECS may take to end what it is doing before a person has to look. */
const PATIENCE_SECONDS = 1800;

interface Deps {
  readonly ecs: ECSClient;
  keep(work: Readonly<Record<string, unknown>>, summary: string): Promise<void>;
}

/** What this deployment has given to the service, as far as is known. */
export interface Released {
  readonly rollout: Rollout | null;
  /** The revision that `UpdateService` was about to give, where it did not live to say whether it did. */
  readonly taskDefinition: string | undefined;
}

type Going =
  | { readonly rollout: Rollout }
  | { readonly why: string; readonly work: RollbackWork & { since: string } };

export async function goBack(
  target: string,
  settings: Settings,
  released: Released,
  work: RollbackWork,
  deps: Deps,
): Promise<Going> {
  const since = work.since ?? new Date().toISOString();
  // Once the target was given to the service, that is the way back, whatever becomes of ours.
  const mine = work.taskDefinition ? null : await ours(settings, released.rollout, deps);
  const way = wayBack(target, mine, work.stopped !== undefined);
  switch (way.do) {
    case 'adopt':
      return { rollout: { taskDefinition: target, serviceDeployment: way.deployment, startedAt: since } };
    case 'stop':
      await stopServiceDeployment(deps.ecs, way.deployment);
      return {
        why: 'ECS is asked to stop the failed deployment',
        work: { ...work, since, stopped: way.deployment },
      };
    case 'wait':
      if ((Date.now() - Date.parse(since)) / 1000 > PATIENCE_SECONDS) {
        throw new LockstepError('RollbackFailed', { revision: revisionOf(target), detail: way.why });
      }
      return { why: way.why, work: { ...work, since } };
    case 'update': {
      const given = work.taskDefinition ? null : await current(settings, deps);
      const rollout = given && leftAlone(given, target, mine, released);
      if (rollout) return { rollout: await adopted(rollout, settings, since, deps) };
      return { rollout: await giveBack(target, settings, { ...work, since }, deps) };
    }
  }
}

/** The revision that the service keeps as it is: the target already, or one that this deployment has not touched yet. */
function leftAlone(
  given: string,
  target: string,
  mine: OurDeployment | null,
  { rollout, taskDefinition }: Released,
): string | null {
  if (given === target) return target;
  if (!rollout && taskDefinition === undefined) return given;
  const known = [rollout?.taskDefinition, taskDefinition, mine?.taskDefinition];
  if (known.includes(given)) return null;
  // Somebody has given it another revision meanwhile: that is theirs to answer for.
  throw new LockstepError('Superseded', { other: revisionOf(given) });
}

async function current(settings: Settings, { ecs }: Deps): Promise<string | null> {
  return (await describeService(ecs, settings))?.taskDefinition ?? null;
}

async function adopted(
  taskDefinition: string,
  settings: Settings,
  since: string,
  { ecs }: Deps,
): Promise<Rollout> {
  const serviceDeployment = (await findDeploymentOf(ecs, settings, taskDefinition)) ?? null;
  return { taskDefinition, serviceDeployment, startedAt: since };
}

/** The target given to the service, once. */
async function giveBack(
  target: string,
  settings: Settings,
  work: RollbackWork & { since: string },
  deps: Deps,
): Promise<Rollout> {
  const taskDefinition = work.taskDefinition ?? (await registerCopy(deps.ecs, target));
  const startedAt = work.startedAt ?? new Date().toISOString();
  const found = () => findDeploymentOf(deps.ecs, settings, taskDefinition, new Date(startedAt));
  const earlier = work.startedAt && (await found());
  if (earlier) return { taskDefinition, serviceDeployment: earlier, startedAt };
  await deps.keep({ ...work, taskDefinition, startedAt }, `going back to ${revisionOf(taskDefinition)}`);
  await updateService(deps.ecs, settings, taskDefinition);
  return { taskDefinition, serviceDeployment: (await found()) ?? null, startedAt };
}

async function ours(
  settings: Settings,
  rollout: Rollout | null,
  { ecs }: Deps,
): Promise<OurDeployment | null> {
  if (!rollout) return null;
  const arn =
    rollout.serviceDeployment ??
    (await findDeploymentOf(ecs, settings, rollout.taskDefinition, new Date(rollout.startedAt)));
  const seen = arn ? await observeDeployment(ecs, arn) : undefined;
  if (!arn || !seen) return null;
  const revisions = seen.deployment.sourceServiceRevisions?.flatMap((revision) => revision.arn ?? []) ?? [];
  const sources = (await describeServiceRevisions(ecs, revisions)).flatMap(
    (revision) => revision.taskDefinition ?? [],
  );
  return { arn, status: seen.deployment.status ?? '', taskDefinition: seen.taskDefinition, sources };
}
