// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a shell has variables of the same form.
import { execFileSync } from 'node:child_process';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetBuildsCommand,
  BatchGetProjectsCommand,
  type Build,
  CodeBuildClient,
  CreateProjectCommand,
  ListBuildsCommand,
  ListBuildsForProjectCommand,
  ListProjectsCommand,
  StartBuildCommand,
  type StartBuildCommandInput,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { writeZip } from '../../local/services/codebuild/archive/zip.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({
  services: ['iam', 'logs', 'events', 'monitoring', 'secretsmanager', 's3', 'codebuild'],
});
const codebuild = new CodeBuildClient(world.client);
const s3 = new S3Client({ ...world.client, forcePathStyle: true });
const logs = new CloudWatchLogsClient(world.client);
const place = (logicalId: string) => ({ stack: 'contract', logicalId });

function make(service: string, type: string, properties: object, logicalId: string) {
  return world.services
    .get(service)
    ?.provisioners?.[type]?.provision(properties as Record<string, unknown>, place(logicalId));
}

async function role(name: string, ...actions: string[]): Promise<string> {
  const made = await make(
    'iam',
    'AWS::IAM::Role',
    {
      RoleName: name,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        {
          PolicyName: 'p',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
          },
        },
      ],
    },
    name,
  );
  return String(made?.attributes?.['Arn']);
}

const serviceRole = await role(
  'builder',
  'logs:*',
  's3:GetObject',
  's3:PutObject',
  's3:ListBucket',
  'secretsmanager:GetSecretValue',
);
await make('s3', 'AWS::S3::Bucket', { BucketName: 'artefacts' }, 'Bucket');

let projects = 0;
async function project(buildspec: string | undefined, more: Record<string, unknown> = {}): Promise<string> {
  const Name = `project-${++projects}`;
  await make(
    'codebuild',
    'AWS::CodeBuild::Project',
    {
      Name,
      ServiceRole: serviceRole,
      Source: { Type: 'NO_SOURCE', ...(buildspec === undefined ? {} : { BuildSpec: buildspec }) },
      Artifacts: { Type: 'NO_ARTIFACTS' },
      Environment: {
        Type: 'ARM_CONTAINER',
        Image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
        ComputeType: 'BUILD_GENERAL1_SMALL',
        EnvironmentVariables: [{ Name: 'PLAIN', Value: 'of the project' }],
      },
      ...more,
    },
    Name,
  );
  return Name;
}

async function start(projectName: string, more: Partial<StartBuildCommandInput> = {}): Promise<string> {
  const { build } = await codebuild.send(new StartBuildCommand({ projectName, ...more }));
  return build?.id ?? '';
}

async function find(id: string): Promise<Build> {
  const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
  return builds?.[0] as Build;
}

async function finished(id: string): Promise<Build> {
  for (;;) {
    const build = await find(id);
    if (build.buildComplete) return build;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function log(build: Build): Promise<string> {
  const { groupName, streamName } = build.logs ?? {};
  const { events } = await logs.send(
    new GetLogEventsCommand({ logGroupName: groupName, logStreamName: streamName, startFromHead: true }),
  );
  return (events ?? []).map(({ message }) => message).join('\n');
}

/** A process that has ended may wait as a zombie for a parent that does not ask. */
function runs(pid: number): boolean {
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })[0] !== 'Z';
  } catch {
    return false;
  }
}

const phases = (build: Build) =>
  Object.fromEntries((build.phases ?? []).map(({ phaseType, phaseStatus }) => [phaseType, phaseStatus]));
const spec = (phase: Record<string, unknown>, more: object = {}) =>
  JSON.stringify({ version: '0.2', phases: phase, ...more });

