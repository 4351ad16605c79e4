/**
 * AwaitApproval: writes down where the answer has to go, and tells people; Step Functions does the waiting. When it has
 * come, the same function holds it against what had to be accepted, and writes down who gave it.
 */
import { SNSClient } from '@aws-sdk/client-sns';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { publish } from '../../aws/sns.ts';
import { approvalLine, approvalMessage, approvalSchema, demandApproval } from '../../core/approval.ts';
import { LockstepError } from '../../core/errors.ts';
import { LEASE_SECONDS } from '../../core/journal.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { planSchema } from '../../core/plan.ts';
import { problemsOf, problemsText } from '../../core/problems.ts';
import { deploymentSchema } from '../../core/request.ts';
import { step } from '../step.ts';
import { openJournal, variable } from '../variables.ts';

/** The lock outlives the wait by this much: time enough for the steps after it to renew the lease. */
const MARGIN_SECONDS = 600;

const work = z.object({ taskToken: z.string(), notified: z.boolean() }).partial();

const about = { deployment: deploymentSchema, plan: planSchema, migration: migrationResultSchema };
const asking = z.strictObject({ ...about, taskToken: z.string(), timeoutSeconds: z.int() });
const answered = z.strictObject({ ...about, answer: z.unknown() });

export const handler = step({
  name: 'AwaitApproval',
  input: z.union([asking, answered]),
  output: z.strictObject({ status: z.enum(['waiting', 'done']), summary: z.string() }),
  clients: { journal: openJournal(), sns: connect(SNSClient) },
  lease: (input) => ('answer' in input ? LEASE_SECONDS : input.timeoutSeconds + MARGIN_SECONDS),
  async run(input, deps) {
    if ('answer' in input) return approved(input, deps.entry?.requestedBy ?? '');
    const { deployment, plan, migration, taskToken, timeoutSeconds } = input;
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

function approved({ deployment, plan, migration, answer }: z.infer<typeof answered>, requestedBy: string) {
  const { id, environment } = deployment;
  const read = approvalSchema.safeParse(answer, { reportInput: true });
  if (!read.success) {
    const problems = problemsText(problemsOf(read.error, approvalSchema, 'the answer'));
    throw new LockstepError('ApprovalUnreadable', { id, problems });
  }
  const { consequences } = migration;
  const { selfApproval } = plan.settings.migrations;
  demandApproval({ deploymentId: id, environment, requestedBy, consequences, selfApproval }, read.data);
  return {
    result: { status: 'done' as const, summary: approvalLine(read.data) },
    work: { answer: read.data },
  };
}
