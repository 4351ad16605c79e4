/** A run goes on from its record alone: after a kill at any moment at which the record could have been written. */
import { VirtualClock } from '../../../local/clock.ts';
import { compile } from '../../../local/states/compile.ts';
import type { JsonObject } from '../../../local/states/json.ts';
import type { RunRecord } from '../../../local/states/record.ts';
import { Run } from '../../../local/states/run.ts';
import type { TaskCall } from '../../../local/states/tasks.ts';
import { machine, newRecord, TASK } from './play.ts';

interface Played {
  readonly record: RunRecord;
  /** What was on disk each time before virtual time moved on, as text, and the time. */
  readonly states: readonly { readonly text: string; readonly at: number }[];
  readonly calls: readonly string[];
}

/** Runs a record to its end. Tasks take ten seconds and answer with their argument. */
function finish(
  definition: JsonObject,
  record: RunRecord,
  clock: VirtualClock,
  begin: (run: Run) => void,
): Promise<Played> {
  return new Promise((resolve) => {
    const states: { text: string; at: number }[] = [];
    const calls: string[] = [];
    const keep = () => states.push({ text: JSON.stringify(record), at: clock.now() });
    clock.onJump = keep;
    const call = async ({ arguments: given, attemptId, signal }: TaskCall) => {
      calls.push(attemptId);
      await clock.sleep(10_000, signal);
      return { output: given };
    };
    const statusChanged = ({ status }: RunRecord) => {
      if (status !== 'RUNNING') resolve({ record, states, calls });
    };
    begin(new Run(compile(definition), record, { clock, tasks: { call }, statusChanged }));
  });
}

const inner = (states: JsonObject) => ({ StartAt: Object.keys(states)[0] ?? '', States: states });
const definition = machine('Start', {
  Start: { Type: 'Pass', Assign: { x: 5 }, Next: 'Wait' },
  Wait: { Type: 'Wait', Seconds: 30, Next: 'Fork' },
  Fork: {
    Type: 'Parallel',
    Branches: [
      inner({
        A: { Type: 'Task', Resource: TASK, Arguments: 'a', TimeoutSeconds: 100, Next: 'A2' },
        A2: { Type: 'Wait', Seconds: 7, End: true },
      }),
      inner({
        Each: {
          Type: 'Map',
          Items: [1, 2, 3],
          MaxConcurrency: 2,
          ItemProcessor: inner({
            Item: { Type: 'Task', Resource: TASK, Arguments: '{% $states.input + $x %}', End: true },
          }),
          End: true,
        },
      }),
    ],
    Output: { all: '{% $states.result %}', x: '{% $x %}' },
    End: true,
  },
});

async function whole(): Promise<Played> {
  const clock = new VirtualClock();
  const record = newRecord({ startAt: 'Start' }, { i: 1 }, clock.now());
  return finish(definition, record, clock, (run) => run.start());
}

test('killed at any moment, a run ends as it would have ended, and waits end at their time', async () => {
  const first = await whole();
  expect(first.record).toMatchObject({ status: 'SUCCEEDED', output: { all: ['a', [6, 7, 8]], x: 5 } });
  expect(first.states.length).toBeGreaterThan(3);
  for (const { text, at } of first.states) {
    const record = JSON.parse(text) as RunRecord;
    if (record.status !== 'RUNNING') continue;
    const resumed = await finish(definition, record, new VirtualClock(at), (run) => run.resume());
    expect(resumed.record).toMatchObject({ status: 'SUCCEEDED', output: first.record.output });
    // Tasks that were out are called again and take their ten seconds anew; nothing else takes longer.
    const late = (resumed.record.stoppedAt ?? 0) - (first.record.stoppedAt ?? 0);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(10_000);
    expect(resumed.record.events.map(({ id }) => id)).toEqual(
      resumed.record.events.map((_event, index) => index + 1),
    );
  }
});

test('a call that is made again has the name of the one that was lost', async () => {
  const first = await whole();
  const state = first.states.find(({ text }) => text.includes('"called"'));
  const record = JSON.parse(state?.text ?? '') as RunRecord;
  const resumed = await finish(definition, record, new VirtualClock(state?.at ?? 0), (run) => run.resume());
  expect(new Set([...first.calls, ...resumed.calls])).toEqual(new Set(first.calls));
});

