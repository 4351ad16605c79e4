/** What there is before anything is done: the service, its repository, and what the journal knows of its releases. */
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { S3Client } from '@aws-sdk/client-s3';
import { LockstepError } from '../../core/errors.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { nameRunning, type Running, type Seen, type Settings } from '../../core/plan.ts';
import { manifestKey, manifestSchema } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { getJson } from '../artefacts.ts';
import { repositoryUri } from '../ecr.ts';
import { entriesOf, type Journal } from '../journal.ts';
import { observeService, type ServiceSeen } from '../running.ts';

/** Entries that are read to find proven releases: far more than anybody goes back. */
const ENTRIES_READ = 200;

export interface Observed {
  readonly seen: ServiceSeen;
  readonly running: Running | null;
  readonly repositoryUri: string;
  /** Of earlier deployments, newest first. */
  readonly entries: readonly JournalEntry[];
}

/** Who observes, so that it does not take itself for an earlier deployment. */
export type Asker = Pick<Deployment, 'id' | 'target' | 'startedAt'>;

interface Deps {
  readonly ecs: ECSClient;
  readonly ecr: ECRClient;
  readonly s3: S3Client;
  readonly bucket: string;
  readonly journal: Journal;
}

/** `deployment` is the one that asks: earlier ones that have not ended stand in its way. */
export async function observe(deployment: Asker, settings: Settings, deps: Deps): Promise<Observed> {
  const [seen, uri, entries] = await Promise.all([
    observeService(deps.ecs, settings, settings.container),
    repositoryUri(deps.ecr, settings.repository),
    earlierEntries(deployment, deps.journal),
  ]);
  if (!seen)
    throw new LockstepError('ServiceNotFound', { service: settings.ecsService, cluster: settings.cluster });
  const { status = 'unknown' } = seen.service;
  if (status !== 'ACTIVE')
    throw new LockstepError('ServiceInactive', { service: settings.ecsService, status });
  if (!uri) throw new LockstepError('RepositoryNotFound', { repository: settings.repository });
  requireContainer(seen, settings);
  const running = seen.running && (await named(seen.running, settings, entries, deps));
  return { seen, running, repositoryUri: uri, entries };
}

function requireContainer({ current }: ServiceSeen, settings: Settings): void {
  const names = current.definition.containerDefinitions?.flatMap((one) => one.name ?? []) ?? [];
  if (names.includes(settings.container)) return;
  throw new LockstepError('ContainerUnknown', {
    revision: `${current.definition.family}:${current.definition.revision}`,
    container: settings.container,
    known: names.join(', '),
  });
}

async function earlierEntries(deployment: Asker, journal: Journal): Promise<JournalEntry[]> {
  const earlier: JournalEntry[] = [];
  for await (const entry of entriesOf(journal, deployment.target)) {
    if (entry.deploymentId === deployment.id) continue;
    if (!entry.outcome && entry.startedAt < deployment.startedAt) {
      throw new LockstepError('UnfinishedDeployment', { id: entry.deploymentId, target: deployment.target });
    }
    earlier.push(entry);
    if (earlier.length === ENTRIES_READ) break;
  }
  return earlier;
}

/** The commit of what runs, from the journal, else from the manifest that its build left. */
async function named(
  seen: Seen,
  settings: Settings,
  entries: readonly JournalEntry[],
  deps: Deps,
): Promise<Running> {
  const known = entries.flatMap(({ proven, plan, release }) => [
    proven ?? null,
    release
      ? { digest: release.digest, commit: release.commit, committedAt: plan?.committedAt ?? null }
      : null,
  ]);
  const running = nameRunning(seen, known);
  if (running.commit || !running.digest) return running;
  const key = manifestKey(settings.repository, running.digest);
  const manifest = await getJson(deps.s3, deps.bucket, key, manifestSchema);
  return manifest ? nameRunning(seen, [{ ...manifest, committedAt: manifest.committedAt || null }]) : running;
}
