/** Before going back on purpose: does the code of then work on the schema of now? */
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
  deps: Deps,
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
  const written = await probe(deps.lambda, deployment.service, workOf(judgement).proofs);
  const note = requireCompatible({
    revision: `${earlier.commit.slice(0, 7)}`,
    migrated: [...new Set(judgement.statements.map((statement) => statement.migration))],
    oldCode,
    written,
    snapshot: null,
  });
  return note ?? 'works on the schema of today';
}
