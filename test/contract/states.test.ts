import * as sfn from '@aws-sdk/client-sfn';
import { VirtualClock } from '../../local/clock.ts';
import type { LambdaPort } from '../../local/ports.ts';
import { AwsError } from '../../local/service.ts';
import { worldOfFile } from '../setup/world.ts';

const clock = new VirtualClock();
const world = await worldOfFile({
  clock,
  volatile: true,
  services: ['iam', 'logs', 'monitoring', 'dynamodb', 'states'],
});
const states = new sfn.SFNClient({ ...world.client, disableHostPrefix: true });
/** A request is real work: virtual time stands still until it is answered. */
const send = states.send.bind(states) as (command: object) => Promise<object>;
states.send = ((command: object) => clock.during(send(command))) as typeof states.send;

/** What the bus got, and what functions do; the services themselves are tested elsewhere. */
const bus: { detailType: string; resources: readonly string[]; detail: Record<string, unknown> }[] = [];
const listeners = new Set<() => void>();
world.ports.events = {
  emit(event) {
    bus.push(event);
    for (const listener of listeners) listener();
  },
};
const functions: Record<string, (payload: unknown, signal?: AbortSignal) => unknown> = {};
const lambda: LambdaPort = {
  async invoke(arn, payload, signal) {
    const run = functions[arn.split(':').at(-1) ?? ''];
    if (!run) throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, {}, 404);
    try {
      return { payload: await run(payload, signal), executedVersion: '$LATEST' };
    } catch (error) {
      const { name, message } = error as Error;
      return {
        payload: { errorType: name, errorMessage: message },
        functionError: 'Unhandled',
        executedVersion: '$LATEST',
      };
    }
  },
};
world.ports.lambda = lambda;

async function role(name: string, statements: readonly object[]): Promise<string> {
  const provisioner = world.services.get('iam')?.provisioners?.['AWS::IAM::Role'];
  const made = await provisioner?.provision(
    {
      RoleName: name,
      AssumeRolePolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'states.amazonaws.com' } },
        ],
      },
      Policies: [{ PolicyName: 'all', PolicyDocument: { Statement: statements } }],
    },
    { stack: 'test', logicalId: name },
  );
  return String(made?.attributes?.['Arn']);
}
const roleArn = await role('machine', [
  { Effect: 'Allow', Action: ['lambda:InvokeFunction', 'dynamodb:*', 'states:*'], Resource: '*' },
]);

const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const jsonata = (startAt: string, all: object, more: object = {}) =>
  JSON.stringify({ QueryLanguage: 'JSONata', StartAt: startAt, States: all, ...more });
const pass = jsonata('Only', { Only: { Type: 'Pass', End: true } });
const invoke = (name: string, more: object = {}) =>
  jsonata('Call', {
    Call: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
      Output: '{% $states.result.Payload %}',
      End: true,
      ...more,
    },
  });

let made = 0;
async function machine(definition: string, more: Partial<sfn.CreateStateMachineCommandInput> = {}) {
  const name = `machine-${++made}`;
  const { stateMachineArn } = await states.send(
    new sfn.CreateStateMachineCommand({ name, definition, roleArn, ...more }),
  );
  return stateMachineArn as string;
}

async function start(stateMachineArn: string, input: unknown = {}, name?: string): Promise<string> {
  const { executionArn } = await states.send(
    new sfn.StartExecutionCommand({
      stateMachineArn,
      input: JSON.stringify(input),
      ...(name ? { name } : {}),
    }),
  );
  return executionArn as string;
}

/** Waits until the bus has heard that the execution has ended; virtual time passes meanwhile. */
async function ended(executionArn: string) {
  const isOver = () =>
    bus.some(({ detail }) => detail['executionArn'] === executionArn && detail['stopDate'] !== null);
  await new Promise<void>((resolve) => {
    const listener = () => {
      if (!isOver()) return;
      listeners.delete(listener);
      resolve();
    };
    listeners.add(listener);
    listener();
  });
  return states.send(new sfn.DescribeExecutionCommand({ executionArn }));
}

