/** UpdateService: registers the next revision once and gives it to the service. Waits for a deployment that is not ours. */
import { ECSClient } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { observeService } from '../../aws/running.ts';
import { LockstepError } from '../../core/errors.ts';
import { planSchema, revisionOf } from '../../core/plan.ts';
import { releaseSchema } from '../../core/release.ts';
import { deploymentSchema } from '../../core/request.ts';
import { rolloutSchema } from '../../core/rollout.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { awaitOthers } from './others.ts';
import { nextTaskDefinition, startRollout } from './rollout.ts';

export const updateWorkSchema = z
  .object({
    /** ARN of the revision that this deployment releases. */
    taskDefinition: z.string(),
    /** When the service was about to be given it. */
    startedAt: z.string(),
    /** Whether the service had this revision before. */
    force: z.boolean(),
    rollout: rolloutSchema,
    /** Since when another deployment of the service has been waited for. */
    waitingSince: z.string(),
  })
  .partial();

export const handler = step({
  name: 'UpdateService',
  input: z.strictObject({ deployment: deploymentSchema, plan: planSchema, release: releaseSchema }),
  output: z.strictObject({
    status: z.enum(['waiting', 'done', 'unchanged']),
    waitSeconds: z.int(),
    summary: z.string(),
    rollout: rolloutSchema.nullable(),
  }),
  clients: { journal: openJournal(), ecs: connect(ECSClient) },
  async run({ plan, release }, deps) {
    const { settings } = plan;
    const work = updateWorkSchema.parse(deps.work);
    const seen = await observeService(deps.ecs, settings, settings.container);
    if (!seen) {
      throw new LockstepError('ServiceNotFound', { service: settings.ecsService, cluster: settings.cluster });
    }
    const others = await awaitOthers(settings, work, deps);
    if (others) {
      const result = { status: 'waiting' as const, ...others, rollout: null };
      return { result, work: { waitingSince: work.waitingSince ?? new Date().toISOString() } };
    }
    const next = await nextTaskDefinition(seen, plan, release, work, deps);
    if (next.unchanged) {
      const summary = `${revisionOf(next.taskDefinition)} is exactly this already`;
      return { result: { status: 'unchanged' as const, waitSeconds: 0, summary, rollout: null } };
    }
    const rollout = await startRollout(next.taskDefinition, seen, settings, work, deps);
    const id = rollout.serviceDeployment?.split('/').at(-1);
    const summary = `${revisionOf(rollout.taskDefinition)}${id ? `, service deployment ${id}` : ''}`;
    return { result: { status: 'done' as const, waitSeconds: 0, summary, rollout }, work: { rollout } };
  },
});
