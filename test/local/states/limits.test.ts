/** What a run may not exceed. */
import { machine, run, TASK } from './play.ts';

const LARGE = 'x'.repeat(262_143);

test('a task’s result of more than 256 KiB fails it with States.DataLimitExceeded, which States.ALL catches', async () => {
  const definition = machine('A', {
    A: { Type: 'Task', Resource: TASK, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }], End: true },
    B: { Type: 'Succeed' },
  });
  const record = await run(definition, {}, () => ({ output: LARGE }));
  expect(record.output).toEqual({
    Error: 'States.DataLimitExceeded',
    Cause: `The state/task '${TASK}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  });
});

test('the size is that of the JSON in UTF-8', async () => {
  const definition = machine('A', { A: { Type: 'Task', Resource: TASK, End: true } });
  const euros = (count: number) => run(definition, {}, () => ({ output: '€'.repeat(count) }));
  expect((await euros(87_380)).status).toBe('SUCCEEDED');
  expect((await euros(87_381)).error).toBe('States.DataLimitExceeded');
});

test('a state’s own output of more than 256 KiB ends the run, and States.ALL does not catch it', async () => {
  const definition = machine('A', {
    A: {
      Type: 'Task',
      Resource: TASK,
      Output: '{% $states.result & $states.result %}',
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }],
      Next: 'B',
    },
    B: { Type: 'Succeed' },
  });
  const record = await run(definition, {}, () => ({ output: 'x'.repeat(200_000) }));
  expect(record).toMatchObject({
    status: 'FAILED',
    error: 'States.DataLimitExceeded',
    cause:
      "The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit.",
  });
});

test('the 25,000th event is the last one', async () => {
  const record = await run(
    machine('A', {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Condition: false, Next: 'C' }], Default: 'A' },
      C: { Type: 'Succeed' },
    }),
  );
  expect(record.events).toHaveLength(25_000);
  expect(record.events.at(-1)).toMatchObject({
    id: 25_000,
    type: 'ExecutionFailed',
    details: { cause: 'The execution reached the maximum number of history events (25000).' },
  });
});

test('hundreds of whole executions fit in a second', async () => {
  const definition = machine('A', {
    A: {
      Type: 'Task',
      Resource: TASK,
      Arguments: '{% $states.input %}',
      Assign: { x: '{% $states.result %}' },
      Next: 'B',
    },
    B: { Type: 'Wait', Seconds: 3600, Next: 'C' },
    C: { Type: 'Choice', Choices: [{ Condition: '{% $x.n < 3 %}', Next: 'D' }], Default: 'E' },
    D: { Type: 'Pass', Output: { n: '{% $x.n + 1 %}' }, Next: 'A' },
    E: { Type: 'Succeed' },
  });
  const began = performance.now();
  let count = 0;
  while (performance.now() - began < 1000) {
    expect((await run(definition, { n: 0 }, ({ arguments: given }) => ({ output: given }))).status).toBe(
      'SUCCEEDED',
    );
    count++;
  }
  expect(count).toBeGreaterThan(200);
});