test('StartBuild runs the phases in one environment, and BatchGetBuilds tells how it went', async () => {
  const name = await project(
    spec(
      {
        install: { commands: ['export CARRIED="from install"', 'mkdir inner && cd inner', 'local_only=1'] },
        build: {
          commands: [
            'echo "$CARRIED|$(basename "$PWD")|$PLAIN|$GIVEN|${local_only-gone}|$CODEBUILD_BUILD_SUCCEEDING"',
            'export DIGEST="sha256:1"',
            'echo "a\nb" >&2',
          ],
        },
      },
      { env: { variables: { PLAIN: 'of the buildspec' }, 'exported-variables': ['DIGEST', 'MISSING'] } },
    ),
  );
  const id = await start(name, { environmentVariablesOverride: [{ name: 'GIVEN', value: 'of the call' }] });
  expect((await find(id)).buildStatus).toBe('IN_PROGRESS');
  const build = await finished(id);
  expect(build).toMatchObject({
    id,
    arn: `arn:aws:codebuild:us-east-1:000000000000:build/${id}`,
    buildNumber: 1,
    buildStatus: 'SUCCEEDED',
    currentPhase: 'COMPLETED',
    initiator: 'root',
    exportedEnvironmentVariables: [
      { name: 'DIGEST', value: 'sha256:1' },
      { name: 'MISSING', value: '' },
    ],
    logs: { groupName: `/aws/codebuild/${name}`, streamName: id.split(':')[1] },
  });
  expect(build.phases?.map(({ phaseType }) => phaseType)).toEqual([
    'SUBMITTED',
    'QUEUED',
    'PROVISIONING',
    'DOWNLOAD_SOURCE',
    'INSTALL',
    'PRE_BUILD',
    'BUILD',
    'POST_BUILD',
    'UPLOAD_ARTIFACTS',
    'FINALIZING',
    'COMPLETED',
  ]);
  expect(await log(build)).toContain('from install|inner|of the project|of the call|gone|1');
});

test('a command that fails ends the build, after post_build where it was in build; contexts say which', async () => {
  const failing = await finished(
    await start(
      await project(
        spec({
          build: { commands: ['exit 3', 'echo never'], finally: ['echo always'] },
          post_build: { commands: ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"'] },
        }),
      ),
    ),
  );
  expect(failing.buildStatus).toBe('FAILED');
  expect(phases(failing)).toMatchObject({
    BUILD: 'FAILED',
    POST_BUILD: 'SUCCEEDED',
    UPLOAD_ARTIFACTS: 'SUCCEEDED',
  });
  expect(failing.phases?.find(({ phaseType }) => phaseType === 'BUILD')?.contexts).toEqual([
    {
      statusCode: 'COMMAND_EXECUTION_ERROR',
      message: 'Error while executing command: exit 3. Reason: exit status 3',
    },
  ]);
  const text = await log(failing);
  expect(text).not.toContain('never\n');
  expect(text).toContain('succeeding: 0');

  const early = await finished(
    await start(await project(spec({ pre_build: { commands: ['false'] }, build: { commands: ['true'] } }))),
  );
  expect(phases(early)).toMatchObject({ PRE_BUILD: 'FAILED', FINALIZING: 'SUCCEEDED' });
  expect(phases(early)).not.toHaveProperty('BUILD');

  const goesOn = await finished(
    await start(await project(spec({ pre_build: { commands: ['false'], 'on-failure': 'CONTINUE' } }))),
  );
  expect(goesOn.buildStatus).toBe('SUCCEEDED');
});

test('the source comes from S3 and artifacts go there, as the project’s role', async () => {
  const archive = writeZip([
    {
      path: 'buildspec.yml',
      bytes: Buffer.from(
        'version: 0.2\nphases:\n  build:\n    commands:\n      - ./run.sh\nartifacts:\n  files: [release.json, "out/**/*"]\n',
      ),
    },
    {
      path: 'run.sh',
      bytes: Buffer.from('#!/bin/sh\nmkdir -p out/deep; echo "{}" > release.json; echo x > out/deep/a.txt\n'),
      mode: 0o100755,
    },
  ]);
  await s3.send(new PutObjectCommand({ Bucket: 'artefacts', Key: 'sources/a.zip', Body: archive }));
  const name = await project(undefined);
  const build = await finished(
    await start(name, {
      sourceTypeOverride: 'S3',
      sourceLocationOverride: 'artefacts/sources/a.zip',
      artifactsOverride: {
        type: 'S3',
        location: 'artefacts',
        path: 'builds/1',
        name: '/',
        namespaceType: 'NONE',
        packaging: 'NONE',
      },
    }),
  );
  expect(build.buildStatus).toBe('SUCCEEDED');
  expect(build.artifacts?.location).toBe('arn:aws:s3:::artefacts/builds/1');
  for (const [Key, text] of [
    ['builds/1/release.json', '{}\n'],
    ['builds/1/out/deep/a.txt', 'x\n'],
  ]) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'artefacts', Key }));
    expect(await Body?.transformToString()).toBe(text);
  }

  const missing = await finished(
    await start(name, { sourceTypeOverride: 'S3', sourceLocationOverride: 'artefacts/sources/none.zip' }),
  );
  expect(missing.buildStatus).toBe('FAILED');
  expect(missing.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')).toMatchObject({
    phaseType: 'DOWNLOAD_SOURCE',
    contexts: [
      { statusCode: 'CLIENT_ERROR', message: expect.stringMatching(/^NoSuchKey: .* status code: 404/) },
    ],
  });
});

