/** Resume: reads from the journal how far a deployment came whose execution has ended, and where to go on. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { describeExecution } from '../../aws/executions.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { resumed } from '../../core/orphan.ts';
import { planSchema } from '../../core/plan.ts';
import { releaseSchema } from '../../core/release.ts';
import { deploymentSchema } from '../../core/request.ts';
import { rolloutSchema } from '../../core/rollout.ts';
import { STEPS } from '../../core/steps.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';

export const handler = step({
  name: 'Resume',
  input: z.strictObject({ deployment: deploymentSchema }),
  output: z.strictObject({
    resumeAt: z.enum(['Migrate', 'VerifyHealth', 'Rollback', 'Record']),
    subject: z.enum(['release', 'rollback']),
    summary: z.string(),
    request: z.record(z.string(), z.unknown()),
    plan: planSchema.nullable(),
    release: releaseSchema.nullable(),
    migration: migrationResultSchema.nullable(),
    rollout: rolloutSchema.nullable(),
    failure: z.strictObject({ step: z.enum(STEPS), error: z.string(), cause: z.string() }).nullable(),
  }),
  clients: { journal: openJournal(), sfn: connect(SFNClient) },
  // A recovery goes on whatever was wished before: what was started has to come to an end.
  cancel: 'itself',
  record: null,
  async run({ deployment }, { entry, sfn }) {
    const { service, environment, executionArn } = deployment;
    const status = (await describeExecution(sfn, executionArn))?.status ?? 'GONE';
    const found = resumed(entry, status);
    const request = {
      version: 1,
      service,
      environment,
      action: entry?.action ?? 'deploy',
      commit: entry?.commit ?? undefined,
    };
    const summary = `${deployment.id}: execution ${status}, goes on at ${found.resumeAt}`;
    return {
      result: { ...found, request, plan: entry?.plan ?? null, release: entry?.release ?? null, summary },
    };
  },
});
