/**
 * InspectDatabase: looks into one service's database for the other functions. It stands in that service's network,
 * reads only catalogues and Prisma's own table, and answers with facts: never a user's rows, never the secret.
 */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { secretValue } from '../../aws/secrets.ts';
import {
  activityAnswerSchema,
  historyAnswerSchema,
  inspectionRequestSchema,
  probeAnswerSchema,
  progressAnswerSchema,
  type Unreachable,
} from '../../core/inspection.ts';
import { factsAnswerSchema } from '../../core/inspection-facts.ts';
import { chain } from '../step.ts';
import { variable } from '../variables.ts';
import { readActivity } from './activity.ts';
import { connectReadOnly, targetOf } from './connection.ts';
import { readFacts } from './facts.ts';
import { readHistory } from './history.ts';
import { runProbes } from './probes.ts';
import { readProgress } from './progress.ts';

export const handler = chain({
  name: 'InspectDatabase',
  input: inspectionRequestSchema,
  output: z.union([
    historyAnswerSchema,
    probeAnswerSchema,
    activityAnswerSchema,
    progressAnswerSchema,
    factsAnswerSchema,
  ]),
  clients: { secrets: connect(SecretsManagerClient) },
  async run(request, { secrets, log }) {
    const schema = variable('DATABASE_SCHEMA');
    try {
      const target = targetOf(await secretValue(secrets, variable('DATABASE_SECRET')));
      const client = await connectReadOnly(target, schema);
      try {
        switch (request.want) {
          case 'history':
            return { reachable: true as const, ...(await readHistory(client, schema)) };
          case 'probe':
            return { reachable: true as const, found: await runProbes(client, request.queries) };
          case 'activity':
            return { reachable: true as const, ...(await readActivity(client)) };
          case 'progress':
            return { reachable: true as const, ...(await readProgress(client)) };
          case 'facts':
            return { reachable: true as const, facts: await readFacts(client, request.pending) };
        }
      } finally {
        await client.end();
      }
    } catch (error) {
      const reason = reasonOf(error);
      log.warn(`the database cannot be read: ${reason}`);
      return { reachable: false, reason } satisfies Unreachable;
    }
  },
});

/** What the driver says names host and user at most; never the password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return error.message || (typeof code === 'string' ? code : error.name);
}
