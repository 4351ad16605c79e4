/** AwaitApproval: writes down where the answer has to go, and tells people. Step Functions does the waiting. */
import { SNSClient } from '@aws-sdk/client-sns';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { publish } from '../../aws/sns.ts';
import { approvalMessage } from '../../core/approval.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { planSchema } from '../../core/plan.ts';
import { deploymentSchema } from '../../core/request.ts';
import { step } from '../step.ts';
import { openJournal, variable } from '../variables.ts';

/** The lock outlives the wait by this much: time enough for the steps after it to renew the lease. */
const MARGIN_SECONDS = 600;

const work = z.object({ taskToken: z.string(), notified: z.boolean() }).partial();

export const handler = step({
  name: 'AwaitApproval',
  input: z.strictObject({
    deployment: deploymentSchema,
    plan: planSchema,
    migration: migrationResultSchema,
    taskToken: z.string(),
    timeoutSeconds: z.int(),
  }),
  output: z.strictObject({ status: z.literal('waiting'), summary: z.string() }),
  clients: { journal: openJournal(), sns: connect(SNSClient) },
  lease: ({ timeoutSeconds }) => timeoutSeconds + MARGIN_SECONDS,
  async run({ deployment, plan, migration, taskToken, timeoutSeconds }, deps) {
    const summary = `waits for a person: lockstep approve ${deployment.id}`;
    const until = new Date(Date.now() + timeoutSeconds * 1000).toISOString();
    // A retry comes with the token that counts from now on; who was told need not be told again.
    await deps.keep({ taskToken, until, consequences: migration.consequences }, summary);
    if (!work.parse(deps.work).notified) {
      await publish(deps.sns, variable('TOPIC_ARN'), approvalMessage(deployment, plan, migration, until));
    }
    return { result: { status: 'waiting' as const, summary }, work: { notified: true } };
  },
});
