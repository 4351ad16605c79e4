import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { VirtualClock } from '../../local/clock.ts';
import { openTestWorld, type TestWorld, worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'sts', 'logs', 'monitoring', 'lambda'] });
const lambda = new LambdaClient(world.client);
const assets = mkdtempSync(join(tmpdir(), 'lockstep-assets-'));
afterAll(() => rmSync(assets, { recursive: true }));

const trust = {
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
};
const writeLogs = {
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: '*',
};

async function roleIn(place: TestWorld, name: string, statements: object[] = [writeLogs]): Promise<string> {
  const made = await place.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
    {
      RoleName: name,
      AssumeRolePolicyDocument: trust,
      Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: statements } }],
    },
    { stack: 'test', logicalId: name },
  );
  return String(made?.attributes?.['Arn']);
}

/** Makes a function of this source, as an asset of the cloud assembly would bring it. */
async function functionIn(
  place: TestWorld,
  name: string,
  source: string,
  more: object = {},
  file = 'index.mjs',
) {
  const asset = join(assets, name);
  mkdirSync(asset, { recursive: true });
  writeFileSync(join(asset, file), source);
  const Role = await roleIn(place, `${name}-role`);
  return place.services.get('lambda')?.provisioners?.['AWS::Lambda::Function']?.provision(
    {
      FunctionName: name,
      Role,
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
      ...more,
    },
    { stack: 'test', logicalId: name, asset: (key) => join(assets, key.replace('.zip', '')) },
  );
}
const define = (name: string, source: string, more: object = {}, file = 'index.mjs') =>
  functionIn(world, name, source, more, file);

async function invoke(FunctionName: string, payload: unknown = {}, more: object = {}) {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload), ...more }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  return { ...answer, payload: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>) };
}

async function logOf(name: string): Promise<string[]> {
  const logs = new CloudWatchLogsClient(world.client);
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }));
  return (events ?? []).map(({ message }) => message ?? '');
}

test('Invoke runs the handler with its event and a context', async () => {
  await define(
    'echo',
    `export const handler = async (event, context) => ({ event, name: context.functionName, arn: context.invokedFunctionArn,
       left: context.getRemainingTimeInMillis(), memory: context.memoryLimitInMB, group: context.logGroupName });`,
    { Timeout: 10, MemorySize: 256 },
  );
  const { payload, StatusCode, ExecutedVersion, FunctionError } = await invoke('echo', { a: 'ü' });
  expect(FunctionError).toBeUndefined();
  expect({ StatusCode, ExecutedVersion }).toEqual({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect(payload).toMatchObject({
    event: { a: 'ü' },
    name: 'echo',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
    memory: '256',
    group: '/aws/lambda/echo',
  });
  expect(payload?.['left']).toBeGreaterThan(5000);
});

test('a CommonJS bundle runs too, and nothing returned is null', async () => {
  await define('common', 'exports.handler = async () => undefined;', {}, 'index.js');
  expect((await invoke('common')).payload).toBeNull();
});

test('inline code runs', async () => {
  await define('inline', '', { Code: { ZipFile: 'exports.handler = async () => 7;' } });
  expect((await invoke('inline')).payload).toBe(7);
});

test('a function sees its own environment and nothing of the host’s', async () => {
  process.env['HOST_SECRET'] = 'visible to the tests only';
  await define('environment', 'export const handler = async () => process.env;', {
    Environment: { Variables: { TABLE_NAME: 'journal', COUNT: 3 } },
  });
  const { payload } = await invoke('environment');
  expect(payload).toMatchObject({
    TABLE_NAME: 'journal',
    COUNT: '3',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: world.endpoint,
    AWS_LAMBDA_FUNCTION_NAME: 'environment',
  });
  expect(payload?.['AWS_ACCESS_KEY_ID']).toMatch(/^ASIA/);
  expect(payload).not.toHaveProperty('HOST_SECRET');
  expect(payload).not.toHaveProperty('HOME');
  expect(payload).not.toHaveProperty('NODE_OPTIONS');
});

test('the second invocation is warm, and a concurrent one gets an environment of its own', async () => {
  await define(
    'warm',
    // Each of the two leaves only when the other is there as well: they run at once, however slow the machine is.
    `import { existsSync, writeFileSync } from 'node:fs';
     let count = 0;
     export const handler = async ({ mine, other }) => {
       count++;
       if (mine) writeFileSync(mine, '');
       while (other && !existsSync(other)) await new Promise((r) => setTimeout(r, 5));
       return count;
     };`,
  );
  expect((await invoke('warm')).payload).toBe(1);
  expect((await invoke('warm')).payload).toBe(2);
  const [a, b] = [join(assets, 'a'), join(assets, 'b')];
  const both = await Promise.all([
    invoke('warm', { mine: a, other: b }),
    invoke('warm', { mine: b, other: a }),
  ]);
  expect(both.map(({ payload }) => payload).sort()).toEqual([1, 3]);
  const counts = (await (await fetch(`${world.endpoint}/_lockstep/lambda`)).json()) as Record<
    string,
    unknown
  >;
  expect(counts['warm']).toEqual({ invocations: 4, coldStarts: 2, errors: 0 });
});

test('what a handler throws is answered in Lambda’s form', async () => {
  await define(
    'throws',
    `class LockHeld extends Error { constructor(m) { super(m); this.name = 'LockHeld'; } }
     export const handler = async ({ how }) => { if (how === 'error') throw new LockHeld('held by a'); throw 'words'; };`,
  );
  const thrown = await invoke('throws', { how: 'error' });
  expect(thrown.StatusCode).toBe(200);
  expect(thrown.FunctionError).toBe('Unhandled');
  expect(thrown.payload).toMatchObject({ errorType: 'LockHeld', errorMessage: 'held by a' });
  expect(thrown.payload?.['trace']).toEqual(expect.arrayContaining(['LockHeld: held by a']));
  expect((await invoke('throws', { how: 'words' })).payload).toEqual({
    errorType: 'string',
    errorMessage: 'words',
    trace: [],
  });
});

test('a function that takes too long is ended with Lambda’s sentence, and the next call starts cold', async () => {
  await define(
    'slow',
    `let calls = 0;
     export const handler = async ({ ms }) => { calls++; await new Promise((r) => setTimeout(r, ms)); return calls; };`,
    { Timeout: 1 },
  );
  const { payload, FunctionError } = await invoke('slow', { ms: 5000 });
  expect(FunctionError).toBe('Unhandled');
  expect(payload).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(
      /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1.00 seconds$/,
    ),
  });
  expect((await invoke('slow', { ms: 0 })).payload).toBe(1);
});

