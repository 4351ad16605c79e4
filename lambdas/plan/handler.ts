/** Plan: looks at what is asked, what runs now, what would be released and the way back. Changes nothing. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { connect, PATIENT } from '../../aws/clients.ts';
import { beginEntry } from '../../aws/journal.ts';
import { makePlan } from '../../aws/planning/index.ts';
import { observe } from '../../aws/planning/observe.ts';
import { frozen, refuseTakenBack } from '../../core/frozen.ts';
import { entryOf } from '../../core/journal.ts';
import { planSchema, planSummary, type Running } from '../../core/plan.ts';
import { deploymentSchema } from '../../core/request.ts';
import { step } from '../step.ts';
import { openJournal, variable } from '../variables.ts';
import { keepConfiguration, readRequest, readSettings, refuseForeignSource, withCommit } from './request.ts';

export const handler = step({
  name: 'Plan',
  input: z.strictObject({ deployment: deploymentSchema, request: z.unknown() }),
  output: z.strictObject({ status: z.literal('done'), summary: z.string(), plan: planSchema }),
  clients: {
    journal: openJournal(),
    cloudwatch: connect(CloudWatchClient),
    ecr: connect(ECRClient),
    ecs: connect(ECSClient),
    lambda: connect(LambdaClient, PATIENT),
    s3: connect(S3Client),
  },
  async run({ deployment, request: asked }, deps) {
    await beginEntry(deps.journal, entryOf(deployment, asked));
    const request = await withCommit(readRequest(asked), deps);
    const { environment, settings } = await readSettings(request, deps);
    refuseForeignSource(request);
    const places = {
      bucket: variable('ARTEFACTS_BUCKET'),
      inspectFunction: `${variable('INSPECT_FUNCTION_PREFIX')}${request.service}`,
      // Whatever is refused from here on, the last line says what runs.
      seen: (running: Running | null) => deps.keep({ running }, 'has looked at the service'),
    };
    const closed = frozen(environment, request, new Date());
    if (closed && !request.overrideFreeze) {
      // A schedule reads what was sent last: whoever is told of a freeze here must be able to rely on it there.
      await keepConfiguration(request, deps);
      const { running } = await observe(deployment, settings, { ...deps, ...places });
      await places.seen(running);
      throw closed;
    }
    const { plan, observed } = await makePlan(
      deployment,
      request,
      settings,
      { ...deps, ...places },
      (refusal) => {
        throw refusal;
      },
    );
    if (request.schedule) refuseTakenBack(plan, observed.entries);
    await keepConfiguration(request, deps);
    return {
      result: { status: 'done' as const, summary: planSummary(plan), plan },
      ...(closed ? { work: { overrode: closed.message } } : {}),
      found: {
        plan,
        commit: plan.commit,
        subject: plan.subject,
        ...(plan.release ? { release: plan.release } : {}),
      },
    };
  },
});
