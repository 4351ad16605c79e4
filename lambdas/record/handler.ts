/** Record: settles how the deployment ended, writes it down, tells it, and frees the lock, last. May be repeated at any point. */
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { failedStepSchema } from '../../core/failure.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { causeOf } from '../../core/outcome.ts';
import { planSchema, runningSchema } from '../../core/plan.ts';
import { releaseSchema } from '../../core/release.ts';
import { deploymentSchema } from '../../core/request.ts';
import { rolloutSchema } from '../../core/rollout.ts';
import { VERDICT_NAMES } from '../../core/verdict.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { announce, giveBackLock, keepImage, keepPublished, measure } from './closing.ts';
import { settle } from './settle.ts';

export const handler = step({
  name: 'Record',
  input: z.strictObject({
    deployment: deploymentSchema,
    request: z.unknown(),
    plan: planSchema.nullable(),
    release: releaseSchema.nullable(),
    migration: migrationResultSchema.nullable(),
    rollout: rolloutSchema.nullable(),
    failure: failedStepSchema.nullable(),
    rollbackFailure: failedStepSchema.nullable(),
    rolledBack: z.boolean(),
    unchanged: z.boolean(),
  }),
  output: z.strictObject({
    verdict: z.enum(VERDICT_NAMES),
    sentence: z.string(),
    cause: z.string(),
    running: runningSchema.nullable(),
    reason: z.string().nullable(),
    remedy: z.string().nullable(),
    summary: z.string(),
  }),
  clients: {
    journal: openJournal(),
    ecr: connect(ECRClient),
    ecs: connect(ECSClient),
    s3: connect(S3Client),
    sns: connect(SNSClient),
  },
  // It ends deployments that hold the lock, that lost it and that never had it.
  lock: false,
  async run({ deployment, request, ...variables }, deps) {
    const { outcome, entry, fresh, proven } = await settle(deployment, request, variables, deps);
    if (fresh) measure(entry, outcome.verdict);
    await keepPublished(deployment, variables, outcome, deps);
    await keepImage(proven, variables.plan, deps);
    await announce(entry, outcome, deps);
    await giveBackLock(deployment, variables.failure, deps);
    return { result: { ...outcome, cause: causeOf(outcome), summary: outcome.verdict } };
  },
});