test('a function that takes too much memory is killed', async () => {
  await define(
    'greedy',
    'export const handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill({})); };',
    { MemorySize: 64, Timeout: 20 },
  );
  const { payload } = await invoke('greedy');
  expect(payload).toEqual({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/Error: Runtime exited with error: signal: killed$/),
  });
});

test('process.exit and an unhandled rejection are errors of the runtime', async () => {
  await define('exits', 'export const handler = async () => { process.exit(3); };');
  expect((await invoke('exits')).payload).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/Runtime exited with error: exit status 3$/),
  });
  await define(
    'rejects',
    'export const handler = () => new Promise(() => { Promise.reject(new Error("nobody listens")); });',
  );
  expect((await invoke('rejects')).payload).toMatchObject({
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: 'nobody listens',
  });
});

test.each([
  ['no-file', 'nothing.handler', 'Runtime.ImportModuleError', /Cannot find module 'nothing'/],
  ['no-export', 'index.other', 'Runtime.HandlerNotFound', /^index\.other is undefined or not exported$/],
])('a handler that cannot be found is named: %s', async (name, Handler, errorType, errorMessage) => {
  await define(name, 'export const handler = 1;', { Handler });
  const { payload } = await invoke(name);
  expect(payload).toMatchObject({ errorType, errorMessage: expect.stringMatching(errorMessage) });
});

test('START, the function’s own lines, END and REPORT reach CloudWatch Logs', async () => {
  await define(
    'talks',
    `export const handler = async () => { console.log('hello', { a: 1 }); process.stdout.write('{"raw":true}\\n'); };`,
  );
  const { LogResult } = await invoke('talks', {}, { LogType: 'Tail' });
  const lines = await logOf('talks');
  expect(lines[0]).toMatch(/^START RequestId: [0-9a-f-]{36} Version: \$LATEST$/);
  expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\t[0-9a-f-]{36}\tINFO\thello \{ a: 1 \}$/);
  expect(lines[2]).toBe('{"raw":true}');
  expect(lines[3]).toMatch(/^END RequestId: /);
  expect(lines[4]).toMatch(
    /^REPORT RequestId: .*\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t$/,
  );
  expect(Buffer.from(LogResult ?? '', 'base64').toString()).toContain('hello { a: 1 }');
});

test('with LogFormat JSON the lines are objects', async () => {
  await define('json', `export const handler = async () => console.warn({ step: 'Plan' });`, {
    LoggingConfig: { LogFormat: 'JSON' },
  });
  await invoke('json');
  const lines = (await logOf('json')).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toMatchObject({ type: 'platform.start' });
  expect(lines[1]).toMatchObject({ level: 'WARN', message: { step: 'Plan' } });
  expect(lines[2]).toMatchObject({ type: 'platform.report', record: { status: 'success' } });
});

test('a role without the permission to write logs leaves none', async () => {
  await define('mute', `export const handler = async () => console.log('hello');`);
  await roleIn(world, 'mute-role', []);
  await invoke('mute');
  expect(world.said.some((line) => line.includes('the log of mute is lost'))).toBe(true);
});

