/** What states do with data, time and failures. */
import type { Json, JsonObject } from '../../../local/states/json.ts';
import { machine, path, run, TASK, told } from './play.ts';

const pass = (fields: JsonObject) => machine('A', { A: { Type: 'Pass', End: true, ...fields } });
const value = async (expression: string, input: Json = {}) => {
  const record = await run(pass({ Output: `{% ${expression} %}` }), input);
  return record.status === 'SUCCEEDED'
    ? record.output
    : record.cause?.replace(/^.*\(entered at the event id #2\)\. /, '');
};
const task = (more: JsonObject = {}) => ({ Type: 'Task', Resource: TASK, End: true, ...more });

describe('functions that Step Functions adds to JSONata', () => {
  test.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(0, 6, 2)', [0, 2, 4, 6]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
    ['[$range(1, 9, 9)]', [1]],
    ['$hash("input", "SHA-1")', '140f86aae51ab9e1cda9b4254fe98a74eb54c1a1'],
    ['$random(42)', 0.7275636800328681],
    ['$parse("{\\"a\\":[1,2]}").a[1]', 2],
    ['$length($uuid())', 36],
    ['$millis()', Date.UTC(2026, 0, 1)],
    ['$now()', '2026-01-01T00:00:00.000Z'],
    ['$now("[Y]")', '2026'],
  ])('%s is %j', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected);
  });

  test('$eval is taken away, as AWS takes it away', async () => {
    expect(await value('$eval("1+1")')).toBe(
      `The JSONata expression '$eval("1+1")' specified for the field 'Output' threw an error during evaluation. T1006: Attempted to invoke a non-function`,
    );
  });
});

test.each([
  ['$states.input.none', "specified for the field 'Output' returned nothing (undefined)."],
  ['function($x){$x}', "specified for the field 'Output' returned an unsupported result type."],
  ['$string', "specified for the field 'Output' returned an unsupported result type."],
  [
    '($f := function($x){ $f($x+1) }; $f(1))',
    "specified for the field 'Output' threw an error during evaluation: Expression evaluation timeout: Check for infinite loop",
  ],
])('the cause of a failed %s is AWS’s sentence', async (expression, ending) => {
  expect(await value(expression)).toBe(`The JSONata expression '${expression}' ${ending}`);
});

test('strings with blanks around the braces, paths and keys of JSONPath are plain text', async () => {
  const Output = { ' {% 1 %} ': ' {% $x %} ', 'k.$': '$.x', all: ['$$', '{% 1 + 1 %}'] };
  expect((await run(pass({ Output }))).output).toEqual({
    ' {% 1 %} ': ' {% $x %} ',
    'k.$': '$.x',
    all: ['$$', 2],
  });
});

test('an undefined element names its place in the template', async () => {
  const record = await run(pass({ Output: { a: [1, { b: '{% $no %}' }] } }));
  expect(record.cause).toContain("specified for the field 'Output/a[1]/b' returned nothing");
});

test('the context object has what was recorded', async () => {
  expect(await value('$states.context', { i: 1 })).toEqual({
    Execution: {
      Id: 'arn:aws:states:eu-central-1:000000000000:execution:machine:run',
      Input: { i: 1 },
      StartTime: '2026-01-01T00:00:00.000Z',
      Name: 'run',
      RoleArn: 'arn:aws:iam::000000000000:role/machine',
      RedriveCount: 0,
    },
    StateMachine: { Id: 'arn:aws:states:eu-central-1:000000000000:stateMachine:machine', Name: 'machine' },
    State: { Name: 'A', EnteredTime: '2026-01-01T00:00:00.000Z' },
  });
});

test('Assign and Output both see the variables as they were', async () => {
  const record = await run(
    machine('A', {
      A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: 2, before: '{% $x %}' }, Output: '{% $x %}', Next: 'C' },
      C: { Type: 'Pass', Output: ['{% $states.input %}', '{% $x %}', '{% $before %}'], End: true },
    }),
  );
  expect(record.output).toEqual([1, 2, 1]);
});

