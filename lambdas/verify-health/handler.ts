/** VerifyHealth: looks once and decides: healthy, wait, or failed because. Serves the release and, after a rollback, the old one. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { connect } from '../../aws/clients.ts';
import { LockstepError } from '../../core/errors.ts';
import { failedStepSchema } from '../../core/failure.ts';
import { judgeHealth } from '../../core/health.ts';
import { type HealthRecord, recordLook } from '../../core/health-record.ts';
import { expectationOf, type Memory, NOTHING_SEEN } from '../../core/observation.ts';
import { planSchema } from '../../core/plan.ts';
import { deploymentSchema } from '../../core/request.ts';
import { rolloutSchema } from '../../core/rollout.ts';
import { failureOf } from '../journaling.ts';
import { step } from '../step.ts';
import { openJournal } from '../variables.ts';
import { type Known, look } from './observe.ts';

interface Work extends Partial<HealthRecord> {
  /** The rollout that the rest is about: a second rollback starts afresh. */
  readonly of?: string;
  readonly memory?: Memory;
  readonly known?: Known;
}

export const handler = step({
  name: 'VerifyHealth',
  input: z.strictObject({
    deployment: deploymentSchema,
    plan: planSchema,
    rollout: rolloutSchema,
    subject: z.enum(['release', 'rollback']),
  }),
  output: z.strictObject({
    status: z.enum(['healthy', 'waiting', 'failed']),
    waitSeconds: z.int(),
    summary: z.string(),
    failure: failedStepSchema.nullable(),
  }),
  clients: {
    journal: openJournal(),
    cloudwatch: connect(CloudWatchClient),
    ecs: connect(ECSClient),
    elb: connect(ElasticLoadBalancingV2Client),
    logs: connect(CloudWatchLogsClient),
    secrets: connect(SecretsManagerClient),
  },
  record: ({ subject }) => (subject === 'rollback' ? 'VerifyRollback' : 'VerifyHealth'),
  // A rollback is the way out of a cancelled release too.
  cancel: ({ subject }) => (subject === 'rollback' ? 'itself' : 'before'),
  async run({ deployment, plan, rollout, subject }, deps) {
    const of = `${rollout.taskDefinition} ${rollout.startedAt}`;
    const work = (deps.work as Work).of === of ? (deps.work as Work) : {};
    const before = work.known ?? { serviceDeployment: rollout.serviceDeployment, door: undefined };
    // Whoever goes back may do so because an alarm rings, and it rings on for a while: it says nothing about the old release.
    const alarms = subject === 'rollback' || plan.action === 'rollback' ? [] : plan.settings.health.alarms;
    const { seen, known, looks } = await look(plan.settings, rollout, subject, alarms, before, deps);
    const health = judgeHealth(
      seen,
      expectationOf(plan.settings, deployment.environment, subject),
      work.memory ?? NOTHING_SEEN,
    );
    // What was seen is kept over a second rollback too: it is shown as one.
    const record = recordLook(deps.work as Work, seen, looks, health.summary, new Date().toISOString());
    const kept = { of, memory: health.memory, known, ...record };
    const base = { waitSeconds: 0, summary: health.summary, failure: null };
    switch (health.is) {
      case 'healthy':
        return { result: { ...base, status: 'healthy' as const }, work: { ...kept, proven: health.proven } };
      case 'waiting':
        return { result: { ...base, status: 'waiting' as const, waitSeconds: health.seconds }, work: kept };
      case 'failed': {
        const { error, data, evidence } = health.failure;
        const failure = failureOf('VerifyHealth', new LockstepError(error, data, evidence));
        const result = {
          ...base,
          status: 'failed' as const,
          failure: { step: failure.step, error, cause: failure.sentence },
        };
        return { result, work: kept, failure };
      }
    }
  },
});
