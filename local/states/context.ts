/** The context object: `$states.context`, or `$$`. */
import type { Json } from './json.ts';
import type { RunRecord, StepRecord } from './record.ts';

export interface ContextParts {
  readonly run: RunRecord;
  readonly step: StepRecord;
  /** Only states that work can be tried again, and only they have a count. */
  readonly retries: boolean;
  /** Of the iteration that the state is in, or that is being started. */
  readonly item?: { readonly index: number; readonly value: Json };
}

export function contextObject({ run, step, retries, item }: ContextParts): Json {
  return {
    Execution: {
      Id: run.arn,
      Input: run.input,
      StartTime: new Date(run.startedAt).toISOString(),
      Name: run.name,
      RoleArn: run.roleArn,
      RedriveCount: run.redriveCount,
      ...(run.redrivenAt === undefined ? {} : { RedriveTime: new Date(run.redrivenAt).toISOString() }),
    },
    StateMachine: { Id: run.machineArn, Name: run.machineName },
    State: {
      Name: step.name,
      EnteredTime: new Date(step.enteredAt).toISOString(),
      ...(retries ? { RetryCount: step.retryCount } : {}),
    },
    ...(item === undefined ? {} : { Map: { Item: { Index: item.index, Value: item.value } } }),
    ...(step.token === undefined ? {} : { Task: { Token: step.token } }),
  };
}
