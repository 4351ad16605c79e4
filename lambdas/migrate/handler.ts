/** Migrate: runs `prisma migrate deploy` in exactly one task of the new image. Starts it once, then looks at it. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { connect, PATIENT } from '../../aws/clients.ts';
import { LockstepError } from '../../core/errors.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { planSchema } from '../../core/plan.ts';
import { releaseSchema } from '../../core/release.ts';
import { deploymentSchema } from '../../core/request.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { lookAt, workSchema } from './look.ts';

export const handler = step({
  name: 'Migrate',
  input: z.strictObject({
    deployment: deploymentSchema,
    plan: planSchema,
    release: releaseSchema,
    migration: migrationResultSchema,
  }),
  output: z.strictObject({
    status: z.enum(['waiting', 'done', 'skipped']),
    waitSeconds: z.int(),
    summary: z.string(),
    migration: migrationResultSchema,
  }),
  clients: {
    journal: openJournal(),
    ecs: connect(ECSClient),
    lambda: connect(LambdaClient, PATIENT),
    logs: connect(CloudWatchLogsClient),
    s3: connect(S3Client),
  },
  // A task that runs is never cut short for a wish: half a migration is worse than a late cancellation.
  cancel: 'itself',
  async run(what, deps) {
    const { migration } = what;
    if (migration.pending.length === 0)
      return {
        result: { status: 'skipped' as const, waitSeconds: 0, summary: 'nothing is pending', migration },
      };
    const before = workSchema.parse(deps.work);
    if (!before.task && deps.cancelledBy) throw new LockstepError('Cancelled', { by: deps.cancelledBy });
    const look = await lookAt(what, before, deps);
    if ('wait' in look) {
      const { wait: waitSeconds, summary, work = {} } = look;
      return { result: { status: 'waiting' as const, waitSeconds, summary, migration }, work };
    }
    const { database } = look;
    const done = { ...migration, database };
    const summary = migration.pending.join(', ');
    return {
      result: { status: 'done' as const, waitSeconds: 0, summary, migration: done },
      work: { database, migration: done },
    };
  },
});
