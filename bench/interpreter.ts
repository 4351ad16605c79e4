/**
 * States a second of our interpreter beside `aws-local-stepfunctions`, on machines that both can run: Pass, Parallel,
 * Map and Succeed, with neither JSONPath nor JSONata in them. Ours keeps the whole history meanwhile.
 */
import { StateMachine } from 'aws-local-stepfunctions';
import { VirtualClock } from '../local/clock.ts';
import { compile } from '../local/states/compile.ts';
import type { Json, JsonObject } from '../local/states/json.ts';
import { newThread, type RunRecord } from '../local/states/record.ts';
import { Run } from '../local/states/run.ts';
import type { Row } from './row.ts';

interface Shape {
  readonly name: string;
  readonly definition: JsonObject;
  readonly input: Json;
  /** States that one run enters. */
  readonly states: number;
}

/** A row of Pass states. */
function chain(length: number, prefix = 'S', end: JsonObject = { Type: 'Succeed' }): JsonObject {
  const states: Record<string, Json> = { [`${prefix}${length}`]: end };
  for (let at = 1; at < length; at++) {
    states[`${prefix}${at}`] = { Type: 'Pass', Next: `${prefix}${at + 1}` };
  }
  return { StartAt: `${prefix}1`, States: states };
}

const last: JsonObject = { Type: 'Pass', End: true };
const SHAPES: readonly Shape[] = [
  { name: 'a chain of 200', definition: chain(200), input: { a: 1 }, states: 200 },
  {
    name: 'four branches of 25',
    definition: {
      StartAt: 'Fork',
      States: {
        Fork: {
          Type: 'Parallel',
          Branches: ['A', 'B', 'C', 'D'].map((name) => chain(25, name, last)),
          End: true,
        },
      },
    },
    input: { a: 1 },
    states: 101,
  },
  {
    name: 'a Map of 40 items by 5',
    definition: {
      StartAt: 'Each',
      States: { Each: { Type: 'Map', ItemProcessor: chain(5, 'S', last), End: true } },
    },
    input: Array.from({ length: 40 }, (_item, index) => index),
    states: 201,
  },
];

const ROUNDS = 5;
const ROUND_MS = 300;

export async function bench(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const shape of SHAPES) {
    const mine = ours(shape);
    const other = theirs(shape);
    // In turns, and the best round of each: a machine that is busy with something else disturbs both alike.
    let [best, bestOther] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      best = Math.max(best, await rate(mine, shape));
      bestOther = Math.max(bestOther, await rate(other, shape));
    }
    const ratio = best / bestOther;
    rows.push({
      what: `interpreter: ${shape.name}`,
      value: ratio,
      unit: `× (${Math.round(best)} states/s)`,
      against: `aws-local-stepfunctions 3, ${Math.round(bestOther)} states/s`,
      goal: '>= 1',
      reached: ratio >= 1,
    });
  }
  return rows;
}

/** States a second. */
async function rate(once: () => Promise<unknown>, { states }: Shape): Promise<number> {
  const began = performance.now();
  let entered = 0;
  while (performance.now() - began < ROUND_MS) {
    await once();
    entered += states;
  }
  return (entered / (performance.now() - began)) * 1000;
}

function theirs({ definition, input }: Shape): () => Promise<unknown> {
  const machine = new StateMachine(definition as never, { validationOptions: { noValidate: true } });
  return () => machine.run(structuredClone(input) as never).result;
}

function ours({ definition, input }: Shape): () => Promise<unknown> {
  const machine = compile({ ...definition, QueryLanguage: 'JSONata' });
  const clock = new VirtualClock();
  const tasks = {
    call: () => {
      throw new Error('There is no task in these machines.');
    },
  };
  return () =>
    new Promise<void>((resolve, reject) => {
      const record: RunRecord = {
        arn: 'arn:aws:states:eu-central-1:000000000000:execution:bench:run',
        name: 'run',
        machineArn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:bench',
        machineName: 'bench',
        roleArn: 'arn:aws:iam::000000000000:role/bench',
        region: 'eu-central-1',
        input,
        startedAt: clock.now(),
        status: 'RUNNING',
        redriveCount: 0,
        events: [],
        main: newThread(machine.program.startAt, input, 0),
      };
      const statusChanged = ({ status, cause }: RunRecord) => {
        if (status === 'SUCCEEDED') resolve();
        else if (status !== 'RUNNING') reject(new Error(`The run ended as ${status}: ${cause}`));
      };
      new Run(machine, record, { clock, tasks, statusChanged }).start();
    });
}
