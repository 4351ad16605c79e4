/** What is judged: the release's migrations, what the database has of them, and the code that would be rolled back to. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { getJson } from '../../aws/artefacts.ts';
import { type DatabaseHistory, historyAnswerSchema } from '../../core/inspection.ts';
import type { Plan } from '../../core/plan.ts';
import { type Manifest, manifestKey, manifestSchema } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { compareHistory, loadParser, type SchemaFiles } from '../../judge/index.ts';
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
): Promise<({ reachable: true } & DatabaseHistory) | { reachable: false; reason: string }> {
  if (!plan.settings.database) return unreachable('there is no "database" block in the environment file');
  return inspect(lambda, deployment.service, { want: 'history' }, historyAnswerSchema);
}

/**
 * Which migrations are pending. Where the database cannot be asked, those are taken that the release that runs now
 * does not bring: `prisma migrate deploy` itself runs no migration twice.
 */
export async function compare(
  manifest: Manifest,
  running: Manifest | undefined,
  history: Awaited<ReturnType<typeof readHistory>>,
) {
  await loadParser();
  if (history.reachable) {
    return compareHistory({
      migrations: manifest.migrations,
      rows: history.applied ?? [],
      tableExists: history.applied !== null,
      databaseEmpty: !history.otherTables,
      prismaVersion: manifest.prismaVersion,
    });
  }
  const had = new Set(running?.migrations.map((migration) => migration.name));
  const names = manifest.migrations.map((migration) => migration.name);
  return {
    pending: names.filter((name) => !had.has(name)),
    applied: names.filter((name) => had.has(name)),
    findings: [],
  };
}

export function schemaFiles(manifest: Manifest | undefined): SchemaFiles | undefined {
  return manifest && Object.fromEntries(manifest.schema.map(({ path, text }) => [path, text]));
}

/** Those of a manifest that are named, in Prisma's order, with the paths that findings point to. */
export function named(manifest: Manifest, names: readonly string[]) {
  const wanted = new Set(names);
  return manifest.migrations
    .filter((migration) => wanted.has(migration.name))
    .map(({ name, sql, checksum }) => ({ name, sql, sha256: checksum, path: `${name}/migration.sql` }));
}