test('a function calls AWS as its own role and is refused what the role does not allow', async () => {
  await define(
    'caller',
    `export const handler = async () => {
       const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-amz-security-token': process.env.AWS_SESSION_TOKEN,
         authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x' };
       const answer = await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: 'Action=GetRole&Version=2010-05-08&RoleName=x' });
       return { status: answer.status, text: await answer.text() };
     };`,
  );
  const { payload } = await invoke('caller');
  expect(payload?.['status']).toBe(403);
  expect(payload?.['text']).toContain(
    'User: arn:aws:sts::000000000000:assumed-role/caller-role/caller is not authorized to perform: iam:GetRole',
  );
});

test('payloads beyond 6 MB are refused, both ways', async () => {
  await define('big', `export const handler = async ({ size }) => 'x'.repeat(size);`, { Timeout: 10 });
  await expect(invoke('big', { text: 'x'.repeat(6 * 1024 * 1024) })).rejects.toMatchObject({
    name: 'RequestTooLargeException',
  });
  expect((await invoke('big', { size: 6 * 1024 * 1024 })).payload).toMatchObject({
    errorType: 'Function.ResponseSizeTooLarge',
  });
});

test('reserved concurrency throttles', async () => {
  await define('reserved', 'export const handler = () => new Promise((r) => setTimeout(r, 100));', {
    ReservedConcurrentExecutions: 1,
  });
  const both = await Promise.allSettled([invoke('reserved'), invoke('reserved')]);
  const refused = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  expect(refused.reason).toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  });
});

test('DryRun and Event answer without waiting', async () => {
  expect((await invoke('echo', {}, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
  expect((await invoke('echo', {}, { InvocationType: 'Event' })).StatusCode).toBe(202);
});

test('GetFunction, GetFunctionConfiguration and ListFunctions describe it', async () => {
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'echo' }));
  expect(Configuration).toMatchObject({
    FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
    Runtime: 'nodejs24.x',
    Timeout: 10,
    MemorySize: 256,
    State: 'Active',
  });
  const byArn = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: Configuration?.FunctionArn }),
  );
  expect(byArn.FunctionName).toBe('echo');
  const first = await lambda.send(new ListFunctionsCommand({ MaxItems: 2 }));
  expect(first.Functions).toHaveLength(2);
  const second = await lambda.send(new ListFunctionsCommand({ MaxItems: 2, Marker: first.NextMarker }));
  expect(second.Functions?.[0]?.FunctionName).not.toBe(first.Functions?.[0]?.FunctionName);
  await expect(lambda.send(new GetFunctionCommand({ FunctionName: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:none',
  });
});

test('UpdateFunctionConfiguration changes what the next invocation sees', async () => {
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: 'environment',
      Environment: { Variables: { TABLE_NAME: 'other' } },
    }),
  );
  expect((await invoke('environment')).payload).toMatchObject({ TABLE_NAME: 'other' });
});

test('a variable that would lead out of the embedded AWS, or is Lambda’s own, is refused', async () => {
  for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_REGION']) {
    const change = new UpdateFunctionConfigurationCommand({
      FunctionName: 'echo',
      Environment: { Variables: { [name]: 'x' } },
    });
    await expect(lambda.send(change)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining(`Reserved keys used in this request: ${name}`),
    });
  }
  await expect(
    define('options', '', { Environment: { Variables: { NODE_OPTIONS: '--inspect' } } }),
  ).rejects.toThrow('NODE_OPTIONS --inspect is not supported here');
});

test('under a virtual clock a function sees virtual time', async () => {
  const clock = new VirtualClock(Date.UTC(2030, 0, 1));
  const virtual = await openTestWorld({
    services: ['iam', 'logs', 'monitoring', 'lambda'],
    clock,
    volatile: true,
  });
  await functionIn(
    virtual,
    'time',
    'export const handler = async () => [Date.now(), new Date().toISOString(), new Date(0).getTime(), new Date() instanceof Date];',
  );
  const { payload } = await virtual.ports.lambda.invoke('time', {});
  expect(payload).toEqual([Date.UTC(2030, 0, 1), '2030-01-01T00:00:00.000Z', 0, true]);
  await clock.sleep(3_600_000);
  const later = await virtual.ports.lambda.invoke('time', {});
  expect((later.payload as number[])[0]).toBe(Date.UTC(2030, 0, 1, 1));
  await virtual.close();
});

test('a role that Lambda may not assume is refused when the function is made', async () => {
  const provision = world.services.get('lambda')?.provisioners?.['AWS::Lambda::Function']?.provision;
  expect(() =>
    provision?.(
      {
        FunctionName: 'x',
        Role: 'arn:aws:iam::000000000000:role/none',
        Runtime: 'nodejs24.x',
        Handler: 'a.b',
        Code: {},
      },
      { stack: 's', logicalId: 'x' },
    ),
  ).toThrow('cannot be assumed by Lambda');
});