async function history(executionArn: string, more: Partial<sfn.GetExecutionHistoryCommandInput> = {}) {
  const { events = [] } = await states.send(new sfn.GetExecutionHistoryCommand({ executionArn, ...more }));
  return events;
}

test('CreateStateMachine is idempotent, and refuses another machine of the same name', async () => {
  const given = { name: 'same', definition: pass, roleArn };
  const first = await states.send(new sfn.CreateStateMachineCommand(given));
  const second = await states.send(new sfn.CreateStateMachineCommand(given));
  expect(first.stateMachineArn).toBe('arn:aws:states:us-east-1:000000000000:stateMachine:same');
  expect(second.creationDate).toEqual(first.creationDate);
  const other = { ...given, definition: invoke('x') };
  await expect(states.send(new sfn.CreateStateMachineCommand(other))).rejects.toMatchObject({
    name: 'StateMachineAlreadyExists',
    message: `State Machine Already Exists: '${first.stateMachineArn}'`,
  });
});

test('CreateStateMachine refuses a definition with the sentence of AWS', async () => {
  await expect(machine('{"StartAt":"A"}')).rejects.toMatchObject({
    name: 'InvalidDefinition',
    message: `Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'`,
  });
});

test('CreateStateMachine refuses a machine in JSONPath and names its state', async () => {
  const jsonPath = '{"StartAt":"Old","States":{"Old":{"Type":"Pass","End":true}}}';
  await expect(machine(jsonPath)).rejects.toMatchObject({
    name: 'InvalidDefinition',
    message: expect.stringContaining(`State 'Old' uses JSONPath`),
  });
});

test('CreateStateMachine refuses an action that the service does not have', async () => {
  const definition = jsonata('A', {
    A: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:dynamodb:putThing', End: true },
  });
  await expect(machine(definition)).rejects.toMatchObject({
    message: expect.stringContaining(
      'The resource provided arn:aws:states:::aws-sdk:dynamodb:putThing is not recognized.',
    ),
  });
});

test('CreateStateMachine refuses a role that Step Functions may not assume', async () => {
  await expect(machine(pass, { roleArn: 'arn:aws:iam::000000000000:role/nobody' })).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('is authorized to assume the provided role.'),
  });
});

test('UpdateStateMachine changes new executions and leaves running ones alone', async () => {
  const before = jsonata('Wait', {
    Wait: { Type: 'Wait', Seconds: 5, Next: 'End' },
    End: { Type: 'Pass', Output: 'old', End: true },
  });
  const stateMachineArn = await machine(before);
  const running = await start(stateMachineArn);
  const definition = before.replace('"old"', '"new"');
  const { revisionId } = await states.send(
    new sfn.UpdateStateMachineCommand({ stateMachineArn, definition }),
  );
  const later = await start(stateMachineArn);
  expect((await ended(running)).output).toBe('"old"');
  expect((await ended(later)).output).toBe('"new"');
  const described = await states.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
  expect(described).toMatchObject({ definition, revisionId, status: 'ACTIVE', type: 'STANDARD' });
  const of = await states.send(new sfn.DescribeStateMachineForExecutionCommand({ executionArn: running }));
  expect(of).toMatchObject({ definition: before, stateMachineArn });
  await expect(states.send(new sfn.UpdateStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject({
    name: 'MissingRequiredParameter',
  });
});

test('DescribeStateMachine tells logging, tracing and the variables that states read', async () => {
  const stateMachineArn = await machine(
    jsonata('A', {
      A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' },
      B: { Type: 'Pass', Output: '{% $x + $y %}', End: true },
    }),
  );
  const described = await states.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
  expect(described).toMatchObject({
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    variableReferences: { B: ['x', 'y'] },
  });
  await expect(
    states.send(new sfn.DescribeStateMachineCommand({ stateMachineArn: 'not_a_valid_arn' })),
  ).rejects.toMatchObject({
    name: 'InvalidArn',
    message: `Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'`,
  });
});

test('ListStateMachines lists by name, page by page', async () => {
  for (let count = 0; count < 3; count++) await machine(pass);
  const first = await states.send(new sfn.ListStateMachinesCommand({ maxResults: 2 }));
  expect(first.stateMachines).toHaveLength(2);
  const second = await states.send(new sfn.ListStateMachinesCommand({ nextToken: first.nextToken }));
  const names = [...(first.stateMachines ?? []), ...(second.stateMachines ?? [])].map(({ name }) => name);
  expect(names).toEqual([...names].sort());
  await expect(states.send(new sfn.ListStateMachinesCommand({ maxResults: 1001 }))).rejects.toMatchObject({
    message:
      "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
  });
});

test('DeleteStateMachine waits for the executions of the machine, and is no error for one that is not there', async () => {
  const stateMachineArn = await machine(jsonata('Wait', { Wait: { Type: 'Wait', Seconds: 60, End: true } }));
  const executionArn = await start(stateMachineArn);
  await states.send(new sfn.DeleteStateMachineCommand({ stateMachineArn }));
  await expect(start(stateMachineArn)).rejects.toMatchObject({ name: 'StateMachineDeleting' });
  expect((await ended(executionArn)).status).toBe('SUCCEEDED');
  await states.send(new sfn.DeleteStateMachineCommand({ stateMachineArn }));
  await expect(start(stateMachineArn)).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
    message: `State Machine Does Not Exist: '${stateMachineArn}'`,
  });
});

