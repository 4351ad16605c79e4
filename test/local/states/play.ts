/** Runs machines in virtual time, for the tests of the interpreter. */
import { VirtualClock } from '../../../local/clock.ts';
import { compile } from '../../../local/states/compile.ts';
import { describeDiagnostics } from '../../../local/states/diagnostics.ts';
import type { Json, JsonObject } from '../../../local/states/json.ts';
import { newThread, type RunRecord } from '../../../local/states/record.ts';
import { Run } from '../../../local/states/run.ts';
import type { TaskAnswer, TaskCall, Tasks } from '../../../local/states/tasks.ts';
import { validate } from '../../../local/states/validate.ts';

const ARN = 'arn:aws:states:eu-central-1:000000000000';

export function newRecord(machine: { startAt: string }, input: Json, now: number): RunRecord {
  return {
    arn: `${ARN}:execution:machine:run`,
    name: 'run',
    machineArn: `${ARN}:stateMachine:machine`,
    machineName: 'machine',
    roleArn: 'arn:aws:iam::000000000000:role/machine',
    region: 'eu-central-1',
    input,
    startedAt: now,
    status: 'RUNNING',
    redriveCount: 0,
    events: [],
    main: newThread(machine.startAt, input, 0),
  };
}

/** Runs a machine to its end in virtual time. */
export async function play(
  definition: JsonObject,
  input: Json,
  tasks: Tasks,
  clock = new VirtualClock(),
): Promise<Run> {
  const machine = compile(definition);
  const record = newRecord(machine.program, input, clock.now());
  let run: Run | undefined;
  await new Promise<void>((resolve) => {
    run = new Run(machine, record, {
      clock,
      tasks,
      random: () => 0.5,
      statusChanged: ({ status }) => status !== 'RUNNING' && resolve(),
    });
    run.start();
  });
  return run as Run;
}

/** A machine in JSONata, checked as CreateStateMachine checks it. */
export function machine(startAt: string, states: JsonObject, more: JsonObject = {}): JsonObject {
  const definition = { QueryLanguage: 'JSONata', StartAt: startAt, States: states, ...more };
  const { diagnostics } = validate(JSON.stringify(definition));
  if (diagnostics.length > 0) throw new Error(describeDiagnostics(diagnostics));
  return definition;
}

export const TASK = 'arn:aws:lambda:eu-central-1:000000000000:function:f';

/** Runs a machine whose tasks answer as `answer` says. */
export async function run(
  definition: JsonObject,
  input: Json = {},
  answer: (call: TaskCall, clock: VirtualClock) => TaskAnswer | Promise<TaskAnswer> = () => ({
    output: null,
  }),
): Promise<RunRecord> {
  const clock = new VirtualClock();
  return (await play(definition, input, { call: (call) => answer(call, clock) }, clock)).record;
}

/** `id type <- previous`, for assertions that read like the history itself. */
export function told({ events }: RunRecord, from = 0): string[] {
  return events.slice(from).map(({ id, type, previousEventId }) => `${id} ${type} <- ${previousEventId}`);
}

/** Names of the states in the order in which they were entered. */
export function path({ events }: RunRecord): string[] {
  return events
    .filter(({ type }) => type.endsWith('StateEntered'))
    .map(({ details }) => String(details?.['name']));
}
