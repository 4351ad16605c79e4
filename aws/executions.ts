/** Executions of a state machine, for those who start and follow them. */
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
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
