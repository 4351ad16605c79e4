/** What follows from the end of a deployment: metrics, the pointer of what is published, the notification, the lock. */
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import { putJson } from '../../aws/artefacts.ts';
import { tagImage } from '../../aws/ecr.ts';
import { endEntry, entriesOf, type Journal, leaveLockTo, releaseLock } from '../../aws/journal.ts';
import { publish } from '../../aws/sns.ts';
import type { Variables } from '../../core/ending.ts';
import type { FailedStep } from '../../core/failure.ts';
import type { JournalEntry, Outcome } from '../../core/journal.ts';
import { outcomeMessage } from '../../core/outcome.ts';
import type { Plan, Running } from '../../core/plan.ts';
import { provenTag, publishedKey } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { isGood, type Verdict } from '../../core/verdict.ts';
import { type Log, putMetrics } from '../log.ts';
import { variable } from '../variables.ts';

export function measure(entry: JournalEntry, verdict: Verdict): void {
  const seconds = (Date.now() - Date.parse(entry.startedAt)) / 1000;
  putMetrics(
    { Deployments: [1, 'Count'], DeploymentSeconds: [seconds, 'Seconds'] },
    { Service: entry.service, Environment: entry.environment, Verdict: verdict },
    [
      ['Service', 'Environment'],
      ['Service', 'Environment', 'Verdict'],
    ],
  );
}

/** `publish` of an image that was there already makes it what `update` releases; of a new one, `Build` has done so. */
export async function keepPublished(
  { environment, service }: Deployment,
  { plan, release }: Variables,
  outcome: Outcome,
  deps: { readonly s3: S3Client },
): Promise<void> {
  if (plan?.action !== 'publish' || plan.steps.build || !release || !isGood(outcome.verdict)) return;
  const pointer = { digest: release.digest, tag: release.tag };
  await putJson(deps.s3, variable('ARTEFACTS_BUCKET'), publishedKey(environment, service), pointer);
}

/**
 * The image of a proven release gets a tag by which the repository's lifecycle policy keeps it (infra/backend/repository.ts):
 * it may be what the next deployment has to go back to. That it cannot be tagged must not keep the end from being told.
 */
export async function keepImage(
  proven: Running | undefined,
  plan: Plan | null,
  { ecr, log }: { readonly ecr: ECRClient; readonly log: Log },
): Promise<void> {
  if (!proven?.digest || !plan || !proven.image.startsWith(plan.repositoryUri)) return;
  try {
    await tagImage(ecr, plan.settings.repository, proven.digest, provenTag(proven.digest));
  } catch (error) {
    log.warn(`the proven image is not tagged: ${error instanceof Error ? error.message : error}`);
  }
}

/** Once, unless this function dies in between: then rather twice than never. */
export async function announce(
  entry: JournalEntry,
  outcome: Outcome,
  deps: { readonly sns: SNSClient; readonly journal: Journal },
): Promise<void> {
  if (entry.notifiedAt) return;
  await publish(deps.sns, variable('TOPIC_ARN'), outcomeMessage(entry, outcome));
  await endEntry(deps.journal, entry, { notifiedAt: new Date().toISOString() });
}

/** A deployment that stumbled over one that never ended leaves it the lock: the recovery looks for it there. */
export async function giveBackLock(
  deployment: Deployment,
  failure: FailedStep | null,
  { journal }: { readonly journal: Journal },
): Promise<void> {
  if (failure?.error === 'UnfinishedDeployment') {
    for await (const entry of entriesOf(journal, deployment.target)) {
      if (entry.outcome || entry.deploymentId === deployment.id) continue;
      return leaveLockTo(journal, deployment, entry);
    }
  }
  await releaseLock(journal, deployment);
}