test('ValidateStateMachineDefinition tells every problem with its place', async () => {
  const validate = (definition: string) =>
    states.send(new sfn.ValidateStateMachineDefinitionCommand({ definition }));
  expect(await validate(pass)).toMatchObject({ result: 'OK', diagnostics: [], truncated: false });
  expect(await validate('{}')).toMatchObject({
    result: 'FAIL',
    diagnostics: [
      {
        severity: 'ERROR',
        code: 'SCHEMA_VALIDATION_FAILED',
        message: 'These fields are required: [States, StartAt]',
        location: '/',
      },
    ],
  });
});

test('TagResource, UntagResource and ListTagsForResource keep tags of machines', async () => {
  const resourceArn = await machine(pass, { tags: [{ key: 'a', value: '1' }] });
  await states.send(new sfn.TagResourceCommand({ resourceArn, tags: [{ key: 'b', value: '2' }] }));
  await states.send(new sfn.UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
  const { tags } = await states.send(new sfn.ListTagsForResourceCommand({ resourceArn }));
  expect(tags).toEqual([{ key: 'b', value: '2' }]);
});

test('StartExecution with the same name and input is the same execution while it runs, and a taken name afterwards', async () => {
  const stateMachineArn = await machine(jsonata('Wait', { Wait: { Type: 'Wait', Seconds: 60, End: true } }));
  const first = await start(stateMachineArn, { a: 1 }, 'one');
  expect(await start(stateMachineArn, { a: 1 }, 'one')).toBe(first);
  const taken = { name: 'ExecutionAlreadyExists', message: `Execution Already Exists: '${first}'` };
  await expect(start(stateMachineArn, { a: 2 }, 'one')).rejects.toMatchObject(taken);
  await ended(first);
  await expect(start(stateMachineArn, { a: 1 }, 'one')).rejects.toMatchObject(taken);
  await clock.sleep(91 * 24 * 3_600_000);
  expect(await start(stateMachineArn, { a: 1 }, 'one')).toBe(first);
});

test('StartExecution refuses names and inputs that AWS refuses', async () => {
  const stateMachineArn = await machine(pass);
  const send = (more: object) => states.send(new sfn.StartExecutionCommand({ stateMachineArn, ...more }));
  await expect(send({ name: 'a:b' })).rejects.toMatchObject({
    name: 'InvalidName',
    message: `Invalid Name: 'a:b'`,
  });
  await expect(send({ name: 'x'.repeat(81) })).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(send({ input: 'not JSON' })).rejects.toMatchObject({
    name: 'InvalidExecutionInput',
    message: expect.stringMatching(/^Invalid State Machine Execution Input: '/),
  });
  await expect(send({ input: JSON.stringify('x'.repeat(262_144)) })).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('Member must have length less than or equal to 262144'),
  });
});

