/** What the rest of the world hears of an execution: events on the bus, metrics, and lines in the machine's log group. */
import type { World } from '../../service.ts';
import { type Event, isLogged, showDetails } from '../../states/history.ts';
import type { RunRecord } from '../../states/record.ts';
import { redriveStatus } from './describe-execution.ts';
import type { ExecutionRecord, Logging } from './model.ts';

const COUNTED: Readonly<Record<string, string>> = {
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
};

/** `Step Functions Execution Status Change` and CloudWatch's metrics. Best effort, as on AWS: a run never fails by it. */
export function announceStatus(world: World, run: RunRecord): void {
  attempt(world, () =>
    world.ports.events.emit({
      source: 'aws.states',
      detailType: 'Step Functions Execution Status Change',
      resources: [run.arn],
      detail: statusChange(run),
    }),
  );
  const put = (name: string, value: number, unit: string) => ({
    namespace: 'AWS/States',
    name,
    dimensions: { StateMachineArn: run.machineArn },
    value,
    unit,
  });
  const ended = COUNTED[run.status];
  attempt(world, () => {
    if (ended === undefined) {
      const name = run.redriveCount > 0 ? 'ExecutionsRedriven' : 'ExecutionsStarted';
      return world.ports.metrics.put([put(name, 1, 'Count')]);
    }
    const took = (run.stoppedAt ?? run.startedAt) - (run.redrivenAt ?? run.startedAt);
    world.ports.metrics.put([put(ended, 1, 'Count'), put('ExecutionTime', took, 'Milliseconds')]);
  });
}

/** The largest input and output, together and escaped, that EventBridge takes from Step Functions. */
const LARGEST_EVENT_DATA = 248 * 1024;

function statusChange(run: RunRecord): Record<string, unknown> {
  const input = JSON.stringify(run.input);
  const output = run.output === undefined ? null : JSON.stringify(run.output);
  const escaped = (text: string | null) => (text === null ? 0 : Buffer.byteLength(JSON.stringify(text)));
  const outputFits = escaped(output) <= LARGEST_EVENT_DATA;
  const inputFits = escaped(input) + (outputFits ? escaped(output) : 0) <= LARGEST_EVENT_DATA;
  return {
    executionArn: run.arn,
    stateMachineArn: run.machineArn,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    name: run.name,
    status: run.status,
    startDate: run.startedAt,
    stopDate: run.stoppedAt ?? null,
    input: inputFits ? input : null,
    inputDetails: { included: inputFits },
    output: outputFits ? output : null,
    outputDetails: output === null ? null : { included: outputFits },
    error: run.error ?? null,
    cause: run.cause ?? null,
    redriveCount: run.redriveCount,
    redriveDate: run.redrivenAt ?? null,
    ...redriveStatus(run, run.stoppedAt ?? 0),
  };
}

/** Writes an event to the machine's log group, if its logging asks for it. */
export function logEvent(
  world: World,
  logging: Logging,
  execution: ExecutionRecord,
  run: RunRecord,
  event: Event,
): void {
  const group = logging.destinations?.[0];
  if (group === undefined || !isLogged(event.type, logging.level)) return;
  const line = {
    id: String(event.id),
    type: event.type,
    details: showDetails(event.details ?? {}, logging.includeExecutionData),
    previous_event_id: String(event.previousEventId),
    event_timestamp: String(event.timestamp),
    execution_arn: run.arn,
    redrive_count: String(run.redriveCount),
  };
  attempt(world, () =>
    world.ports.logs.append(groupName(group), streamName(execution, run), [
      { timestamp: event.timestamp, message: JSON.stringify(line) },
    ]),
  );
}

/** `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*` */
export function groupName(arn: string): string {
  return arn.split(':').slice(6).join(':').replace(/:\*$/, '');
}

/** AWS makes a stream for the machine and the minute; eight hexadecimal digits tell executions apart. */
function streamName(execution: ExecutionRecord, run: RunRecord): string {
  const minute = new Date(run.startedAt).toISOString().slice(0, 16).replace(/[T:]/g, '-');
  return `states/${run.machineName}/${minute}/${execution.file.slice(-8)}`;
}

function attempt(world: World, tell: () => void): void {
  try {
    tell();
  } catch (error) {
    world.say(`states: ${(error as Error).message}`);
  }
}