const asking = machine('Ask', {
  Ask: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' },
    TimeoutSeconds: 1000,
    End: true,
  },
});

test('a task token stays valid, its call is not made again, and its time-out runs on', async () => {
  const clock = new VirtualClock();
  const record = newRecord({ startAt: 'Ask' }, {}, clock.now());
  const submitted = await new Promise<string>((resolve) => {
    clock.onJump = () => resolve(JSON.stringify(record));
    new Run(compile(asking), record, { clock, tasks: { call: () => ({ output: null }) } }).start();
  });
  const saved = JSON.parse(submitted) as RunRecord;
  const token = saved.main.step?.token ?? '';

  const answered = await finish(asking, JSON.parse(submitted), new VirtualClock(clock.now()), (run) => {
    run.resume();
    queueMicrotask(() => expect(run.complete(token, { output: 'yes' })).toBe(true));
  }).then(({ record, calls }) => ({ record, calls }));
  expect(answered).toMatchObject({ record: { status: 'SUCCEEDED', output: 'yes' }, calls: [] });

  const silent = await finish(
    asking,
    JSON.parse(submitted),
    new VirtualClock(saved.startedAt + 400_000),
    (run) => run.resume(),
  );
  expect(silent.record).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  expect((silent.record.stoppedAt ?? 0) - saved.startedAt).toBe(1_000_000);
});

describe('a redrive', () => {
  /** Runs with tasks that fail until `mended`, then redrives. */
  async function redriven(
    failing: JsonObject,
    fails: (call: TaskCall) => boolean,
  ): Promise<{ record: RunRecord; calls: string[] }> {
    const clock = new VirtualClock();
    const record = newRecord({ startAt: String(failing['StartAt']) }, {}, clock.now());
    const calls: string[] = [];
    let mended = false;
    let run: Run | undefined;
    await new Promise<void>((resolve) => {
      const call = (task: TaskCall) => {
        calls.push(task.stateName);
        return !mended && fails(task) ? { error: 'Broken' } : { output: task.arguments };
      };
      const statusChanged = ({ status }: RunRecord) => {
        if (status === 'RUNNING') return;
        if (mended) return resolve();
        mended = true;
        calls.length = 0;
        setImmediate(() => run?.redrive());
      };
      run = new Run(compile(failing), record, { clock, tasks: { call }, statusChanged });
      run.start();
    });
    return { record, calls };
  }

  const task = (more: JsonObject = {}) => ({
    Type: 'Task',
    Resource: TASK,
    Arguments: '{% $states.input %}',
    End: true,
    ...more,
  });

  test('runs only the branches again that had not ended', async () => {
    const { record, calls } = await redriven(
      machine('P', {
        P: {
          Type: 'Parallel',
          Branches: [
            inner({ Good: task() }),
            inner({ Bad: task({ Next: 'After', End: false }), After: task() }),
          ],
          End: true,
        },
      }),
      ({ stateName }) => stateName === 'Bad',
    );
    expect(record).toMatchObject({ status: 'SUCCEEDED', output: [{}, {}], redriveCount: 1 });
    expect(calls.filter((name) => name !== 'Good')).toEqual(['Bad', 'After']);
  });

  test('runs only the iterations again that had not ended, and then those that had not begun', async () => {
    const { record, calls } = await redriven(
      machine('M', {
        M: {
          Type: 'Map',
          Items: [1, 2, 3],
          MaxConcurrency: 1,
          ItemProcessor: inner({ I: task() }),
          End: true,
        },
      }),
      ({ arguments: item }) => item === 2,
    );
    expect(record).toMatchObject({ status: 'SUCCEEDED', output: [1, 2, 3] });
    expect(calls).toEqual(['I', 'I']);
  });

  test('enters a Fail state again', async () => {
    const { record } = await redriven(machine('F', { F: { Type: 'Fail', Error: 'E' } }), () => false);
    expect(record.events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'FailStateEntered',
      'ExecutionFailed',
      'ExecutionRedriven',
      'FailStateEntered',
      'ExecutionFailed',
    ]);
  });
});