test('StartSyncExecution is for Express workflows only', async () => {
  const stateMachineArn = await machine(pass);
  await expect(states.send(new sfn.StartSyncExecutionCommand({ stateMachineArn }))).rejects.toMatchObject({
    name: 'StateMachineTypeNotSupported',
  });
});

test('DescribeExecution tells output, or error and cause, and whether a redrive is possible', async () => {
  const good = await ended(await start(await machine(pass), { a: 1 }));
  expect(good).toMatchObject({
    status: 'SUCCEEDED',
    input: '{"a":1}',
    output: '{"a":1}',
    inputDetails: { included: true },
    outputDetails: { included: true },
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
  });
  const bad = await ended(
    await start(await machine(jsonata('F', { F: { Type: 'Fail', Error: 'E', Cause: 'C' } }))),
  );
  expect(bad).toMatchObject({ status: 'FAILED', error: 'E', cause: 'C', redriveStatus: 'REDRIVABLE' });
  expect(bad.output).toBeUndefined();
  const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:no:one';
  await expect(states.send(new sfn.DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject({
    name: 'ExecutionDoesNotExist',
    message: `Execution Does Not Exist: '${executionArn}'`,
  });
});

test('ListExecutions lists the newest first, by status, page by page', async () => {
  const stateMachineArn = await machine(
    jsonata('F', {
      F: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.ok %}', Next: 'G' }], Default: 'B' },
      G: { Type: 'Succeed' },
      B: { Type: 'Fail' },
    }),
  );
  const arns: string[] = [];
  for (const ok of [true, false, true]) {
    arns.push(await start(stateMachineArn, { ok }));
    await clock.sleep(1000);
  }
  const list = (more: object = {}) =>
    states.send(new sfn.ListExecutionsCommand({ stateMachineArn, ...more }));
  const all = await list({ maxResults: 2 });
  expect(all.executions?.map(({ executionArn }) => executionArn)).toEqual([arns[2], arns[1]]);
  const rest = await list({ nextToken: all.nextToken });
  expect(rest.executions?.map(({ executionArn }) => executionArn)).toEqual([arns[0]]);
  const failed = await list({ statusFilter: 'FAILED' });
  expect(failed.executions?.map(({ executionArn }) => executionArn)).toEqual([arns[1]]);
  await expect(list({ statusFilter: 'succeeded' as sfn.ExecutionStatus })).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('[SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]'),
  });
});

