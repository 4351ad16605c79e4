/** The order of events and what each follows, in cases that were recorded from the real service. */
import type { JsonObject } from '../../../local/states/json.ts';
import { machine, run, TASK, told } from './play.ts';

const task = (more: JsonObject = {}) => ({ Type: 'Task', Resource: TASK, End: true, ...more });
const broken = () => ({ error: 'Broken', cause: 'because' });
const over = (processor: JsonObject, more: JsonObject = {}) =>
  machine('M', {
    M: {
      Type: 'Map',
      Items: [1, 2],
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: 'I', States: { I: processor } },
      End: true,
      ...more,
    },
  });

test('an expression that cannot be evaluated follows the event before its state was entered', async () => {
  const record = await run(
    machine('A', {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Pass', Output: { v: '{% $none %}' }, End: true },
    }),
  );
  expect(told(record, 3)).toEqual([
    '4 PassStateEntered <- 3',
    '5 EvaluationFailed <- 3',
    '6 ExecutionFailed <- 5',
  ]);
  expect(record.cause).toBe(
    "An error occurred while executing the state 'B' (entered at the event id #4). The JSONata expression '$none' specified for the field 'Output/v' returned nothing (undefined).",
  );
});

test('inside of an iteration it fails the iteration and the Map', async () => {
  const record = await run(over({ Type: 'Pass', Output: '{% $none %}', End: true }));
  expect(told(record, 4)).toEqual([
    '5 PassStateEntered <- 4',
    '6 EvaluationFailed <- 4',
    '7 MapIterationFailed <- 6',
    '8 MapStateFailed <- 6',
    '9 ExecutionFailed <- 8',
  ]);
});

test('a Map that is tried again starts again after the event that failed, and is not said to have failed', async () => {
  const record = await run(
    over({ Type: 'Fail', Error: 'E' }, { Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }], Items: [1] }),
  );
  expect(told(record, 2)).toEqual([
    '3 MapStateStarted <- 2',
    '4 MapIterationStarted <- 3',
    '5 FailStateEntered <- 4',
    '6 MapIterationFailed <- 5',
    '7 MapStateStarted <- 5',
    '8 MapIterationStarted <- 7',
    '9 FailStateEntered <- 8',
    '10 MapIterationFailed <- 9',
    '11 MapStateFailed <- 9',
    '12 ExecutionFailed <- 11',
  ]);
});

test('a Map that is caught exits after its failure', async () => {
  const definition = machine('M', {
    M: {
      Type: 'Map',
      Items: [1],
      ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Fail', Error: 'E', Cause: 'C' } } },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
      End: true,
    },
    Caught: { Type: 'Succeed' },
  });
  const record = await run(definition);
  expect(told(record, 5).slice(0, 3)).toEqual([
    '6 MapIterationFailed <- 5',
    '7 MapStateFailed <- 5',
    '8 MapStateExited <- 7',
  ]);
  expect(record.output).toEqual({ Error: 'E', Cause: 'C' });
});

test('iterations at once: all start, all schedule, all are started; one that fails takes the others with it', async () => {
  const record = await run(
    over(task({ TimeoutSeconds: 5 }), { MaxConcurrency: 0 }),
    {},
    async ({ signal }, clock) => {
      await clock.sleep(60_000, signal);
      return { output: null };
    },
  );
  expect(told(record, 2)).toEqual([
    '3 MapStateStarted <- 2',
    '4 MapIterationStarted <- 3',
    '5 MapIterationStarted <- 3',
    '6 TaskStateEntered <- 4',
    '7 LambdaFunctionScheduled <- 6',
    '8 TaskStateEntered <- 5',
    '9 LambdaFunctionScheduled <- 8',
    '10 LambdaFunctionStarted <- 7',
    '11 LambdaFunctionStarted <- 9',
    '12 LambdaFunctionTimedOut <- 10',
    '13 MapIterationFailed <- 12',
    '14 TaskStateAborted <- 12',
    '15 MapIterationAborted <- 12',
    '16 TaskStateAborted <- 12',
    '17 MapStateFailed <- 12',
    '18 ExecutionFailed <- 17',
  ]);
  expect(record).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  expect(record.cause).toBeUndefined();
});

test('a branch that fails: the task is aborted, the state fails, both after the event that failed', async () => {
  const branch = (state: JsonObject) => ({ StartAt: Object.keys(state)[0] ?? '', States: state });
  const record = await run(
    machine('P', { P: { Type: 'Parallel', Branches: [branch({ T: task() })], End: true } }),
    {},
    broken,
  );
  expect(told(record, 2)).toEqual([
    '3 ParallelStateStarted <- 2',
    '4 TaskStateEntered <- 3',
    '5 LambdaFunctionScheduled <- 4',
    '6 LambdaFunctionStarted <- 5',
    '7 LambdaFunctionFailed <- 6',
    '8 TaskStateAborted <- 7',
    '9 ParallelStateFailed <- 7',
    '10 ExecutionFailed <- 9',
  ]);
});

test('a Parallel state exits after the last event of its branches, and so does its success', async () => {
  const branch = (name: string, seconds: number) => ({
    StartAt: name,
    States: { [name]: { Type: 'Wait', Seconds: seconds, End: true } },
  });
  const record = await run(
    machine('P', { P: { Type: 'Parallel', Branches: [branch('A', 9), branch('B', 1)], End: true } }),
    7,
  );
  expect(told(record, 2)).toEqual([
    '3 ParallelStateStarted <- 2',
    '4 WaitStateEntered <- 3',
    '5 WaitStateEntered <- 3',
    '6 WaitStateExited <- 5',
    '7 WaitStateExited <- 4',
    '8 ParallelStateSucceeded <- 7',
    '9 ParallelStateExited <- 7',
    '10 ExecutionSucceeded <- 9',
  ]);
  expect(record.output).toEqual([7, 7]);
});

test('a retried task is scheduled after the event that failed, without being entered again', async () => {
  const record = await run(machine('T', { T: task({ Retry: [{ ErrorEquals: ['Broken'] }] }) }), {}, broken);
  const scheduled = told(record).filter((line) => line.includes('Scheduled'));
  expect(scheduled).toEqual([
    '3 LambdaFunctionScheduled <- 2',
    '6 LambdaFunctionScheduled <- 5',
    '9 LambdaFunctionScheduled <- 8',
    '12 LambdaFunctionScheduled <- 11',
  ]);
  expect(told(record).at(-1)).toBe('15 ExecutionFailed <- 14');
});

test('the machine’s own time-out ends the run with no error, after no event', async () => {
  const record = await run(
    machine('W', { W: { Type: 'Wait', Seconds: 60, End: true } }, { TimeoutSeconds: 5 }),
  );
  expect(told(record).at(-1)).toBe('3 ExecutionTimedOut <- 0');
  expect(record).toMatchObject({ status: 'TIMED_OUT' });
  expect(record.error).toBeUndefined();
  expect((record.stoppedAt ?? 0) - record.startedAt).toBe(5000);
});