test('branches and iterations read the variables around them; what they assign stays inside', async () => {
  const inner = {
    StartAt: 'I',
    States: {
      I: { Type: 'Pass', Assign: { own: '{% $x + $states.input %}' }, Next: 'O' },
      O: { Type: 'Pass', Output: '{% $own %}', End: true },
    },
  };
  const definition = machine('A', {
    A: { Type: 'Pass', Assign: { x: 10 }, Next: 'M' },
    M: { Type: 'Map', Items: [1, 2], ItemProcessor: inner, Next: 'Z' },
    Z: { Type: 'Pass', Output: { all: '{% $states.input %}', own: '{% $exists($own) %}' }, End: true },
  });
  expect((await run(definition)).output).toEqual({ all: [11, 12], own: false });
});

test('ItemSelector sees the item, its index and the variables', async () => {
  const definition = machine('M', {
    M: {
      Type: 'Map',
      Items: '{% $states.input.list %}',
      ItemSelector: {
        index: '{% $states.context.Map.Item.Index %}',
        item: '{% $states.context.Map.Item.Value %}',
        more: '{% $states.input.more %}',
      },
      ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
      End: true,
    },
  });
  const record = await run(definition, { list: ['a', 'b'], more: true });
  expect(record.output).toEqual([
    { index: 0, item: 'a', more: true },
    { index: 1, item: 'b', more: true },
  ]);
});

test('MaxConcurrency limits how many iterations run; the outputs keep the order of the items', async () => {
  let [running, most] = [0, 0];
  const definition = machine('M', {
    M: {
      Type: 'Map',
      Items: [5, 1, 3, 2, 4],
      MaxConcurrency: '{% 2 %}',
      ItemProcessor: { StartAt: 'I', States: { I: task() } },
      End: true,
    },
  });
  const record = await run(definition, {}, async (call, clock) => {
    most = Math.max(most, ++running);
    await clock.sleep(Number(call.arguments) * 1000);
    running--;
    return { output: call.arguments };
  });
  expect(record.output).toEqual([5, 1, 3, 2, 4]);
  expect(most).toBe(2);
});

test('a Map tolerates as many failures as it says', async () => {
  const map = (tolerated: JsonObject) =>
    machine('M', {
      M: {
        Type: 'Map',
        Items: [1, 2, 3, 4],
        ItemProcessor: { StartAt: 'I', States: { I: task() } },
        End: true,
        ...tolerated,
      },
    });
  const odd = (call: { arguments: Json }) =>
    Number(call.arguments) % 2 === 1 ? { error: 'Odd' } : { output: call.arguments };
  expect((await run(map({ ToleratedFailureCount: 2 }), {}, odd)).output).toEqual([2, 4]);
  expect((await run(map({ ToleratedFailurePercentage: 25 }), {}, odd)).error).toBe('Odd');
});

test('Wait waits for seconds, and until a time with an offset', async () => {
  const definition = machine('A', {
    A: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', Next: 'B' },
    B: { Type: 'Wait', Timestamp: '2026-01-01T02:01:00+01:00', Next: 'C' },
    C: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', Output: 'there', End: true },
  });
  const record = await run(definition, { seconds: 90 });
  expect((record.stoppedAt ?? 0) - record.startedAt).toBe(3_660_000);
  expect(record.output).toBe('there');
});

