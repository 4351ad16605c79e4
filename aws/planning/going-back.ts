/** The release that a `rollback` means: a tag, a revision, a deployment, or the last one that was proven before what runs. */

import { LockstepError } from '../../core/errors.ts';
import { type Running, revisionOf } from '../../core/plan.ts';
import { provenBefore, provenReleases } from '../../core/rollback-target.ts';
import { describeTaskDefinition } from '../ecs.ts';
import { type Asked, existing, type Resolved } from './existing.ts';

export async function earlierRelease(asked: Asked): Promise<Resolved> {
  const { request, observed } = asked;
  const { rollbackTo } = request;
  if (!rollbackTo) return asItRan(lastProvenBefore(asked), asked);
  const entry = observed.entries.find(({ deploymentId }) => deploymentId === rollbackTo);
  if (entry?.proven) return asItRan(entry.proven, asked);
  if (entry) {
    throw new LockstepError('RollbackTargetMissing', {
      target: request.service,
      detail: `: deployment ${rollbackTo} ended as ${entry.outcome?.verdict ?? 'unfinished'}, and proved none`,
    });
  }
  // Asked after the deployments, whose ids may be digits only.
  if (/^([\w-]+:)?\d{1,7}$/.test(rollbackTo)) return ofRevision(rollbackTo, asked);
  const tagged = await existing({ imageTag: rollbackTo }, rollbackTo, asked);
  // A release that ran before goes back with the variables and the size that it had.
  const ran = provenReleases(observed.entries, 50).find(
    ({ running }) => running.digest === tagged.release?.digest,
  );
  return { ...tagged, taskDefinition: ran?.running.taskDefinition ?? null };
}

function lastProvenBefore({ request, observed }: Asked): Running {
  const { entries, running } = observed;
  const earlier = provenBefore(provenReleases(entries, 50), running?.taskDefinition);
  if (earlier) return earlier.running;
  throw new LockstepError('RollbackTargetMissing', {
    target: `${request.service} in ${request.environment}`,
    detail: ' and was so before the one that runs',
  });
}

async function ofRevision(reference: string, asked: Asked): Promise<Resolved> {
  const { request, settings, observed, deps } = asked;
  const { family } = observed.seen.current.definition;
  const found = await describeTaskDefinition(
    deps.ecs,
    reference.includes(':') ? reference : `${family}:${reference}`,
  );
  const arn = found?.definition.taskDefinitionArn;
  const image = found?.definition.containerDefinitions?.find((one) => one.name === settings.container)?.image;
  if (!arn || !image) {
    throw new LockstepError('RollbackTargetMissing', {
      target: request.service,
      detail: `: there is no revision ${reference} with a container "${settings.container}"`,
    });
  }
  const ran = provenReleases(observed.entries, 50).find(({ running }) => running.taskDefinition === arn);
  const seen = { taskDefinition: arn, revision: revisionOf(arn), image, digest: digestIn(image) };
  return asItRan(ran?.running ?? { ...seen, commit: null, committedAt: null }, asked);
}

/** The same revision again. By the digest that ran, where that is known: its tag may have moved since. */
async function asItRan(ran: Running, asked: Asked): Promise<Resolved> {
  const tag = /:([\w.-]+)$/.exec(ran.image.split('@')[0] ?? '')?.[1];
  const reference = ran.digest ? { imageDigest: ran.digest } : { imageTag: tag ?? 'latest' };
  const resolved = await existing(reference, tag, asked);
  return {
    ...resolved,
    commit: resolved.commit ?? ran.commit,
    committedAt: resolved.committedAt ?? ran.committedAt,
    taskDefinition: ran.taskDefinition,
  };
}

function digestIn(image: string): string | null {
  return /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1] ?? null;
}
