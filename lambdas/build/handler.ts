/** Build: starts CodeBuild once, then looks at it. Ends in a digest that ECR confirms and a release manifest in S3. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { ECRClient } from '@aws-sdk/client-ecr';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { describeBuild, startBuild, stopBuild } from '../../aws/codebuild.ts';
import { buildFailure } from '../../core/build.ts';
import { LockstepError } from '../../core/errors.ts';
import { pace } from '../../core/pace.ts';
import { planSchema } from '../../core/plan.ts';
import { releaseSchema } from '../../core/release.ts';
import { deploymentSchema } from '../../core/request.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { finish, readLog } from './finish.ts';
import { startInput } from './start.ts';

const work = z.object({ buildId: z.string() }).partial();

export const handler = step({
  name: 'Build',
  input: z.strictObject({ deployment: deploymentSchema, plan: planSchema }),
  output: z.strictObject({
    status: z.enum(['waiting', 'done']),
    waitSeconds: z.int(),
    summary: z.string(),
    release: releaseSchema.nullable(),
  }),
  clients: {
    journal: openJournal(),
    codebuild: connect(CodeBuildClient),
    ecr: connect(ECRClient),
    logs: connect(CloudWatchLogsClient),
    s3: connect(S3Client),
  },
  // A build that nobody waits for any more is stopped, not left to push an image.
  cancel: 'itself',
  async run({ deployment, plan }, deps) {
    const { buildId: started } = work.parse(deps.work);
    if (deps.cancelledBy) {
      if (started) await stopBuild(deps.codebuild, started);
      throw new LockstepError('Cancelled', { by: deps.cancelledBy });
    }
    const buildId = started ?? (await startBuild(deps.codebuild, startInput(deployment, plan)));
    const build = await describeBuild(deps.codebuild, buildId);
    if (!build || build.buildStatus === 'IN_PROGRESS') {
      const seconds = (Date.now() - Number(build?.startTime ?? Date.now())) / 1000;
      const summary = build?.currentPhase ? `${build.currentPhase}, ${buildId}` : buildId;
      return {
        result: { status: 'waiting' as const, waitSeconds: pace(seconds), summary, release: null },
        work: { buildId },
      };
    }
    if (build.buildStatus !== 'SUCCEEDED') {
      const named = { tag: plan.tag, repository: plan.settings.repository };
      throw buildFailure(build, await readLog(build, deps), named);
    }
    const { release, migrations } = await finish(deployment, plan, build, deps);
    const summary = `${release.digest.slice(0, 19)}…  ${migrations} migrations`;
    return {
      result: { status: 'done' as const, waitSeconds: 0, summary, release },
      work: { buildId },
      found: { release },
    };
  },
});
