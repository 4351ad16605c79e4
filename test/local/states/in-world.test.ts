/** Step Functions among the other services of a world as they are, not as fakes; and across a restart of the process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sfn from '@aws-sdk/client-sfn';
import { VirtualClock } from '../../../local/clock.ts';
import type { Place, Provisioned } from '../../../local/service.ts';
import { publishedMessages } from '../../../local/services/sns/service.ts';
import { openTestWorld, type TestWorld } from '../../setup/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-states-'));
afterAll(() => rmSync(folder, { recursive: true }));
const SERVICES = ['iam', 'sts', 'logs', 'monitoring', 'lambda', 'sns', 'events', 'states'];

/** A world in virtual time, with what the tests do to it. */
async function open(options: { folder?: string; clock?: VirtualClock } = {}) {
  const clock = options.clock ?? new VirtualClock();
  const world = await openTestWorld({ services: SERVICES, ...options, clock });
  const client = new sfn.SFNClient({ ...world.client, disableHostPrefix: true });
  const send = client.send.bind(client) as (command: object) => Promise<object>;
  client.send = ((command: object) => clock.during(send(command))) as typeof client.send;
  return { world, clock, client };
}
type Opened = Awaited<ReturnType<typeof open>>;

async function provision(
  world: TestWorld,
  type: string,
  properties: object,
  place: Partial<Place> = {},
): Promise<Provisioned> {
  const provisioner = [...world.services.values()]
    .map(({ provisioners }) => provisioners?.[type])
    .find(Boolean);
  if (!provisioner) throw new Error(`Nothing provisions ${type}.`);
  return provisioner.provision(properties as Record<string, unknown>, {
    stack: 'test',
    logicalId: 'Thing',
    ...place,
  });
}

async function role(world: TestWorld, name: string, service: string, actions: string[]): Promise<string> {
  const made = await provision(world, 'AWS::IAM::Role', {
    RoleName: name,
    AssumeRolePolicyDocument: {
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: `${service}.amazonaws.com` } },
      ],
    },
    Policies: [
      {
        PolicyName: 'p',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] },
      },
    ],
  });
  return String(made.attributes?.['Arn']);
}

async function define(world: TestWorld, name: string, source: string): Promise<string> {
  const asset = join(folder, name);
  mkdirSync(asset, { recursive: true });
  writeFileSync(join(asset, 'index.mjs'), source);
  const made = await provision(
    world,
    'AWS::Lambda::Function',
    {
      FunctionName: name,
      Role: await role(world, `${name}-role`, 'lambda', ['logs:CreateLogStream', 'logs:PutLogEvents']),
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
    },
    { asset: () => asset },
  );
  return String(made.attributes?.['Arn']);
}

const inJsonata = (states: object, more: object = {}) =>
  JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...more });

async function machine(world: TestWorld, name: string, properties: object): Promise<string> {
  const RoleArn = await role(world, 'machine', 'states', [
    'lambda:InvokeFunction',
    'sns:Publish',
    'events:PutEvents',
  ]);
  const given = { StateMachineName: name, RoleArn, ...properties };
  return (await provision(world, 'AWS::StepFunctions::StateMachine', given, { logicalId: name })).ref;
}

async function start({ client }: Opened, stateMachineArn: string, input: unknown = {}): Promise<string> {
  const command = new sfn.StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
  return (await client.send(command)).executionArn ?? '';
}

/** Looks once in ten virtual seconds until it has ended. */
async function ended({ client, clock }: Opened, executionArn: string) {
  for (;;) {
    const described = await client.send(new sfn.DescribeExecutionCommand({ executionArn }));
    if (described.status !== 'RUNNING') return described;
    await clock.sleep(10_000);
  }
}

describe('the provisioner', () => {
  test('fills in what the definition leaves open, and changes a machine only where it has changed', async () => {
    const opened = await open();
    const { world, client } = opened;
    const DefinitionString = inJsonata({ A: { Type: 'Pass', Output: { is: `\${What}` }, End: true } });
    const properties = { DefinitionString, DefinitionSubstitutions: { What: 'this' } };
    const stateMachineArn = await machine(world, 'filled', properties);
    const describeIt = () => client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
    const first = await describeIt();
    expect(JSON.parse(first.definition ?? '').States.A.Output).toEqual({ is: 'this' });
    await machine(world, 'filled', properties);
    expect((await describeIt()).revisionId).toBe(first.revisionId);
    await machine(world, 'filled', { ...properties, DefinitionSubstitutions: { What: 'that' } });
    expect((await describeIt()).revisionId).not.toBe(first.revisionId);
    expect(await ended(opened, await start(opened, stateMachineArn))).toMatchObject({
      output: '{"is":"that"}',
    });
    await world.close();
  });

  test('reads the definition from the assembly, and logs where it is told to', async () => {
    const opened = await open();
    const { world } = opened;
    const file = join(folder, 'definition.json');
    writeFileSync(file, inJsonata({ A: { Type: 'Pass', End: true } }));
    world.ports.logs.append('/machine', 'first', []);
    const RoleArn = await role(world, 'machine', 'states', []);
    const { ref } = await provision(
      world,
      'AWS::StepFunctions::StateMachine',
      {
        RoleArn,
        DefinitionS3Location: { Bucket: 'assets', Key: 'abc.json' },
        LoggingConfiguration: {
          Level: 'ALL',
          Destinations: [
            {
              CloudWatchLogsLogGroup: {
                LogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/machine:*',
              },
            },
          ],
        },
      },
      { asset: () => file },
    );
    const logged: string[] = [];
    const { append } = world.ports.logs;
    world.ports.logs.append = (...given) => {
      logged.push(given[0]);
      append(...given);
    };
    await ended(opened, await start(opened, ref));
    expect(logged).toContain('/machine');
    await world.close();
  });

  test('says which resource has the wrong definition', async () => {
    const { world } = await open();
    await expect(machine(world, 'wrong', { DefinitionString: '{}' })).rejects.toThrow(
      /^wrong: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: /,
    );
    await world.close();
  });
});

