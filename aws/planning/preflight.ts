/** What would keep a release from ending well, looked for before anything is changed. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { LockstepError } from '../../core/errors.ts';
import { historyAnswerSchema } from '../../core/inspection.ts';
import { type RollbackTarget, type Running, type Settings, shortName } from '../../core/plan.ts';
import type { DeployRequest } from '../../core/request.ts';
import {
  type Candidate,
  chooseRollbackTarget,
  provenReleases,
  wantedFirst,
} from '../../core/rollback-target.ts';
import { alarmsInAlarm } from '../cloudwatch.ts';
import { findImage, type ImageState, imageState } from '../ecr.ts';
import { askDatabase } from '../inspection.ts';
import type { Resolved } from './existing.ts';
import type { Observed } from './observe.ts';

/** Images that are looked up for a way back. */
const CANDIDATES = 5;
/** Releases that are read, so that what runs now is among them even where it was brought long ago. */
const RELEASES = 50;

/** A commit older than the running one is released only on purpose: by its tag, its digest, or with `allowOlder`. */
export function refuseStale(
  request: DeployRequest,
  { committedAt }: Resolved,
  running: Running | null,
): void {
  const onPurpose = request.allowOlder || request.imageTag || request.imageDigest;
  if (onPurpose || request.action === 'publish' || request.action === 'rollback' || !request.commit) return;
  if (!committedAt || !running?.committedAt) return;
  if (Date.parse(committedAt) >= Date.parse(running.committedAt)) return;
  throw new LockstepError('StaleCommit', { running: shortName(running), commit: request.commit.slice(0, 7) });
}

/** Going back is never refused for an alarm: it may be what the alarm asks for. */
export async function refuseAlarms(
  settings: Settings,
  deps: { cloudwatch: CloudWatchClient },
): Promise<void> {
  const alarms = await alarmsInAlarm(deps.cloudwatch, settings.health.alarms);
  if (alarms.length > 0) throw new LockstepError('AlarmActive', { alarms: alarms.join(', ') });
}

/** Prisma runs nothing more once a migration has failed (P3009). What cannot be asked is left to `MigrateCheck`. */
export async function refuseFailedMigration(deps: {
  lambda: LambdaClient;
  inspectFunction: string;
}): Promise<void> {
  const history = await askDatabase(
    deps.lambda,
    deps.inspectFunction,
    { want: 'history' },
    historyAnswerSchema,
  );
  if (!history.reachable) return;
  const failed = history.applied?.find((row) => row.finishedAt === null && row.rolledBackAt === null);
  if (failed) throw new LockstepError('FailedMigration', { migration: failed.migrationName });
}

export async function findWayBack(
  resolved: Resolved,
  settings: Settings,
  observed: Observed,
  deps: { ecr: ECRClient },
): Promise<RollbackTarget | null> {
  const { running, seen, entries } = observed;
  const judged = async ({ running, provenAt }: Omit<Candidate, 'image'>): Promise<Candidate> => ({
    running,
    provenAt,
    image: await stateOf(running, settings, observed.repositoryUri, deps.ecr),
  });
  // What is going to be released is no way back from itself.
  const proven = wantedFirst(provenReleases(entries, RELEASES), running)
    .filter((candidate) => candidate.running.taskDefinition !== resolved.taskDefinition)
    .slice(0, CANDIDATES);
  const since = seen.service.deployments?.[0]?.updatedAt ?? seen.service.createdAt ?? new Date(0);
  return chooseRollbackTarget({
    proven: await Promise.all(proven.map(judged)),
    steady: running && seen.steady ? await judged({ running, provenAt: since.toISOString() }) : null,
    sameCode: running?.commit !== null && running?.commit === resolved.commit,
  });
}

/** An image of another registry cannot be looked up; that it ran until now is what is known of it. */
async function stateOf(
  running: Running,
  settings: Settings,
  repositoryUri: string,
  ecr: ECRClient,
): Promise<ImageState> {
  if (!running.image.startsWith(repositoryUri)) return 'active';
  const tag = running.image.slice(repositoryUri.length + 1);
  const reference = running.digest ? { imageDigest: running.digest } : { imageTag: tag };
  return imageState(await findImage(ecr, settings.repository, reference));
}
