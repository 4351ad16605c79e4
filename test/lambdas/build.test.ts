/** Build: started once, looked at, believed only when ECR agrees. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { ECRClient } from '@aws-sdk/client-ecr';
import { S3Client } from '@aws-sdk/client-s3';
import { entryOf } from '../../core/journal.ts';
import { handler } from '../../lambdas/build/handler.ts';
import { awsError, FakeAws, s3Json } from '../setup/fake-aws.ts';
import { DEPLOYMENT, DIGESTS, PLAN, RELEASE, withClients } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
let objects: Record<string, unknown>;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());

const MANIFEST = {
  version: 1,
  service: 'backend',
  repository: 'backend',
  commit: RELEASE.commit,
  subject: '',
  committedAt: '',
  builtAt: '2026-11-24T09:17:00Z',
  tag: RELEASE.tag,
  digest: DIGESTS.new,
  prismaVersion: '7.10.0',
  schema: [],
  migrations: [{ name: '20261124_note', checksum: 'a'.repeat(64), sql: 'SELECT 1' }],
};
const build = (more: object) => ({
  builds: [
    {
      id: 'lockstep-production-build:1',
      buildStatus: 'IN_PROGRESS',
      currentPhase: 'BUILD',
      startTime: new Date(),
      logs: { groupName: '/aws/codebuild/lockstep', streamName: '1' },
      ...more,
    },
  ],
});
const succeeded = build({
  buildStatus: 'SUCCEEDED',
  exportedEnvironmentVariables: [{ name: 'IMAGE_DIGEST', value: DIGESTS.new }],
});
const lines = (...messages: string[]) => ({
  events: messages.map((message) => ({ message: `${message}\n` })),
});

beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  objects = { [`builds/${DEPLOYMENT.id}/release.json`]: MANIFEST };
  aws = new FakeAws().answer({
    'CodeBuild StartBuild': { build: { id: 'lockstep-production-build:1' } },
    'CodeBuild BatchGetBuilds': build({}),
    'CodeBuild StopBuild': {},
    'CloudWatchLogs GetLogEvents': lines(),
    'ECR DescribeImages': { imageDetails: [{ imageDigest: DIGESTS.new, imageStatus: 'ACTIVE' }] },
    'S3 GetObject': ({ Key }) =>
      String(Key) in objects ? s3Json(objects[String(Key)]) : awsError('NoSuchKey'),
    'S3 PutObject': ({ Key, Body, IfNoneMatch }) => {
      if (IfNoneMatch && String(Key) in objects) return awsError('PreconditionFailed');
      objects[String(Key)] = JSON.parse(String(Body));
      return {};
    },
  });
});

const run = (plan = PLAN) =>
  withClients(handler, {
    journal,
    codebuild: aws.client(CodeBuildClient),
    ecr: aws.client(ECRClient),
    logs: aws.client(CloudWatchLogsClient),
    s3: aws.client(S3Client),
  })({ deployment: DEPLOYMENT, plan });

test('the first call starts the build with the commit’s source and all that the buildspec needs', async () => {
  expect(await run()).toMatchObject({
    status: 'waiting',
    waitSeconds: 2,
    summary: 'BUILD, lockstep-production-build:1',
    release: null,
  });
  const [input] = aws.inputs('CodeBuild StartBuild');
  expect(input).toMatchObject({
    projectName: 'lockstep-production-build',
    idempotencyToken: '1a2b3c4d-build',
    sourceTypeOverride: 'S3',
    sourceLocationOverride: 'artefacts/sources/backend/a1b2c3d.zip',
    artifactsOverride: {
      type: 'S3',
      location: 'artefacts',
      path: 'builds/1a2b3c4d',
      name: '/',
      packaging: 'NONE',
    },
  });
  const variables = input?.['environmentVariablesOverride'] as { name: string; value: string }[];
  expect(Object.fromEntries(variables.map(({ name, value }) => [name, value]))).toEqual({
    SERVICE: 'backend',
    SERVICE_PATH: '.',
    DOCKERFILE: 'Dockerfile',
    BUILD_CONTEXT: '.',
    WORKING_DIRECTORY: '.',
    REPOSITORY: 'backend',
    REPOSITORY_URI: PLAN.repositoryUri,
    IMAGE_TAG: RELEASE.tag,
    COMMIT: RELEASE.commit,
    SUBJECT: 'Index documents by owner',
    COMMITTED_AT: '2026-11-24T09:00:00Z',
  });
});

test('the second call starts nothing', async () => {
  await run();
  await run();
  expect(aws.count('CodeBuild StartBuild')).toBe(1);
});

test('a build that succeeded leaves its manifest under the digest, and pointers from commit and environment', async () => {
  aws.answer({ 'CodeBuild BatchGetBuilds': succeeded });
  expect(await run()).toMatchObject({
    status: 'done',
    release: RELEASE,
    summary: expect.stringContaining('1 migrations'),
  });
  expect(objects).toMatchObject({
    [RELEASE.manifestKey]: MANIFEST,
    [`commits/backend/${RELEASE.commit}.json`]: { digest: DIGESTS.new, tag: RELEASE.tag },
    'published/production/backend.json': { digest: DIGESTS.new, tag: RELEASE.tag },
  });
  expect(await journal.entry(DEPLOYMENT)).toMatchObject({
    release: RELEASE,
    steps: { Build: { status: 'done' } },
  });
});

test('a cancelled deployment stops its build, and starts none', async () => {
  await run();
  await journal.reset(DEPLOYMENT, { cancelledBy: 'grace' });
  await journal.put({
    ...entryOf(DEPLOYMENT, {}),
    steps: { Build: { startedAt: '', status: 'waiting', summary: '', work: { buildId: 'b:1' } } },
  });
  await expect(run()).rejects.toMatchObject({ name: 'Cancelled' });
  expect(aws.inputs('CodeBuild StopBuild')).toEqual([{ id: 'b:1' }]);
  await journal.put(entryOf(DEPLOYMENT, {}));
  await expect(run()).rejects.toMatchObject({ name: 'Cancelled' });
  expect(aws.count('CodeBuild StartBuild')).toBe(1);
});

describe('a build that failed', () => {
  const failed = (phaseType: string, log: string[], more: object = {}) => {
    aws.answer({
      'CodeBuild BatchGetBuilds': build({
        buildStatus: 'FAILED',
        phases: [
          { phaseType: 'INSTALL', phaseStatus: 'SUCCEEDED' },
          {
            phaseType,
            phaseStatus: 'FAILED',
            contexts: [{ statusCode: 'COMMAND_EXECUTION_ERROR', message: 'exit status 2' }],
          },
          { phaseType: 'POST_BUILD', phaseStatus: 'SUCCEEDED' },
        ],
        ...more,
      }),
      'CloudWatchLogs GetLogEvents': lines(...log),
    });
    return run();
  };

  test('on a type error names file and line', () =>
    expect(
      failed('PRE_BUILD', [
        '> tsc',
        "src/main.ts(12,5): error TS2322: Type 'string' is not assignable to type 'number'.",
      ]),
    ).rejects.toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining("src/main.ts:12:5: TS2322: Type 'string'"),
    }));

  test('in prisma generate says so', () =>
    expect(
      failed('PRE_BUILD', [
        'Error: Prisma schema validation - (get-config wasm)',
        'Error code: P1012',
        'error: Type "Strng" is neither a built-in type, nor refers to another model.',
        '  -->  prisma/schema.prisma:12',
      ]),
    ).rejects.toMatchObject({
      name: 'PrismaGenerateFailed',
      message: expect.stringContaining('prisma/schema.prisma:12: Type "Strng"'),
    }));

  test('for a tag that is taken names it', () =>
    expect(
      failed('BUILD', [
        "tag invalid: The image tag 'x' already exists in the 'backend' repository and cannot be overwritten because the tag is immutable.",
      ]),
    ).rejects.toMatchObject({ name: 'TagTaken' }));

  test('otherwise names the first phase that failed and the line that decides', async () => {
    await expect(
      failed('INSTALL2', ['npm error code ERESOLVE', 'npm error ERESOLVE could not resolve']),
    ).rejects.toMatchObject({
      name: 'BuildFailed',
      message: expect.stringContaining('npm error ERESOLVE'),
    });
    const { failure } = (await journal.entry(DEPLOYMENT))?.steps.Build ?? {};
    expect(failure?.evidence).toContain('npm error code ERESOLVE');
  });

  test('without a word in its log has the words of CodeBuild', () =>
    expect(failed('BUILD', [])).rejects.toMatchObject({
      message: expect.stringContaining(
        'docker build and push (BUILD): COMMAND_EXECUTION_ERROR: exit status 2',
      ),
    }));

  test('by CodeBuild’s fault, by time or by hand is told apart', async () => {
    await expect(failed('PROVISIONING', [], { buildStatus: 'FAULT' })).rejects.toMatchObject({
      name: 'BuildFault',
    });
    await expect(
      failed('BUILD', [], { buildStatus: 'TIMED_OUT', timeoutInMinutes: 60 }),
    ).rejects.toMatchObject({
      name: 'BuildTimedOut',
      message: expect.stringContaining('60 minutes'),
    });
    await expect(failed('BUILD', [], { buildStatus: 'STOPPED' })).rejects.toMatchObject({
      message: expect.stringContaining('somebody stopped it'),
    });
  });
});

describe('a build that says it succeeded is not believed', () => {
  beforeEach(() => aws.answer({ 'CodeBuild BatchGetBuilds': succeeded }));

  test('where ECR has another digest under the tag', async () => {
    aws.answer({ 'ECR DescribeImages': { imageDetails: [{ imageDigest: DIGESTS.old }] } });
    await expect(run()).rejects.toMatchObject({
      name: 'DigestMismatch',
      message: expect.stringContaining(DIGESTS.old),
    });
  });

  test('where ECR has no such image', async () => {
    aws.answer({ 'ECR DescribeImages': awsError('ImageNotFoundException') });
    await expect(run()).rejects.toMatchObject({
      name: 'DigestMismatch',
      message: expect.stringContaining('nothing'),
    });
  });

  test('without a manifest that can be read', async () => {
    objects = {};
    await expect(run()).rejects.toMatchObject({ name: 'ManifestMissing' });
    objects = { [`builds/${DEPLOYMENT.id}/release.json`]: { ...MANIFEST, prismaVersion: 7 } };
    await expect(run()).rejects.toMatchObject({
      name: 'ManifestMissing',
      message: expect.stringContaining('prismaVersion'),
    });
  });
});

test('a plan without a source cannot be built', () =>
  expect(run({ ...PLAN, sourceKey: null })).rejects.toMatchObject({ name: 'SourceMissing' }));

test('CodeBuild that throttles is tried again by the state machine', async () => {
  aws.answer({ 'CodeBuild StartBuild': awsError('ThrottlingException') });
  await expect(run()).rejects.toMatchObject({ name: 'Throttled' });
});
