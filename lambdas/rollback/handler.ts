/** Rollback: takes the service back to the plan's target; `VerifyHealth` judges it. Never starts a second way back beside ECS's own. */
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { connect, PATIENT } from '../../aws/clients.ts';
import { LockstepError } from '../../core/errors.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { pace } from '../../core/pace.ts';
import { planSchema, shortName } from '../../core/plan.ts';
import { deploymentSchema } from '../../core/request.ts';
import { rolloutSchema } from '../../core/rollout.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { goBack, type RollbackWork } from './going-back.ts';
import { checkSchema } from './schema.ts';

export const handler = step({
  name: 'Rollback',
  input: z.strictObject({
    deployment: deploymentSchema,
    plan: planSchema,
    migration: migrationResultSchema.nullable(),
    rollout: rolloutSchema.nullable(),
  }),
  output: z.strictObject({
    status: z.enum(['waiting', 'done']),
    waitSeconds: z.int(),
    summary: z.string(),
    rollout: rolloutSchema.nullable(),
  }),
  clients: { journal: openJournal(), ecs: connect(ECSClient), lambda: connect(LambdaClient, PATIENT) },
  // Going back is what a cancelled release needs.
  cancel: 'itself',
  async run({ deployment, plan, migration, rollout }, deps) {
    const target = plan.rollbackTarget;
    if (!target) throw new LockstepError('RollbackTargetMissing', { target: deployment.target });
    const note = await checkSchema(deployment, target, migration, deps);
    const work = deps.work as RollbackWork;
    const released = { rollout, taskDefinition: givenBy(deps.entry?.steps.UpdateService?.work) };
    const going = await goBack(target.taskDefinition, plan.settings, released, work, deps);
    if ('why' in going) {
      const waited = (Date.now() - Date.parse(going.work.since)) / 1000;
      const result = { status: 'waiting' as const, waitSeconds: pace(waited), summary: going.why, rollout };
      return { result, work: { ...going.work } };
    }
    const summary = [`to ${shortName(target)} (${target.revision})`, note].filter(Boolean).join('; ');
    return {
      result: { status: 'done' as const, waitSeconds: 0, summary, rollout: going.rollout },
      work: { ...work, rollout: going.rollout },
    };
  },
});

/** Only once it has written down when it began does `UpdateService` touch the service. */
function givenBy(work: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const { taskDefinition, startedAt } = work ?? {};
  return startedAt && typeof taskDefinition === 'string' ? taskDefinition : undefined;
}
