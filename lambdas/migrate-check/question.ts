/** What is judged: the release's migrations, what the database has of them, and the code that would be rolled back to. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { getJson } from '../../aws/artefacts.ts';
import { historyAnswerSchema } from '../../core/inspection.ts';
import { factsAnswerSchema } from '../../core/inspection-facts.ts';
import type { DatabaseFacts } from '../../core/migrations.ts';
import type { Plan } from '../../core/plan.ts';
import { type Manifest, manifestKey, manifestSchema } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { type HistoryAnswer, named } from '../../judge/index.ts';
import { inspect, unreachable } from '../inspection.ts';
import { variable } from '../variables.ts';

export interface Deps {
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
}

export async function readManifest(key: string | null, { s3 }: Deps): Promise<Manifest | undefined> {
  return key === null ? undefined : getJson(s3, variable('ARTEFACTS_BUCKET'), key, manifestSchema);
}

/** The manifest of a release that ran; undefined where Lockstep has not built it. */
export async function manifestOf(
  digest: string | null | undefined,
  plan: Plan,
  deps: Deps,
): Promise<Manifest | undefined> {
  return digest ? readManifest(manifestKey(plan.settings.repository, digest), deps) : undefined;
}

/** What the database says of its migrations; a reason where it cannot be asked. */
export async function readHistory(
  deployment: Deployment,
  plan: Plan,
  { lambda }: Deps,
): Promise<HistoryAnswer> {
  if (!plan.settings.database) return unreachable('there is no "database" block in the environment file');
  return inspect(lambda, deployment.service, { want: 'history' }, historyAnswerSchema);
}

/** What the database says of itself and of the rows that pending migrations constrain; undefined where it cannot be asked. */
export async function readFacts(
  deployment: Deployment,
  manifest: Manifest,
  pending: readonly string[],
  { lambda }: Deps,
): Promise<DatabaseFacts | undefined> {
  const files = named(manifest, pending).map(({ name, sql }) => ({ name, sql: String(sql) }));
  const request = { want: 'facts' as const, pending: files };
  const answer = await inspect(lambda, deployment.service, request, factsAnswerSchema);
  return answer.reachable ? answer.facts : undefined;
}