test('what the role does not allow fails the build with the real sentence', async () => {
  const name = await project(spec({ build: { commands: ['true'] } }), {
    ServiceRole: await role('mute', 's3:GetObject'),
  });
  const build = await finished(await start(name));
  expect(build.buildStatus).toBe('FAILED');
  expect(build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')?.contexts?.[0]).toMatchObject({
    statusCode: 'ACCESS_DENIED',
    message: expect.stringContaining('is not authorized to perform: logs:CreateLogStream'),
  });
});

test('a secret is resolved for the build and never logged', async () => {
  world.ports.secrets.put('tokens', JSON.stringify({ npm: 's3cr3t-value' }));
  const name = await project(spec({ build: { commands: ['echo "it is $TOKEN, ${#TOKEN} long"'] } }));
  const build = await finished(
    await start(name, {
      environmentVariablesOverride: [{ name: 'TOKEN', value: 'tokens:npm', type: 'SECRETS_MANAGER' }],
    }),
  );
  const text = await log(build);
  expect(text).toContain('it is ***, 12 long');
  expect(text).not.toContain('s3cr3t');
});

test('the environment holds what a build needs and nothing else of ours', async () => {
  process.env['LOCKSTEP_TEST_LEAK'] = 'must not be seen';
  const name = await project(
    spec({
      build: {
        commands: [
          'env',
          'node -p "process.version.split(\'.\')[0]"',
          'npm config get registry > /dev/null && echo "npm works"',
        ],
      },
    }),
  );
  const text = await log(await finished(await start(name)));
  delete process.env['LOCKSTEP_TEST_LEAK'];
  expect(text).not.toContain('LOCKSTEP_TEST_LEAK');
  expect(text).toContain(`AWS_ENDPOINT_URL=${world.endpoint}`);
  expect(text).toContain('CODEBUILD_BUILD_NUMBER=1');
  expect(text).toContain(`\n${process.version.split('.')[0]}\n`);
  expect(text).toContain('\nnpm works\n');
  expect(text).toMatch(/npm_config_cache=\//);
});

test('an idempotency token gives the same build for five minutes, and refuses other parameters', async () => {
  const name = await project(spec({ build: { commands: ['true'] } }));
  const id = await start(name, { idempotencyToken: 'once' });
  expect(await start(name, { idempotencyToken: 'once' })).toBe(id);
  await expect(start(name, { idempotencyToken: 'once', imageOverride: 'x' })).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
  await finished(id);
});

test('StopBuild ends the whole group of processes', async () => {
  const name = await project(spec({ build: { commands: ['sleep 1000 & echo "started $!"; wait'] } }));
  const id = await start(name);
  for (;;) {
    const build = await find(id);
    if (build.currentPhase === 'BUILD' && /started \d/.test(await log(build).catch(() => ''))) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { build } = await codebuild.send(new StopBuildCommand({ id }));
  expect(build?.buildStatus).toBe('STOPPED');
  const stopped = await finished(id);
  expect(stopped.buildStatus).toBe('STOPPED');
  expect(phases(stopped)).toMatchObject({ BUILD: 'STOPPED' });
  const pid = Number(/started (\d+)/.exec(await log(stopped))?.[1]);
  expect(runs(pid)).toBe(false);
  await expect(codebuild.send(new StopBuildCommand({ id: 'none:1' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test.each([
  ['version: 0.1\nphases: {}\n', 'Invalid buildspec version 0.1'],
  ['version: 0.2\nphases:\n  deploy: {}\n', 'phases: deploy is not supported here'],
  [
    'version: 0.2\nphases:\n  build:\n    commands:\n      - echo: x\n',
    'phases.build.commands: expected a list of texts',
  ],
  ['version: 0.2\nphases: [\n', 'YAML file error'],
])('a buildspec that is wrong fails DOWNLOAD_SOURCE with YAML_FILE_ERROR: %j', async (text, message) => {
  const build = await finished(await start(await project(text)));
  expect(build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')).toMatchObject({
    phaseType: 'DOWNLOAD_SOURCE',
    contexts: [{ statusCode: 'YAML_FILE_ERROR', message: expect.stringContaining(message) }],
  });
});

test('ListBuilds, ListBuildsForProject: newest first, or the other way round', async () => {
  const name = await project(spec({ build: { commands: ['true'] } }));
  const ids = [await start(name), await start(name)];
  await Promise.all(ids.map(finished));
  const { ids: newestFirst } = await codebuild.send(new ListBuildsForProjectCommand({ projectName: name }));
  expect(newestFirst).toEqual([...ids].reverse());
  const { ids: oldestFirst } = await codebuild.send(
    new ListBuildsForProjectCommand({ projectName: name, sortOrder: 'ASCENDING' }),
  );
  expect(oldestFirst).toEqual(ids);
  expect((await codebuild.send(new ListBuildsCommand({}))).ids).toEqual(expect.arrayContaining(ids));
});

test('BatchGetProjects and ListProjects', async () => {
  const name = await project(spec({}), {
    TimeoutInMinutes: 30,
    LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: '/builds' } },
  });
  const { projects: found, projectsNotFound } = await codebuild.send(
    new BatchGetProjectsCommand({ names: [name, 'none'] }),
  );
  expect(found).toMatchObject([
    {
      name,
      arn: `arn:aws:codebuild:us-east-1:000000000000:project/${name}`,
      timeoutInMinutes: 30,
      logsConfig: { cloudWatchLogs: { groupName: '/builds' } },
    },
  ]);
  expect(projectsNotFound).toEqual(['none']);
  expect((await codebuild.send(new ListProjectsCommand({}))).projects).toContain(name);
  await expect(start('none')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('what is not supported is refused by operation and field', async () => {
  const name = await project(spec({}));
  await expect(start(name, { debugSessionEnabled: true })).rejects.toMatchObject({
    name: 'LockstepLocalUnsupported',
    message: expect.stringContaining('debugSessionEnabled'),
  });
  const input = {
    name: 'x',
    source: { type: 'NO_SOURCE' as const },
    artifacts: { type: 'NO_ARTIFACTS' as const },
    environment: { type: 'ARM_CONTAINER' as const, image: 'x', computeType: 'BUILD_GENERAL1_SMALL' as const },
    serviceRole,
  };
  await expect(codebuild.send(new CreateProjectCommand(input))).rejects.toMatchObject({
    name: 'LockstepLocalUnsupported',
  });
});