test('functions, topics and the bus answer as a task expects it', async () => {
  const opened = await open();
  const { world } = opened;
  const FunctionName = await define(
    world,
    'double',
    `export const handler = async ({ n }) => {
       if (n > 9) throw Object.assign(new Error('too large'), { name: 'TooLarge' });
       return { n: 2 * n };
     };`,
  );
  const TopicArn = (await provision(world, 'AWS::SNS::Topic', { TopicName: 'told' })).ref;
  const stateMachineArn = await machine(world, 'all', {
    DefinitionString: inJsonata({
      Double: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName, Payload: '{% $states.input %}' },
        Output: '{% $states.result.Payload %}',
        Catch: [
          {
            ErrorEquals: ['TooLarge'],
            Output: '{% $parse($states.errorOutput.Cause).errorMessage %}',
            Next: 'Again',
          },
        ],
        Next: 'Again',
      },
      Again: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $type($states.input) = "object" %}', Next: 'Double' }],
        Default: 'Tell',
      },
      Tell: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sns:publish',
        Arguments: { TopicArn, Message: { said: '{% $states.input %}' } },
        Output: '{% $states.result.MessageId %}',
        Next: 'Emit',
      },
      Emit: {
        Type: 'Task',
        Resource: 'arn:aws:states:::events:putEvents',
        Arguments: {
          Entries: [{ Source: 'test', DetailType: 'Done', Detail: { id: '{% $states.input %}' } }],
        },
        Output: '{% $states.result.FailedEntryCount %}',
        End: true,
      },
    }),
  });
  const executionArn = await start(opened, stateMachineArn, { n: 3 });
  expect(await ended(opened, executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '0' });
  expect(publishedMessages(world, TopicArn).map(({ message }) => message)).toEqual(['{"said":"too large"}']);
  await world.close();
});

test('a rule hears of the status of an execution', async () => {
  const opened = await open();
  const { world, clock } = opened;
  const TopicArn = (await provision(world, 'AWS::SNS::Topic', { TopicName: 'told' })).ref;
  await provision(world, 'AWS::SNS::TopicPolicy', {
    Topics: [TopicArn],
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: TopicArn,
        },
      ],
    },
  });
  await provision(world, 'AWS::Events::Rule', {
    EventPattern: { source: ['aws.states'], detail: { status: ['FAILED'] } },
    Targets: [{ Id: 'topic', Arn: TopicArn, InputPath: '$.detail.error' }],
  });
  const stateMachineArn = await machine(world, 'failing', {
    DefinitionString: inJsonata({ F: { Type: 'Fail', Error: 'Broken' } }),
  });
  await ended(opened, await start(opened, stateMachineArn));
  await clock.sleep(60_000);
  expect(publishedMessages(world, TopicArn).map(({ message }) => message)).toEqual(['"Broken"']);
  await world.close();
});

test('an execution goes on in the next process: its wait ends at its time, its token is good', async () => {
  const kept = join(folder, 'kept');
  const first = await open({ folder: kept });
  const FunctionName = await define(first.world, 'ask', 'export const handler = async () => {};');
  const definition = inJsonata({
    Wait: { Type: 'Wait', Seconds: 3600, Assign: { from: '{% $states.input.a %}' }, Next: 'Ask' },
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName, Payload: { token: '{% $states.context.Task.Token %}' } },
      Output: { from: '{% $from %}', answer: '{% $states.result %}' },
      End: true,
    },
  });
  const stateMachineArn = await machine(first.world, 'long', { DefinitionString: definition });
  const executionArn = await start(first, stateMachineArn, { a: 1 });
  const from = first.clock.now();
  await first.clock.sleep(1_000_000);
  await first.world.close();

  const second = await open({ folder: kept, clock: new VirtualClock(from + 2_000_000) });
  await second.world.start();
  const { client, clock, world } = second;
  await clock.sleep(1_700_000);
  const { events = [] } = await client.send(
    new sfn.GetExecutionHistoryCommand({ executionArn, includeExecutionData: true }),
  );
  expect(events.map(({ type }) => type)).toEqual([
    'ExecutionStarted',
    'WaitStateEntered',
    'WaitStateExited',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
  ]);
  expect(Number(events[2]?.timestamp) - from).toBe(3_600_000);
  const parameters = events.find(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails
    ?.parameters;
  const taskToken = JSON.parse(parameters ?? '').Payload.token as string;
  await world.close();

  const third = await open({ folder: kept, clock: new VirtualClock(clock.now()) });
  await third.world.start();
  await third.client.send(new sfn.SendTaskSuccessCommand({ taskToken, output: '"yes"' }));
  const described = await ended(third, executionArn);
  expect(JSON.parse(described.output ?? '')).toEqual({ from: 1, answer: 'yes' });
  await third.world.close();
});
