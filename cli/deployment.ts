/** Starts a deployment and follows it: what `deploy`, `update`, `rollback` and `start` have in common. */
import { createHash } from 'node:crypto';
import { beginDeployment, describeExecution, historyFrom } from '../aws/executions.ts';
import { findEntry } from '../aws/journal.ts';
import { LockstepError } from '../core/errors.ts';
import type { DetachedEvent, VerdictEvent } from '../core/events.ts';
import type { DeployRequest } from '../core/request.ts';
import { EXIT_STILL_RUNNING, VERDICTS } from '../core/verdict.ts';
import type { Cloud } from './cloud.ts';
import { type Execution, type FollowOptions, follow } from './follow.ts';
import type { Renderer } from './render/text.ts';

export type Following = Omit<FollowOptions, 'interval'>;

/** Starts it, follows it, shows its end, and gives the exit code. */
export async function followToEnd(cloud: Cloud, request: DeployRequest, options: Following): Promise<number> {
  const end = await startAndFollow(cloud, request, options);
  options.renderer.show(end);
  return end.type === 'verdict' ? VERDICTS[end.verdict].exit : EXIT_STILL_RUNNING;
}

/** Starts it and says how to attach. */
export async function startOnly(cloud: Cloud, request: DeployRequest, renderer: Renderer): Promise<number> {
  await begun(cloud, request, renderer);
  return 0;
}

/** The end is given back and not shown: some have something to say before it. */
export async function startAndFollow(
  cloud: Cloud,
  request: DeployRequest,
  options: Following,
): Promise<VerdictEvent | DetachedEvent> {
  const execution = await begun(cloud, request, options.renderer);
  return follow(execution, { ...options, interval: cloud.interval });
}

async function begun(cloud: Cloud, request: DeployRequest, renderer: Renderer): Promise<Execution> {
  const execution = executionOf(cloud, await beginDeployment(cloud, request));
  renderer.show({
    type: 'started',
    deploymentId: execution.deploymentId,
    executionArn: execution.executionArn,
    executionName: execution.executionArn.split(':').at(-1) ?? '',
    service: request.service,
    environment: request.environment,
    action: request.action,
    commit: request.commit ?? null,
    subject: request.subject ?? '',
    attached: false,
  });
  return execution;
}

/** The id of the deployment that an execution is: as the state machine computes it. */
export function deploymentIdOf(executionArn: string): string {
  return createHash('sha256').update(executionArn).digest('hex').slice(0, 8);
}

export function executionOf(cloud: Cloud, executionArn: string): Execution {
  const deploymentId = deploymentIdOf(executionArn);
  return {
    deploymentId,
    executionArn,
    history: (token) => historyFrom(cloud.sfn, executionArn, token),
    entry: () => findEntry(cloud.journal, deploymentId),
    async describe() {
      const found = await describeExecution(cloud.sfn, executionArn);
      if (!found)
        throw new LockstepError('DeploymentUnknown', { id: deploymentId, detail: ': its execution is gone' });
      return found;
    },
  };
}