test.each([
  '2016-12-05 21:29:29Z',
  '2016-02-30T00:00:00Z',
  '2016-12-05T25:00:00Z',
  '2016-12-05T21:29:29',
  'tomorrow',
])('the timestamp %s is refused with AWS’s sentence', async (text) => {
  const record = await run(
    machine('A', { A: { Type: 'Wait', Timestamp: '{% $states.input %}', End: true } }),
    text,
  );
  expect(record).toMatchObject({
    error: 'States.QueryEvaluationError',
    cause: `An error occurred while executing the state 'A' (entered at the event id #2). The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
  });
});

test('a Choice takes the first rule that is true, with the rule’s own Assign and Output', async () => {
  const definition = machine('A', {
    A: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input > 10 %}', Next: 'B', Output: 'large' },
        { Condition: '{% $states.input > 5 %}', Next: 'B', Output: 'middle' },
      ],
      Default: 'B',
      Output: 'small',
    },
    B: { Type: 'Succeed' },
  });
  const outputs = await Promise.all([20, 7, 1].map(async (input) => (await run(definition, input)).output));
  expect(outputs).toEqual(['large', 'middle', 'small']);
});

test('a Choice without a match and without Default ends the execution', async () => {
  const definition = machine('A', {
    A: { Type: 'Choice', Choices: [{ Condition: false, Next: 'B' }] },
    B: { Type: 'Succeed' },
  });
  const record = await run(definition);
  expect(told(record)).toEqual([
    '1 ExecutionStarted <- 0',
    '2 ChoiceStateEntered <- 0',
    '3 ExecutionFailed <- 2',
  ]);
  expect(record).toMatchObject({
    error: 'States.Runtime',
    cause: `An error occurred while executing the state 'A' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.`,
  });
});

test('a Condition that is not a boolean fails the state', async () => {
  const definition = machine('A', {
    A: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'B' }], Default: 'B' },
    B: { Type: 'Succeed' },
  });
  expect((await run(definition)).cause).toContain(
    "The JSONata expression '1' specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1",
  );
});

describe('Retry', () => {
  const waits = async (retry: JsonObject, attempts: number) => {
    const at: number[] = [];
    const record = await run(
      machine('A', { A: task({ Retry: [{ ErrorEquals: ['E'], ...retry }] }) }),
      {},
      (_call, clock) => {
        at.push(clock.now());
        return at.length < attempts ? { error: 'E' } : { output: 'done' };
      },
    );
    return { record, gaps: at.slice(1).map((time, index) => (time - (at[index] ?? 0)) / 1000) };
  };

  test('waits one second, then twice as long each time, three times at most', async () => {
    const { record, gaps } = await waits({}, 9);
    expect(gaps).toEqual([1, 2, 4]);
    expect(record).toMatchObject({ status: 'FAILED', error: 'E' });
  });

  test('honours IntervalSeconds, BackoffRate, MaxDelaySeconds and MaxAttempts', async () => {
    const given = { IntervalSeconds: 3, BackoffRate: 3, MaxDelaySeconds: 20, MaxAttempts: 4 };
    const { record, gaps } = await waits(given, 5);
    expect(gaps).toEqual([3, 9, 20, 20]);
    expect(record.output).toBe('done');
  });

  test('JitterStrategy FULL takes a part of the wait', async () => {
    const { gaps } = await waits({ IntervalSeconds: 10, JitterStrategy: 'FULL' }, 2);
    expect(gaps).toEqual([5]);
  });

  test('MaxAttempts 0 tries once', async () => {
    expect((await waits({ MaxAttempts: 0 }, 9)).gaps).toEqual([]);
  });

  test('each retrier counts for itself, and arguments are evaluated anew with the count', async () => {
    const counts: Json[] = [];
    const definition = machine('A', {
      A: task({
        Arguments: '{% $states.context.State.RetryCount %}',
        Retry: [
          { ErrorEquals: ['X'], MaxAttempts: 1 },
          { ErrorEquals: ['States.ALL'], MaxAttempts: 1 },
        ],
      }),
    });
    const errors = ['X', 'Y', 'X'];
    const record = await run(definition, {}, (call) => {
      counts.push(call.arguments);
      return { error: errors[counts.length - 1] ?? '' };
    });
    expect(counts).toEqual([0, 1, 2]);
    expect(record.error).toBe('X');
  });
});

describe('Catch', () => {
  const caught = async (errorEquals: string, error: string) => {
    const definition = machine('A', {
      A: task({
        Catch: [{ ErrorEquals: [errorEquals], Next: 'B', Output: 'caught' }],
        TimeoutSeconds: 5,
        HeartbeatSeconds: 2,
      }),
      B: { Type: 'Succeed' },
    });
    const record = await run(definition, {}, async (_call, clock) => {
      if (error !== 'heartbeat') return { error };
      await clock.sleep(60_000);
      return { output: null };
    });
    return record.output === 'caught';
  };

  test.each([
    ['States.ALL', 'Any', true],
    ['States.TaskFailed', 'Any', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.Timeout', 'States.Timeout', true],
    ['States.Timeout', 'heartbeat', true],
    ['States.HeartbeatTimeout', 'heartbeat', true],
    ['States.ALL', 'heartbeat', true],
    ['Other', 'Any', false],
  ])('%s and a task that fails with %s: %s', async (errorEquals, error, expected) => {
    expect(await caught(errorEquals, error)).toBe(expected);
  });

  test('only the catcher’s Assign and Output run, and both see the error', async () => {
    const definition = machine('A', {
      A: task({
        Assign: { own: 'never' },
        Output: 'never',
        Catch: [
          { ErrorEquals: ['Other'], Next: 'B' },
          {
            ErrorEquals: ['E'],
            Assign: { seen: '{% $states.errorOutput.Error %}' },
            Output: { cause: '{% $states.errorOutput.Cause %}', input: '{% $states.input %}' },
            Next: 'B',
          },
        ],
      }),
      B: { Type: 'Pass', Output: ['{% $states.input %}', '{% $seen %}', '{% $exists($own) %}'], End: true },
    });
    const record = await run(definition, 7, () => ({ error: 'E', cause: 'C' }));
    expect(record.output).toEqual([{ cause: 'C', input: 7 }, 'E', false]);
    expect(path(record)).toEqual(['A', 'B']);
  });

  test('an expression of the task that fails can be caught', async () => {
    const definition = machine('A', {
      A: task({
        Output: '{% $none %}',
        Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'B' }],
      }),
      B: { Type: 'Succeed' },
    });
    expect((await run(definition)).output).toMatchObject({ Error: 'States.QueryEvaluationError' });
  });

  test('a catcher whose own expression fails does not catch itself', async () => {
    const definition = machine('A', {
      A: task({ Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $none %}', Next: 'B' }] }),
      B: { Type: 'Succeed' },
    });
    const record = await run(definition, {}, () => ({ error: 'E' }));
    expect(record.cause).toContain("specified for the field 'Catch[0]/Output' returned nothing");
  });
});

test('states of JSONPath in a mixed machine pass data and variables on', async () => {
  const definition: JsonObject = {
    StartAt: 'Old',
    States: {
      Old: {
        Type: 'Pass',
        Parameters: { 'list.$': '$.items[1]', name: 'fixed', 'who.$': '$$.Execution.Name' },
        ResultPath: '$.made.here',
        Assign: { 'first.$': '$.list', constant: '$.no.path' },
        Next: 'New',
      },
      New: { Type: 'Pass', QueryLanguage: 'JSONata', Assign: { second: '{% $first * 2 %}' }, Next: 'Last' },
      Last: { Type: 'Pass', InputPath: '$.made', OutputPath: '$second', End: true },
    },
  };
  const record = await run(definition, { items: [1, 21] });
  const exits = record.events.filter(({ type }) => type === 'PassStateExited').map(({ details }) => details);
  expect(exits).toEqual([
    {
      name: 'Old',
      output: { items: [1, 21], made: { here: { list: 21, name: 'fixed', who: 'run' } } },
      assignedVariables: { first: 21, constant: '$.no.path' },
    },
    expect.objectContaining({ assignedVariables: { second: 42 } }),
    { name: 'Last', output: 42 },
  ]);
});

test('a path that leads nowhere ends the run as States.Runtime, which nothing catches', async () => {
  const definition: JsonObject = {
    StartAt: 'A',
    States: {
      A: { Type: 'Pass', QueryLanguage: 'JSONata', Next: 'B' },
      B: {
        Type: 'Task',
        Resource: TASK,
        Parameters: { 'x.$': '$.none' },
        Catch: [{ ErrorEquals: ['States.Runtime'], Next: 'C' }],
        Next: 'C',
      },
      C: { Type: 'Succeed' },
    },
  };
  const record = await run(definition, { a: 1 });
  expect(record).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: `An error occurred while executing the state 'B' (entered at the event id #4). The JSONPath '$.none' specified for the field 'x.$' could not be found in the input '{"a":1}'`,
  });
});
