/** The events of a run: as they are kept, and as GetExecutionHistory and the log group show them. */
import type { Json } from './json.ts';

type Activity = 'Pass' | 'Task' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

export type EventType =
  | `Execution${'Started' | 'Succeeded' | 'Failed' | 'Aborted' | 'TimedOut' | 'Redriven'}`
  | `${Activity}State${'Entered' | 'Exited' | 'Aborted'}`
  | `${'Parallel' | 'Map'}State${'Started' | 'Succeeded' | 'Failed'}`
  | `MapIteration${'Started' | 'Succeeded' | 'Failed' | 'Aborted'}`
  | `Task${'Scheduled' | 'Started' | 'Submitted' | 'Succeeded' | 'Failed' | 'TimedOut' | 'StartFailed' | 'SubmitFailed'}`
  | `LambdaFunction${'Scheduled' | 'Started' | 'Succeeded' | 'Failed' | 'TimedOut' | 'StartFailed' | 'ScheduleFailed'}`
  | 'EvaluationFailed';

export interface Event {
  /** Counts from 1. */
  readonly id: number;
  readonly previousEventId: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly type: EventType;
  /** JSON values as values; they become text when the event is shown. */
  readonly details?: EventDetails;
}

export type EventDetails = { readonly [member: string]: Json };

/** An event in the shape of the SDK's `HistoryEvent`. */
export type ShownEvent = Record<string, unknown> & { id: number; previousEventId: number; type: EventType };

/** Members that carry data of the run: they are text, and stay away where execution data is not asked for. */
const DATA = new Set(['input', 'output', 'parameters', 'assignedVariables']);

export function detailsMember(type: EventType): string {
  const activity = /State(Entered|Exited)$/.exec(type);
  if (activity) return `state${activity[1]}EventDetails`;
  return `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`;
}

export function showEvent(event: Event, withData: boolean): ShownEvent {
  const { id, previousEventId, timestamp, type, details } = event;
  const shown: ShownEvent = { id, previousEventId, timestamp: new Date(timestamp), type };
  if (details) shown[detailsMember(type)] = showDetails(details, withData);
  return shown;
}

export function showDetails(details: EventDetails, withData: boolean): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(details)) {
    if (!DATA.has(member)) {
      shown[member] = value;
    } else if (withData) {
      shown[member] = member === 'assignedVariables' ? eachAsText(value) : JSON.stringify(value);
      // `parameters` is the one member that the API gives no such note.
      if (member !== 'parameters') shown[`${member}Details`] = { truncated: false };
    }
  }
  return shown;
}

function eachAsText(variables: Json | undefined): Record<string, string> {
  const entries = Object.entries((variables ?? {}) as { [name: string]: Json });
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, JSON.stringify(value)]));
}

/** Type by type, what `LoggingConfiguration.level` lets into the log group. */
export function isLogged(type: EventType, level: string): boolean {
  if (level === 'ALL') return true;
  const fatal = type === 'ExecutionFailed' || type === 'ExecutionAborted' || type === 'ExecutionTimedOut';
  if (level === 'FATAL') return fatal;
  return (
    level === 'ERROR' && (fatal || /(Failed|Aborted|TimedOut)$/.test(type) || type === 'FailStateEntered')
  );
}
