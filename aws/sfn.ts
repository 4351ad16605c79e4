/** Step Functions: whether an execution still runs. */
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { isNamed } from './errors.ts';

/** RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED or PENDING_REDRIVE; `GONE` where Step Functions has forgotten it. */
export async function executionStatus(sfn: SFNClient, executionArn: string): Promise<string> {
  try {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return status ?? 'GONE';
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist', 'InvalidArn')) return 'GONE';
    throw error;
  }
}
