/** MigrateCheck: judges every pending migration, and whether the code that would be rolled back to works afterwards. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { connect, PATIENT } from '../../aws/clients.ts';
import { decideMigration, migrationSummary, requireHistory } from '../../core/migration-decision.ts';
import { migrationResultSchema, NOTHING_KNOWN } from '../../core/migration-result.ts';
import { planSchema } from '../../core/plan.ts';
import { releaseSchema } from '../../core/release.ts';
import { deploymentSchema } from '../../core/request.ts';
import { compareRelease } from '../../judge/index.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { checkGoingBack } from './going-back.ts';
import { judgePending, keepJudgement, workOf } from './judging.ts';
import { manifestOf, readFacts, readHistory, readManifest } from './question.ts';

export const handler = step({
  name: 'MigrateCheck',
  input: z.strictObject({ deployment: deploymentSchema, plan: planSchema, release: releaseSchema }),
  output: z.strictObject({
    status: z.literal('done'),
    summary: z.string(),
    migration: migrationResultSchema,
  }),
  clients: { journal: openJournal(), lambda: connect(LambdaClient, PATIENT), s3: connect(S3Client) },
  async run({ deployment, plan, release }, deps) {
    const done = (summary: string, migration = NOTHING_KNOWN, work = {}) => ({
      result: { status: 'done' as const, summary, migration },
      work: { ...work, migration },
    });
    const manifest = await readManifest(release.manifestKey, deps);
    if (!manifest) return done('no release manifest: its migrations are not known, and none are run');
    const running = await manifestOf(plan.running?.digest, plan, deps);
    const history = await readHistory(deployment, plan, deps);
    if (plan.action === 'rollback')
      return done(await checkGoingBack(deployment, plan, manifest, running, history, deps));

    const { pending, findings } = await compareRelease(manifest, running, history);
    const asks = history.reachable && (pending.length > 0 || findings.length > 0);
    const facts = asks ? await readFacts(deployment, manifest, pending, deps) : undefined;
    // Once more with the facts: they say what a failed file has left behind, and who migrates at this moment.
    const where = `--service ${deployment.service} --environment ${deployment.environment}`;
    const state = await compareRelease(manifest, running, history, facts, where);
    requireHistory(state.findings);
    const before = (await manifestOf(plan.rollbackTarget?.digest, plan, deps)) ?? running;
    const known = { serverVersion: history.reachable ? history.serverVersion : undefined, facts };
    const judgement = await judgePending({ next: manifest, before }, state, known, plan, deps);
    await keepJudgement(deployment, judgement, deps);
    // A refusal has its findings in the journal too.
    await deps.keep(workOf(judgement), 'judged');
    const policy = plan.settings.migrations;
    const migration = decideMigration(judgement, { pending, policy, mayMigrate: plan.steps.migrate });
    return done(
      `${migrationSummary(migration)}${history.reachable ? '' : `; facts unknown: ${history.reason}`}`,
      migration,
    );
  },
});
