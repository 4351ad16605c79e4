/** Starts a run's deployment, or finds the one that an earlier attempt of the same run has started. */
import { describeExecution, startExecution } from '../aws/executions.ts';
import type { Cloud } from '../cli/cloud.ts';
import { type Run, runName } from '../core/ci.ts';
import { LockstepError } from '../core/errors.ts';
import type { DeployRequest } from '../core/request.ts';

export interface Begun {
  readonly executionArn: string;
  /** Whether it was there already: running, or started by this very attempt and ended. */
  readonly attached: boolean;
}

/**
 * Only a running execution is attached to: one that has ended has its verdict, and whoever runs a job again after it
 * wants another one. The exception is the attempt's own, since an attempt is one deployment however often its steps ask.
 */
export async function begin(cloud: Cloud, request: DeployRequest, commit: string, run: Run): Promise<Begun> {
  const nameOf = (attempt: number) => runName(request, commit, run, attempt);
  const arnOf = (name: string) => `${cloud.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const look = async (attempt: number) => {
    const executionArn = arnOf(nameOf(attempt));
    const found = await describeExecution(cloud.sfn, executionArn);
    return found && { executionArn, running: found.status === 'RUNNING' };
  };

  if (run.attempt !== undefined) {
    for (let attempt = run.attempt; attempt >= 1; attempt--) {
      const found = await look(attempt);
      if (!found) continue;
      if (found.running || attempt === run.attempt)
        return { executionArn: found.executionArn, attached: true };
      break;
    }
    return start(run.attempt);
  }
  for (let attempt = 1; ; attempt++) {
    const found = await look(attempt);
    if (!found) return start(attempt);
    if (found.running) return { executionArn: found.executionArn, attached: true };
  }

  async function start(attempt: number): Promise<Begun> {
    const name = nameOf(attempt);
    try {
      const started = await startExecution(cloud.sfn, cloud.stateMachineArn, name, request);
      // Taken: another job of the same attempt was quicker by a moment.
      if ('taken' in started) return { executionArn: arnOf(name), attached: true };
      return { executionArn: started.arn, attached: false };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'StateMachineDoesNotExist') throw error;
      const { environmentName: environment, region, account } = cloud;
      throw new LockstepError('StackMissing', { environment, region, account: account.id }, [], {
        cause: error,
      });
    }
  }
}
