/** Runs the machines as they are, in virtual time, with steps that answer what a test says. */
import type { MachineName } from '../../core/names.ts';
import { VirtualClock } from '../../local/clock.ts';
import { compile } from '../../local/states/compile.ts';
import type { Json, JsonObject } from '../../local/states/json.ts';
import { newThread, type RunRecord } from '../../local/states/record.ts';
import { Run } from '../../local/states/run.ts';
import type { TaskAnswer, TaskCall } from '../../local/states/tasks.ts';
import { readMachine, type State } from '../../scripts/docs/state-machine.ts';

/** What a step gives back to the machine. */
export type Payload = { readonly [key: string]: Json };

/** How a call ends: its payload, or an error as Step Functions names it. */
export type Answer = Payload | { readonly throws: string; readonly cause?: string };

export interface Script {
  readonly input?: Json;
  /** By state: what each call gives, in order; the last is given again to every further call. */
  readonly answers?: Readonly<Record<string, Answer | readonly Answer[]>>;
  /** What a person answers to `AwaitApproval`; left out, nobody answers. */
  readonly approval?: Answer;
}

export interface Trace {
  /** Names of the states in the order in which they were entered. */
  readonly path: readonly string[];
  readonly status: string;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly output: Json | undefined;
  /** What a step was given, call by call. */
  given(state: string): readonly JsonObject[];
  /** Virtual seconds from start to end. */
  readonly seconds: number;
  /** Catchers that were taken: `Plan → Record on States.ALL`. */
  readonly caught: readonly string[];
}

export async function trace(name: MachineName, script: Script): Promise<Trace> {
  const definition = substituted(name);
  const machine = compile(definition as unknown as JsonObject);
  const clock = new VirtualClock();
  const began = clock.now();
  const input = script.input ?? {};
  const arn = `arn:aws:states:eu-central-1:000000000000:execution:lockstep-test-${name}:run`;
  const record: RunRecord = {
    arn,
    name: 'run',
    machineArn: arn.replace('execution', 'stateMachine').replace(':run', ''),
    machineName: `lockstep-test-${name}`,
    roleArn: 'arn:aws:iam::000000000000:role/machine',
    region: 'eu-central-1',
    input,
    startedAt: began,
    status: 'RUNNING',
    redriveCount: 0,
    events: [],
    main: newThread(machine.program.startAt, input, 0),
  };
  const calls: { state: string; payload: JsonObject }[] = [];
  const answer = (call: TaskCall): TaskAnswer => {
    const given = call.arguments as JsonObject;
    calls.push({ state: call.stateName, payload: (given['Payload'] ?? given) as JsonObject });
    const answers = [script.answers?.[call.stateName] ?? {}].flat() as readonly Answer[];
    const turn = calls.filter(({ state }) => state === call.stateName).length - 1;
    const chosen = answers[Math.min(turn, answers.length - 1)] ?? {};
    if (isThrown(chosen)) return { error: chosen.throws, cause: chosen.cause ?? '' };
    if (call.token !== undefined && script.approval) {
      const { token } = call;
      const { approval } = script;
      clock.after(1000, () => {
        run.complete(
          token,
          isThrown(approval) ? { error: approval.throws, cause: approval.cause ?? '' } : { output: approval },
        );
      });
    }
    const isFunction = 'FunctionName' in given;
    return { output: isFunction ? { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: chosen } : chosen };
  };
  let ended: () => void = () => {};
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const run: Run = new Run(machine, record, {
    clock,
    tasks: { call: answer },
    random: () => 0.5,
    statusChanged: ({ status }) => status !== 'RUNNING' && ended(),
  });
  run.start();
  await end;

  const entered = record.events.filter(({ type }) => type.endsWith('StateEntered'));
  return {
    path: entered.map(({ details }) => String(details?.['name'])),
    status: record.status,
    error: record.error,
    cause: record.cause,
    output: record.output,
    given: (state) => calls.filter((call) => call.state === state).map(({ payload }) => payload),
    seconds: (clock.now() - began) / 1000,
    caught: caughtIn(record, statesOf(definition)),
  };
}

/** Every catcher of a machine, in the words of `Trace.caught`. */
export function catchersOf(name: MachineName): string[] {
  return Object.entries(statesOf(readMachine(name))).flatMap(([state, { Catch }]) =>
    (Catch ?? []).map((catcher) => catcherName(state, catcher)),
  );
}

/** The states of a machine and of what it iterates over. */
export function statesOf(machine: {
  readonly States: Readonly<Record<string, State>>;
}): Record<string, State> {
  return Object.fromEntries(
    Object.entries(machine.States).flatMap(([name, state]) => [
      [name, state],
      ...Object.entries(state.ItemProcessor ? statesOf(state.ItemProcessor) : {}),
    ]),
  );
}

function catcherName(
  state: string,
  { ErrorEquals, Next }: { ErrorEquals: readonly string[]; Next: string },
): string {
  return `${state} → ${Next} on ${ErrorEquals.join(', ')}`;
}

/** A state that is left although its last attempt failed was left through a catcher. */
function caughtIn({ events }: RunRecord, states: Record<string, State>): string[] {
  return events.flatMap(({ type, details }, at) => {
    if (!type.endsWith('StateExited')) return [];
    const state = String(details?.['name']);
    const catchers = states[state]?.Catch ?? [];
    if (catchers.length === 0) return [];
    const next = events.slice(at + 1).find((event) => event.type.endsWith('StateEntered'));
    const before = events.slice(0, at);
    const entered = before.findLastIndex(
      (event) => event.type.endsWith('StateEntered') && event.details?.['name'] === state,
    );
    const failed = before
      .slice(entered)
      .findLast((event) => /Failed$|TimedOut$|^TaskSucceeded$|^MapStateSucceeded$/.test(event.type));
    if (!failed || failed.type.endsWith('Succeeded')) return [];
    const error = String(failed.details?.['error'] ?? 'States.Timeout');
    const taken = catchers.find(
      ({ ErrorEquals }) =>
        ErrorEquals.includes(error) ||
        ErrorEquals.includes('States.ALL') ||
        (failed.type.endsWith('TimedOut') && ErrorEquals.includes('States.Timeout')),
    );
    if (!taken || taken.Next !== String(next?.details?.['name'])) return [];
    return [catcherName(state, taken)];
  });
}

/** As CloudFormation fills in `DefinitionSubstitutions`. */
function substituted(name: MachineName) {
  const text = JSON.stringify(readMachine(name))
    .replaceAll(/\$\{(\w+)FunctionArn\}/g, 'arn:aws:lambda:eu-central-1:000000000000:function:$1')
    .replaceAll(/\$\{LocksTableName\}/g, 'locks')
    .replaceAll(
      /\$\{DeployStateMachineArn\}/g,
      'arn:aws:states:eu-central-1:000000000000:stateMachine:deploy',
    );
  return JSON.parse(text) as ReturnType<typeof readMachine>;
}

function isThrown(answer: Answer): answer is { throws: string; cause?: string } {
  return 'throws' in answer;
}
