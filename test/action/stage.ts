/**
 * A stage for the action: an embedded AWS with the tables and the CI role as they are synthesized, a state machine of
 * the right name whose steps a test plays, a repository with a commit, and the variables that a runner gives.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { getJson, putJson } from '../../aws/artefacts.ts';
import {
  beginEntry,
  documentClient,
  endEntry,
  type Journal,
  readLock,
  writeStep,
} from '../../aws/journal.ts';
import { deploymentIdOf } from '../../cli/deployment.ts';
import type { Failure, Outcome } from '../../core/journal.ts';
import { entryOf } from '../../core/journal.ts';
import {
  artefactsBucketName,
  deploymentsTableName,
  locksTableName,
  stateMachineName,
} from '../../core/names.ts';
import { isGood } from '../../core/verdict.ts';
import { buildAction } from '../../scripts/build-action.ts';
import { changed, flat, ofType, statementsOf, synthesized } from '../infra/stacks.ts';
import { type Ran as Command, lockstep } from '../setup/command.ts';
import { openIssuer } from '../setup/identity.ts';
import { openTestWorld } from '../setup/world.ts';

const REGION = 'eu-central-1';
const ENVIRONMENT = 'production';
const place = { stack: 'test', logicalId: 'Stage' };

/** A request with this reason is one whose migrations a person has to approve. */
export const RISKY = 'risky';

/**
 * The machine: takes the lock, waits for a person where the reason of the request says so, asks `verify` until it is done, and
 * ends as a deployment with that verdict does.
 */
const MACHINE = {
  QueryLanguage: 'JSONata',
  StartAt: 'AcquireLock',
  States: {
    AcquireLock: {
      Type: 'Task',
      Resource: 'arn:aws:states:::dynamodb:putItem',
      Arguments: {
        TableName: locksTableName(ENVIRONMENT),
        Item: {
          lockId: { S: "{% $states.input.service & '/' & $states.input.environment %}" },
          deploymentId: { S: "{% $substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 8) %}" },
        },
      },
      Output: '{% $states.input %}',
      Next: 'NeedsApproval',
    },
    NeedsApproval: {
      Type: 'Choice',
      Choices: [{ Condition: `{% $states.input.reason = '${RISKY}' %}`, Next: 'AwaitApproval' }],
      Default: 'VerifyHealth',
    },
    AwaitApproval: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: {
        FunctionName: 'await-approval',
        Payload: {
          request: '{% $states.input %}',
          executionArn: '{% $states.context.Execution.Id %}',
          startedAt: '{% $states.context.Execution.StartTime %}',
          taskToken: '{% $states.context.Task.Token %}',
        },
      },
      Output: '{% $states.input %}',
      Catch: [
        {
          ErrorEquals: ['ApprovalDenied'],
          Assign: { result: { verdict: 'refused', sentence: '{% $states.errorOutput.Cause %}' } },
          Next: 'Failed',
        },
      ],
      Next: 'VerifyHealth',
    },
    VerifyHealth: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: {
        FunctionName: 'verify',
        Payload: {
          request: '{% $states.input %}',
          executionArn: '{% $states.context.Execution.Id %}',
          startedAt: '{% $states.context.Execution.StartTime %}',
        },
      },
      Assign: { result: '{% $states.result.Payload %}', request: '{% $states.input %}' },
      Output: '{% $states.result.Payload %}',
      Next: 'Decide',
    },
    Decide: {
      Type: 'Choice',
      Choices: [
        {
          Condition: "{% $result.status = 'waiting' %}",
          Output: '{% $request %}',
          Next: 'VerifyHealth',
        },
        { Condition: '{% $result.good %}', Next: 'Succeeded' },
      ],
      Default: 'Failed',
    },
    Succeeded: { Type: 'Succeed' },
    Failed: { Type: 'Fail', Error: '{% $result.verdict %}', Cause: '{% $result.sentence %}' },
  },
};

export interface Ending {
  readonly outcome: Outcome;
  readonly failure?: Failure;
}