test('GetExecutionHistory gives text for data, in either order, in pages, and without data where none is wanted', async () => {
  const executionArn = await start(await machine(pass), { a: 1 });
  await ended(executionArn);
  const events = await history(executionArn);
  expect(events.map(({ type, previousEventId }) => [type, previousEventId])).toEqual([
    ['ExecutionStarted', 0],
    ['PassStateEntered', 0],
    ['PassStateExited', 2],
    ['ExecutionSucceeded', 3],
  ]);
  expect(events[0]).toMatchObject({
    executionStartedEventDetails: { input: '{"a":1}', inputDetails: { truncated: false }, roleArn },
  });
  expect(events[2]?.stateExitedEventDetails).toMatchObject({ name: 'Only', output: '{"a":1}' });
  expect((await history(executionArn, { reverseOrder: true })).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  const bare = await history(executionArn, { includeExecutionData: false });
  expect(bare[1]?.stateEnteredEventDetails).toEqual({ name: 'Only' });
  const page = await states.send(new sfn.GetExecutionHistoryCommand({ executionArn, maxResults: 3 }));
  const next = { executionArn, nextToken: page.nextToken };
  const second = await states.send(new sfn.GetExecutionHistoryCommand(next));
  expect(second.events?.map(({ id }) => id)).toEqual([4]);
  await expect(
    states.send(new sfn.GetExecutionHistoryCommand({ executionArn, nextToken: 'x' })),
  ).rejects.toMatchObject({ name: 'InvalidToken' });
});

test('StopExecution aborts at once, follows no event, and ends the call that is out', async () => {
  let aborted = false;
  functions['slow'] = (_payload, signal) =>
    new Promise((resolve) =>
      signal?.addEventListener('abort', () => {
        aborted = true;
        resolve(undefined);
      }),
    );
  const executionArn = await start(await machine(invoke('slow')));
  await clock.sleep(10);
  await states.send(new sfn.StopExecutionCommand({ executionArn, error: 'Mine', cause: 'I said so' }));
  const described = await ended(executionArn);
  expect(described).toMatchObject({ status: 'ABORTED', error: 'Mine', cause: 'I said so' });
  expect((await history(executionArn)).at(-1)).toMatchObject({
    type: 'ExecutionAborted',
    previousEventId: 0,
  });
  expect(aborted).toBe(true);
  await states.send(new sfn.StopExecutionCommand({ executionArn }));
});

test('RedriveExecution goes on at the state that failed', async () => {
  let broken = true;
  functions['flaky'] = () => {
    if (broken) throw new Error('not yet');
    return 'done';
  };
  const definition = jsonata('First', {
    First: { Type: 'Pass', Assign: { kept: 7 }, Next: 'Call' },
    Call: {
      Type: 'Task',
      Resource: functionArn('flaky'),
      Output: {
        result: '{% $states.result %}',
        kept: '{% $kept %}',
        redriven: '{% $states.context.Execution.RedriveCount %}',
      },
      End: true,
    },
  });
  const executionArn = await start(await machine(definition));
  expect((await ended(executionArn)).status).toBe('FAILED');
  broken = false;
  const redrive = () => states.send(new sfn.RedriveExecutionCommand({ executionArn, clientToken: 'once' }));
  bus.length = 0;
  const { redriveDate } = await redrive();
  const described = await ended(executionArn);
  expect(described).toMatchObject({
    status: 'SUCCEEDED',
    output: '{"result":"done","kept":7,"redriven":1}',
    redriveCount: 1,
    redriveDate,
  });
  const types = (await history(executionArn)).map(({ type }) => type);
  expect(types.slice(-6)).toEqual([
    'ExecutionRedriven',
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  expect((await redrive()).redriveDate).toEqual(redriveDate);
  await expect(states.send(new sfn.RedriveExecutionCommand({ executionArn }))).rejects.toMatchObject({
    name: 'ExecutionNotRedrivable',
  });
});

const waiting = (more: object = {}) =>
  jsonata('Ask', {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
      End: true,
      ...more,
    },
  });

async function asked(definition: string): Promise<{ executionArn: string; taskToken: string }> {
  const token = new Promise<string>((resolve) => {
    functions['ask'] = (payload) => resolve((payload as { token: string }).token);
  });
  const executionArn = await start(await machine(definition));
  return { executionArn, taskToken: await token };
}

test('SendTaskSuccess ends a task that waits for its token, once', async () => {
  const { executionArn, taskToken } = await asked(waiting());
  await clock.sleep(3_600_000);
  const answer = { taskToken, output: '{"approved":true}' };
  await expect(
    states.send(new sfn.SendTaskSuccessCommand({ ...answer, output: 'no JSON' })),
  ).rejects.toMatchObject({ name: 'InvalidOutput' });
  await states.send(new sfn.SendTaskSuccessCommand(answer));
  expect((await ended(executionArn)).output).toBe('{"approved":true}');
  expect((await history(executionArn)).map(({ type }) => type)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  await expect(states.send(new sfn.SendTaskSuccessCommand(answer))).rejects.toMatchObject({
    name: 'TaskTimedOut',
    message: "Task Timed Out: 'Provided task does not exist anymore'",
  });
  await expect(
    states.send(new sfn.SendTaskSuccessCommand({ taskToken: 'made up', output: '1' })),
  ).rejects.toMatchObject({ name: 'InvalidToken', message: "Invalid Token: 'Invalid token'" });
});

test('SendTaskFailure fails it with the error and cause that it gives', async () => {
  const { executionArn, taskToken } = await asked(waiting());
  await states.send(new sfn.SendTaskFailureCommand({ taskToken, error: 'Rejected', cause: 'by me' }));
  expect(await ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: 'by me' });
});

test('SendTaskHeartbeat keeps a task alive; without one it times out as States.Timeout', async () => {
  const { executionArn, taskToken } = await asked(waiting({ HeartbeatSeconds: 10 }));
  for (let beat = 0; beat < 5; beat++) {
    await clock.sleep(8000);
    await states.send(new sfn.SendTaskHeartbeatCommand({ taskToken }));
  }
  const described = await ended(executionArn);
  expect(described).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  expect(described.cause).toBeUndefined();
  const took = Number(described.stopDate) - Number(described.startDate);
  expect(took).toBeGreaterThanOrEqual(50_000);
  await expect(states.send(new sfn.SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject({
    name: 'TaskTimedOut',
  });
});

test('every status change is an event of aws.states with the detail of AWS', async () => {
  const executionArn = await start(await machine(pass), { a: 1 });
  await ended(executionArn);
  const mine = bus.filter(({ resources }) => resources[0] === executionArn);
  expect(mine.map(({ detail }) => detail['status'])).toEqual(['RUNNING', 'SUCCEEDED']);
  expect(mine[1]).toMatchObject({
    detailType: 'Step Functions Execution Status Change',
    detail: {
      executionArn,
      input: '{"a":1}',
      output: '{"a":1}',
      inputDetails: { included: true },
      outputDetails: { included: true },
      stopDate: expect.any(Number),
      error: null,
      cause: null,
      redriveCount: 0,
    },
  });
});

test('CloudWatch counts executions and their time', async () => {
  const stateMachineArn = await machine(jsonata('Wait', { Wait: { Type: 'Wait', Seconds: 30, End: true } }));
  const from = clock.now();
  await ended(await start(stateMachineArn));
  const metric = (name: string) =>
    world.ports.metrics.statistics(
      { namespace: 'AWS/States', name, dimensions: { StateMachineArn: stateMachineArn } },
      from - 60_000,
      clock.now() + 60_000,
    );
  expect(metric('ExecutionsStarted')).toMatchObject({ sum: 1 });
  expect(metric('ExecutionsSucceeded')).toMatchObject({ sum: 1 });
  expect(metric('ExecutionTime')).toMatchObject({ sum: 30_000 });
});

test('LoggingConfiguration writes the events that its level lets through', async () => {
  world.ports.logs.append('/machines', 'first', []);
  const logGroupArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/machines:*';
  const logged: string[] = [];
  const { append } = world.ports.logs;
  world.ports.logs.append = (group, stream, lines) => {
    logged.push(...lines.map(({ message }) => message));
    append(group, stream, lines);
  };
  const logging = (level: sfn.LogLevel, includeExecutionData: boolean) => ({
    loggingConfiguration: {
      level,
      includeExecutionData,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
    },
  });
  const failing = jsonata('P', { P: { Type: 'Pass', Next: 'F' }, F: { Type: 'Fail', Error: 'E' } });
  await ended(await start(await machine(failing, logging('ALL', true)), { a: 1 }));
  expect(logged.map((line) => JSON.parse(line).type)).toEqual([
    'ExecutionStarted',
    'PassStateEntered',
    'PassStateExited',
    'FailStateEntered',
    'ExecutionFailed',
  ]);
  expect(JSON.parse(logged[1] ?? '')).toMatchObject({
    id: '2',
    previous_event_id: '0',
    redrive_count: '0',
    details: { input: '{"a":1}', inputDetails: { truncated: false }, name: 'P' },
  });
  logged.length = 0;
  await ended(await start(await machine(failing, logging('FATAL', false))));
  expect(logged.map((line) => JSON.parse(line))).toMatchObject([
    { type: 'ExecutionFailed', details: { error: 'E' } },
  ]);
  world.ports.logs.append = append;
  await expect(
    machine(pass, { loggingConfiguration: { level: 'ALL', destinations: [] } }),
  ).rejects.toMatchObject({
    name: 'InvalidLoggingConfiguration',
    message: expect.stringContaining('Must specify exactly one Log Destination.'),
  });
});

test('a task that its role does not allow fails as AWS lets it fail', async () => {
  functions['hello'] = () => 'hi';
  const nothing = await role('nothing', []);
  const denied = await ended(await start(await machine(invoke('hello'), { roleArn: nothing })));
  expect(denied).toMatchObject({ status: 'FAILED', error: 'Lambda.AWSLambdaException' });
  expect(denied.cause).toMatch(
    /^User: arn:aws:sts::000000000000:assumed-role\/nothing\/\S+ is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:000000000000:function:hello because .* \(Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; Request ID: \S+; Proxy: null\)$/,
  );
  const put = (resource: string) =>
    jsonata('Put', {
      Put: { Type: 'Task', Resource: resource, Arguments: { TableName: 'none', Item: {} }, End: true },
    });
  const sdk = await ended(
    await start(await machine(put('arn:aws:states:::aws-sdk:dynamodb:putItem'), { roleArn: nothing })),
  );
  expect(sdk).toMatchObject({
    error: 'DynamoDb.DynamoDbException',
    cause: expect.stringContaining('(Service: DynamoDb, Status Code: '),
  });
  const old = await ended(
    await start(await machine(put('arn:aws:states:::dynamodb:putItem'), { roleArn: nothing })),
  );
  expect(old).toMatchObject({ error: 'DynamoDB.AmazonDynamoDBException' });
});

test('DynamoDB: a lock is taken by a condition, and the condition that fails has its name', async () => {
  await world.services.get('dynamodb')?.provisioners?.['AWS::DynamoDB::Table']?.provision(
    {
      TableName: 'locks',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
    { stack: 'test', logicalId: 'Locks' },
  );
  const lock = (resource: string) =>
    jsonata('Lock', {
      Lock: {
        Type: 'Task',
        Resource: resource,
        Arguments: {
          TableName: 'locks',
          Item: { id: { S: '{% $states.input.id %}' }, owner: { S: '{% $states.context.Execution.Id %}' } },
          ConditionExpression: 'attribute_not_exists(id)',
        },
        Next: 'Read',
      },
      Read: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:dynamodb:getItem',
        Arguments: { TableName: 'locks', Key: { id: { S: '{% $states.context.Execution.Input.id %}' } } },
        Output: '{% $states.result.Item.owner.S %}',
        End: true,
      },
    });
  for (const [resource, error] of [
    ['arn:aws:states:::aws-sdk:dynamodb:putItem', 'DynamoDb.ConditionalCheckFailedException'],
    ['arn:aws:states:::dynamodb:putItem', 'DynamoDB.ConditionalCheckFailedException'],
  ] as const) {
    const stateMachineArn = await machine(lock(resource));
    const first = await start(stateMachineArn, { id: resource });
    expect((await ended(first)).output).toBe(JSON.stringify(first));
    const second = await ended(await start(stateMachineArn, { id: resource }));
    expect(second).toMatchObject({ status: 'FAILED', error });
    expect(second.cause).toMatch(/^The conditional request failed \(Service: /);
  }
});

test('startExecution.sync:2 waits for the child, and its failure is the task’s', async () => {
  const child = await machine(
    jsonata('W', {
      W: { Type: 'Wait', Seconds: 60, Next: 'D' },
      D: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.ok %}', Next: 'G' }], Default: 'B' },
      G: { Type: 'Pass', Output: { done: true }, End: true },
      B: { Type: 'Fail', Error: 'Bad' },
    }),
  );
  const parent = await machine(
    jsonata('Child', {
      Child: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Arguments: { StateMachineArn: child, Input: '{% $states.input %}' },
        Output: '{% $states.result.Output.done %}',
        End: true,
      },
    }),
  );
  const good = await start(parent, { ok: true });
  expect(await ended(good)).toMatchObject({ status: 'SUCCEEDED', output: 'true' });
  const types = (await history(good)).map(({ type }) => type);
  expect(types).toContain('TaskSubmitted');
  const bad = await ended(await start(parent, { ok: false }));
  expect(bad).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
  expect(JSON.parse(bad.cause ?? '')).toMatchObject({ Status: 'FAILED', Error: 'Bad' });
});
