/** Executions of a state machine, for those who start and follow them. */
import {
  DescribeExecutionCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { LockstepError } from '../core/errors.ts';
import { type DeployRequest, executionName } from '../core/request.ts';
import { isNamed } from './errors.ts';

export interface Execution {
  readonly arn: string;
  /** RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED or PENDING_REDRIVE. */
  readonly status: string;
  readonly startedAt: Date;
  readonly stoppedAt: Date | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

/**
 * Starts an execution. The same name and input while it runs give the running one; a name that is taken otherwise
 * gives `taken`.
 */
export async function startExecution(
  sfn: SFNClient,
  stateMachineArn: string,
  name: string,
  input: unknown,
): Promise<{ readonly arn: string } | { readonly taken: true }> {
  try {
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
    return { arn: executionArn ?? '' };
  } catch (error) {
    if (isNamed(error, 'ExecutionAlreadyExists')) return { taken: true };
    throw error;
  }
}

/** Where the deployments of an environment are started. */
export interface Machine {
  readonly sfn: SFNClient;
  readonly stateMachineArn: string;
  readonly environmentName: string;
  readonly region: string;
  readonly account: { readonly id: string };
}

/**
 * Starts a deployment and gives its execution's ARN. A second one within the same second would have the same name; it
 * gets a suffix rather than the first's end.
 */
export async function beginDeployment(machine: Machine, request: DeployRequest): Promise<string> {
  const name = executionName(request, new Date());
  for (let attempt = 0; ; attempt++) {
    const suffixed = attempt === 0 ? name : `${name.slice(0, 78)}-${attempt}`;
    const started = await startOrExplain(machine, suffixed, request);
    if ('arn' in started) return started.arn;
  }
}

async function startOrExplain(machine: Machine, name: string, request: DeployRequest) {
  try {
    return await startExecution(machine.sfn, machine.stateMachineArn, name, request);
  } catch (error) {
    if (!isNamed(error, 'StateMachineDoesNotExist')) throw error;
    const { environmentName: environment, region, account } = machine;
    throw new LockstepError('StackMissing', { environment, region, account: account.id }, [], {
      cause: error,
    });
  }
}

/** Undefined where there is no such execution, or no longer. */
export async function describeExecution(
  sfn: SFNClient,
  executionArn: string,
): Promise<Execution | undefined> {
  try {
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return {
      arn: executionArn,
      status: found.status ?? 'RUNNING',
      startedAt: found.startDate ?? new Date(0),
      stoppedAt: found.stopDate,
      error: found.error,
      cause: found.cause,
    };
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist', 'InvalidArn')) return undefined;
    throw error;
  }
}

export interface HistoryPage {
  readonly events: HistoryEvent[];
  /** Where to read on; the last page of a running execution is read again, since it grows. */
  readonly token: string | undefined;
}

/** Events from a token on, to the end of what there is now. Pages may overlap: events have ids. */
export async function historyFrom(
  sfn: SFNClient,
  executionArn: string,
  token: string | undefined,
): Promise<HistoryPage> {
  const events: HistoryEvent[] = [];
  let at = token;
  for (;;) {
    const page = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...(at && { nextToken: at }) }),
    );
    events.push(...(page.events ?? []));
    if (!page.nextToken) return { events, token: at };
    at = page.nextToken;
  }
}

/** The state machine's definition as it was when this execution began; undefined where the execution is gone. */
export async function definitionOf(sfn: SFNClient, executionArn: string): Promise<string | undefined> {
  try {
    const { definition } = await sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
    return definition;
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist', 'InvalidArn')) return undefined;
    throw error;
  }
}
