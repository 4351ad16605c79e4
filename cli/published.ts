/** What was published: told below the verdict of `publish`, so that one knows what `update` would release. */
import { getJson } from '../aws/artefacts.ts';
import { findEntry } from '../aws/journal.ts';
import { clientsOf } from '../aws/lazy-clients.ts';
import { manifestKey, manifestSchema } from '../core/release.ts';
import type { Cloud } from './cloud.ts';

export interface Published {
  readonly tag: string;
  readonly digest: string;
  readonly commit: string;
  readonly subject: string;
  /** Migrations that the running release does not have; null where one of the two has no manifest. */
  readonly newMigrations: readonly string[] | null;
}

/** Undefined where the deployment made no release. */
export async function publishedBy(cloud: Cloud, deploymentId: string): Promise<Published | undefined> {
  const entry = await findEntry(cloud.journal, deploymentId);
  if (!entry?.release || !entry.plan) return undefined;
  const { release, plan } = entry;
  const s3 = await clientsOf(cloud).s3();
  const manifestOf = (digest: string) =>
    getJson(s3, cloud.bucket, manifestKey(plan.settings.repository, digest), manifestSchema);
  const next = await manifestOf(release.digest);
  const running = plan.running?.digest ? await manifestOf(plan.running.digest) : undefined;
  const had = new Set(running?.migrations.map(({ name }) => name));
  const names = next?.migrations.map(({ name }) => name) ?? null;
  const known = names !== null && (running !== undefined || plan.running === null);
  return {
    tag: release.tag,
    digest: release.digest,
    commit: release.commit,
    subject: entry.subject,
    newMigrations: known ? names.filter((name) => !had.has(name)) : null,
  };
}

export function publishedLines({ tag, digest, commit, subject, newMigrations }: Published): string[] {
  const migrations =
    newMigrations === null
      ? 'not known'
      : newMigrations.length === 0
        ? 'none new since the running release'
        : `${newMigrations.length} new since the running release: ${newMigrations.join(', ')}`;
  return [
    `tag         ${tag}`,
    `digest      ${digest}`,
    `commit      ${[commit.slice(0, 7), subject && `"${subject}"`].filter(Boolean).join('  ')}`,
    `migrations  ${migrations}`,
  ];
}
