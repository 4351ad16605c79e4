/** Migrate: runs `prisma migrate deploy` in exactly one task of the new image. Starts it once, then looks at it. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { connect, PATIENT } from '../../aws/clients.ts';
import { migrationResultSchema } from '../../core/migration-result.ts';
import { planSchema } from '../../core/plan.ts';
import { releaseSchema } from '../../core/release.ts';
import { deploymentSchema } from '../../core/request.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { startOrLook, workSchema } from './look.ts';

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
  },
  // A task that runs is never cut short for a wish: half a migration is worse than a late cancellation.
  cancel: 'itself',
  async run({ migration, ...of }, deps) {
    const { pending } = migration;
    const result = (
      status: 'waiting' | 'done' | 'skipped',
      summary: string,
      waitSeconds = 0,
      done = migration,
    ) => ({
      status,
      waitSeconds,
      summary,
      migration: done,
    });
    if (pending.length === 0) return { result: result('skipped', 'nothing is pending') };
    const seen = await startOrLook({ ...of, migration }, workSchema.parse(deps.work), deps);
    if ('seconds' in seen) return { result: result('waiting', seen.summary, seen.seconds), work: seen.work };
    const done = { ...migration, database: seen.database };
    return {
      result: result('done', pending.join(', '), 0, done),
      work: { database: seen.database, migration: done },
    };
  },
});