export interface Ran {
  readonly code: number | null;
  readonly log: string;
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Options {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Sees each line of the log as it comes, and the process. */
  readonly onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export async function openStage() {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-action-'));
  const bundle = await buildAction(join(folder, 'action/index.mjs'));
  const world = await openTestWorld({
    volatile: true,
    region: REGION,
    services: ['iam', 'sts', 'logs', 'monitoring', 'dynamodb', 's3', 'states'],
  });
  const stack = synthesized([
    changed(ENVIRONMENT, (environment) => {
      environment.ci = { github: { repository: 'acme/shop', environment: ENVIRONMENT } };
    }),
  ])['lockstep-production'];
  for (const [logicalId, table] of ofType(stack, 'AWS::DynamoDB::Table')) {
    await world.services
      .get('dynamodb')
      ?.provisioners?.['AWS::DynamoDB::Table']?.provision(table.Properties, { ...place, logicalId });
  }
  const bucket = artefactsBucketName({ region: REGION, account: world.account }, ENVIRONMENT);
  const s3 = new S3Client({ ...world.client, forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  );

  const iam = world.services.get('iam')?.provisioners;
  const role = async (name: string, statements: readonly object[], trust: readonly object[]) => {
    const made = await iam?.['AWS::IAM::Role']?.provision(
      {
        RoleName: name,
        AssumeRolePolicyDocument: { Statement: trust },
        Policies: [{ PolicyName: 'all', PolicyDocument: { Statement: statements } }],
      },
      { ...place, logicalId: name },
    );
    return String(made?.attributes?.['Arn']);
  };
  const arns: Readonly<Record<string, string>> = {
    'AWS::AccountId': world.account,
    Artefacts: `arn:aws:s3:::${bucket}`,
    Deployments: tableArn(deploymentsTableName(ENVIRONMENT)),
    Locks: tableArn(locksTableName(ENVIRONMENT)),
  };
  function tableArn(name: string): string {
    return `arn:aws:dynamodb:${REGION}:${world.account}:table/${name}`;
  }
  const resolved = (resource: unknown) =>
    flat(resource).replace(
      /<(?:Storage)?(AWS::AccountId|[A-Z][a-z]+)[^>]*>/g,
      (whole, name: string) => arns[name] ?? whole,
    );
  for (const [logicalId, provider] of ofType(stack, 'AWS::IAM::OIDCProvider'))
    await iam?.['AWS::IAM::OIDCProvider']?.provision(provider.Properties, { ...place, logicalId });
  const [ciId = '', ci] =
    ofType(stack, 'AWS::IAM::Role').find(
      ([, { Properties }]) => Properties.RoleName === 'lockstep-production-ci',
    ) ?? [];
  const provider = `arn:aws:iam::${world.account}:oidc-provider/token.actions.githubusercontent.com`;
  const ciRole = await role(
    'lockstep-production-ci',
    statementsOf(stack, ciId).map((statement) => ({
      ...statement,
      Resource: statement.Resource.map(resolved),
    })),
    ci?.Properties.AssumeRolePolicyDocument.Statement.map((statement: object) => ({
      ...statement,
      Principal: { Federated: provider },
    })),
  );
  const machineRole = await role(
    'machine',
    [{ Effect: 'Allow', Action: ['lambda:*', 'dynamodb:*'], Resource: '*' }],
    [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'states.amazonaws.com' } }],
  );

  const journal: Journal = {
    document: documentClient(new DynamoDBClient(world.client)),
    deployments: deploymentsTableName(ENVIRONMENT),
    locks: locksTableName(ENVIRONMENT),
  };
  const sfn = new SFNClient(world.client);
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({
      name: stateMachineName(ENVIRONMENT, 'deploy'),
      roleArn: machineRole,
      definition: JSON.stringify(MACHINE),
    }),
  );

  /** What `verify` waits for before the deployment ends. */
  let ending: Promise<Ending>;
  let end: (ending: Ending) => void = () => {};
  const reset = () => {
    ending = new Promise((resolve) => {
      end = resolve;
    });
  };
  reset();
  const looked = new Set<string>();
  world.ports.lambda = {
    async invoke(_arn, payload) {
      const { request, executionArn, startedAt, taskToken } = payload as {
        request: { service: string; environment: string };
        executionArn: string;
        startedAt: string;
        taskToken?: string;
      };
      const target = `${request.service}/${request.environment}`;
      const answer = (value: object) => ({ payload: value, executedVersion: '$LATEST' });
      if (!looked.has(executionArn)) {
        looked.add(executionArn);
        const id = deploymentIdOf(executionArn);
        await beginEntry(
          journal,
          entryOf({ ...request, id, target, startedAt, executionArn, owner: executionArn }, request),
        );
        if (taskToken) {
          const step = {
            startedAt,
            status: 'waiting' as const,
            summary: 'waits for a person',
            work: { taskToken },
          };
          await writeStep(journal, { target, startedAt }, 'AwaitApproval', step);
          return answer({});
        }
        return answer({ status: 'waiting', summary: '1 of 2 targets answer\n::set-output name=x::y' });
      }
      const { outcome, failure } = await ending;
      await endEntry(journal, { target, startedAt }, { outcome, ...(failure && { failure }) });
      const { verdict, sentence } = outcome;
      const good = isGood(verdict);
      return answer({ status: good ? 'done' : 'failed', summary: sentence, verdict, sentence, good });
    },
  };
  /** Keys of sessions that AWS calls expired from now on. */
  const expired = new Set<string>();
  const { principalOf, hasExpired } = world.ports.iam;
  world.ports.iam.principalOf = (key, token) => (expired.has(key) ? undefined : principalOf(key, token));
  world.ports.iam.hasExpired = (key) => expired.has(key) || hasExpired(key);

