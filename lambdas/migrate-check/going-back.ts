/** Before going back on purpose: does the code of then work on the schema of now? */
import { z } from 'zod';
import { entriesOf, type Journal } from '../../aws/journal.ts';
import { LockstepError } from '../../core/errors.ts';
import { requireCompatible } from '../../core/going-back.ts';
import type { Plan } from '../../core/plan.ts';
import type { Manifest } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { compareRelease } from '../../judge/index.ts';
import { probe } from '../inspection.ts';
import { judgeGoingBack, keepJudgement, workOf } from './judging.ts';
import type { Deps, readHistory } from './question.ts';

/** Returns the step's line. Throws where the earlier release cannot work. */
export async function checkGoingBack(
  deployment: Deployment,
  plan: Plan,
  earlier: Manifest,
  running: Manifest | undefined,
  history: Awaited<ReturnType<typeof readHistory>>,
  deps: Deps & { readonly journal: Journal },
): Promise<string> {
  if (!history.reachable) return `facts unknown: ${history.reason}`;
  const { pending } = await compareRelease(earlier, running, history);
  if (pending.length > 0) {
    const count = pending.length === 1 ? 'A migration is' : `${pending.length} migrations are`;
    throw new LockstepError('MigrationPending', { count, names: pending.join(', ') });
  }
  const judgement = await judgeGoingBack({ next: earlier, before: running }, history, plan, deps);
  if (!judgement) return 'whether it works on the schema of today is not known';
  await keepJudgement(deployment, judgement, deps);
  const oldCode = judgement.compatibility.oldCodeOnNewSchema;
  if (judgement.verdict === 'none' || oldCode === 'compatible') return 'works on the schema of today';
  const { proofs, breaks } = workOf(judgement);
  const written = await probe(deps.lambda, deployment.service, proofs);
  const migrated = [...new Set(judgement.statements.map((statement) => statement.migration))];
  const note = requireCompatible({
    revision: `${earlier.commit.slice(0, 7)}`,
    migrated,
    oldCode,
    breaks,
    written,
    snapshot: await snapshotBefore(deps.journal, deployment.target, migrated),
  });
  return note ?? 'works on the schema of today';
}

/** Deployments that are looked through for a snapshot: whoever goes back further than that restores by hand. */
const LOOKED_THROUGH = 50;

/** The one that was taken before the first of these migrations was run, as far as the journal knows. */
async function snapshotBefore(
  journal: Journal,
  target: string,
  migrated: readonly string[],
): Promise<string | null> {
  let found: string | null = null;
  let looked = 0;
  for await (const { steps } of entriesOf(journal, target)) {
    const ran = ranSchema.safeParse(steps.Migrate?.work);
    const snapshot = steps.Snapshot?.work?.['snapshot'];
    const ours = ran.success && ran.data.migration.pending.some((name) => migrated.includes(name));
    // The newest comes first: the last one that fits is the oldest.
    if (ours && typeof snapshot === 'string') found = snapshot;
    looked += 1;
    if (looked === LOOKED_THROUGH) break;
  }
  return found;
}

const ranSchema = z.object({
  database: z.literal('migrated'),
  migration: z.object({ pending: z.array(z.string()) }),
});
