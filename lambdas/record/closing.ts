/** What follows from the end of a deployment: metrics, the pointer of what is published, the notification, the lock. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import { putJson } from '../../aws/artefacts.ts';
import { endEntry, entriesOf, type Journal, leaveLockTo, releaseLock } from '../../aws/journal.ts';
import { publish } from '../../aws/sns.ts';
import type { Variables } from '../../core/ending.ts';
import type { FailedStep } from '../../core/failure.ts';
import type { JournalEntry, Outcome } from '../../core/journal.ts';
import { outcomeMessage } from '../../core/outcome.ts';
import { publishedKey } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { isGood, type Verdict } from '../../core/verdict.ts';
import { putMetrics } from '../log.ts';
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