  const repository = join(folder, 'repository');
  mkdirSync(join(repository, 'environments'), { recursive: true });
  writeFileSync(
    join(repository, `environments/${ENVIRONMENT}.json`),
    JSON.stringify({
      deployment: { imageTagStrategy: 'mutable', autoScale: false, minTasks: 1, maxTasks: 1 },
      resources: { cpu: 256, memory: 512 },
      aws: { region: REGION },
      services: { backend: { cluster: 'none', port: 4000 } },
    }),
  );
  const git = (...words: string[]) => {
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    const ran = spawnSync('git', [...who, ...words], { cwd: repository, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(ran.stderr);
    return ran.stdout.trim();
  };
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Orders have a | total');
  const commit = git('rev-parse', 'HEAD');
  await world.start();

  let runs = 0;
  const surroundings = {
    // Not 127.0.0.1: there the command uses a key of its own, and the role of the CI is what is tested.
    AWS_ENDPOINT_URL: world.endpoint.replace('127.0.0.1', '0.0.0.0'),
    AWS_REGION: REGION,
  };
  return {
    commit,
    journal,
    expired,
    folder,
    repository,
    ciRole,
    issuer: openIssuer(world.folder),
    /** The command itself, with the key of the CI's role. */
    command(...words: string[]): Promise<Command> {
      const { accessKeyId, secretAccessKey, sessionToken } = world.ports.iam.assume(ciRole, `run-${++runs}`);
      const key = {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      };
      return lockstep(words, { directory: repository, variables: { ...surroundings, ...key } });
    },
    /** What lies under a key of the artefact bucket. */
    stored: (key: string) => getJson(s3, bucket, key, z.unknown()),
    store: (key: string, value: unknown) => putJson(s3, bucket, key, value),
    session: () => world.ports.iam.assume(ciRole, `run-${++runs}`),
    end: (given: Ending) => {
      end(given);
      reset();
    },
    lock: () => readLock(journal, `backend/${ENVIRONMENT}`),
    async executions(): Promise<string[]> {
      const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
      return executions.map(({ name }) => name ?? '').sort();
    },
    run: (runId: string, attempt: number, options: Options = {}): Promise<Ran> => {
      const files = join(folder, `runner-${runId}-${attempt}-${++runs}`);
      mkdirSync(files);
      for (const name of ['output', 'summary']) writeFileSync(join(files, name), '');
      const { accessKeyId, secretAccessKey, sessionToken } = world.ports.iam.assume(ciRole, `run-${runs}`);
      const inputs = { service: 'backend', environment: ENVIRONMENT, ...options.inputs };
      const child = spawn(process.execPath, [bundle], {
        cwd: folder,
        env: {
          PATH: process.env['PATH'],
          HOME: folder,
          ...surroundings,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          AWS_SESSION_TOKEN: sessionToken,
          GITHUB_ACTIONS: 'true',
          GITHUB_ACTOR: 'ada',
          GITHUB_SHA: commit,
          GITHUB_SERVER_URL: 'https://github.com',
          GITHUB_REPOSITORY: 'acme/shop',
          GITHUB_RUN_ID: runId,
          GITHUB_RUN_ATTEMPT: String(attempt),
          GITHUB_WORKSPACE: repository,
          GITHUB_OUTPUT: join(files, 'output'),
          GITHUB_STEP_SUMMARY: join(files, 'summary'),
          ...Object.fromEntries(
            Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
          ),
          ...options.variables,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let log = '';
      let open = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        open += text;
        const lines = open.split('\n');
        open = lines.pop() ?? '';
        for (const line of lines) options.onLine?.(line, (signal) => void child.kill(signal));
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      return new Promise((resolve) =>
        child.once('close', (code) =>
          resolve({
            code,
            log,
            summary: readFileSync(join(files, 'summary'), 'utf8'),
            outputs: outputsOf(readFileSync(join(files, 'output'), 'utf8')),
          }),
        ),
      );
    },
    async close() {
      for (const client of [s3, sfn]) client.destroy();
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As a runner reads them: `name<<mark`, the value, the mark. */
function outputsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(([, name, , value]) => [name, value]),
  );
}
