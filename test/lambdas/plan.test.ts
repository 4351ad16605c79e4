/** Plan: everything that may be asked for and everything that is refused. One file, because every test is a small change of the same situation. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { entryOf, type JournalEntry } from '../../core/journal.ts';
import { PLACEHOLDER_LABEL } from '../../core/task-definition.ts';
import { handler } from '../../lambdas/plan/handler.ts';
import { awsError, FakeAws, type Reply, s3Json } from '../setup/fake-aws.ts';
import {
  ARNS,
  DEFINITION,
  DEPLOYMENT,
  DIGESTS,
  OLD,
  PLAN,
  RELEASE,
  REPOSITORY,
  REVISIONS,
  SERVICE,
  withClients,
} from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
let objects: Record<string, unknown>;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());

const CONFIGURATION = {
  deployment: { imageTagStrategy: 'immutable', autoScale: true, minTasks: 2, maxTasks: 10 },
  resources: { cpu: 512, memory: 1024 },
  aws: { region: 'eu-central-1' },
  services: { backend: { cluster: 'production', port: 4000, health: { alarms: ['backend-5xx'] } } },
};
const REQUEST = {
  version: 1,
  service: 'backend',
  environment: 'production',
  commit: RELEASE.commit,
  committedAt: '2026-11-24T09:00:00Z',
  subject: 'Index documents by owner',
  source: { key: 'sources/backend/a1b2c3d.zip' },
  configuration: CONFIGURATION,
  requestedBy: 'ada',
};
const PROVEN: JournalEntry = {
  ...entryOf(
    { ...DEPLOYMENT, id: '0000aaaa', startedAt: '2026-11-21T14:00:00.000Z' },
    { commit: OLD.commit },
  ),
  outcome: { verdict: 'succeeded', sentence: '', running: OLD, reason: null, remedy: null },
  proven: OLD,
  provenAt: '2026-11-21T14:07:00.000Z',
};
const manifest = (digest: string, commit: string, more = {}) => ({
  version: 1,
  service: 'backend',
  repository: 'backend',
  commit,
  subject: 'A release',
  committedAt: '2026-11-20T10:00:00Z',
  builtAt: '2026-11-20T10:05:00Z',
  tag: commit,
  digest,
  prismaVersion: '7.10.0',
  schema: [],
  migrations: [],
  ...more,
});

/** Images that ECR has: tag or digest → what DescribeImages says. */
let images: Record<string, object>;

beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  objects = {};
  images = { [DIGESTS.old]: { imageDigest: DIGESTS.old, imageTags: [OLD.commit], imageStatus: 'ACTIVE' } };
  aws = new FakeAws().answer({
    'ECS DescribeServices': { services: [SERVICE] },
    'ECS DescribeTaskDefinition': { taskDefinition: DEFINITION, tags: [] },
    'ECS DescribeServiceRevisions': { serviceRevisions: [REVISIONS.old] },
    'ECR DescribeRepositories': { repositories: [{ repositoryUri: REPOSITORY }] },
    'ECR DescribeImages': ({ imageIds }) => {
      const [{ imageTag, imageDigest } = {}] = imageIds as { imageTag?: string; imageDigest?: string }[];
      const found = images[imageTag ?? imageDigest ?? ''];
      return found ? { imageDetails: [found] } : awsError('ImageNotFoundException');
    },
    'CloudWatch DescribeAlarms': { MetricAlarms: [] },
    'S3 GetObject': ({ Key }) =>
      String(Key) in objects ? s3Json(objects[String(Key)]) : awsError('NoSuchKey'),
    'S3 PutObject': ({ Key, Body }) => {
      objects[String(Key)] = JSON.parse(String(Body));
      return {};
    },
  });
});

const clients = () => ({
  journal,
  cloudwatch: aws.client(CloudWatchClient),
  ecr: aws.client(ECRClient),
  ecs: aws.client(ECSClient),
  lambda: aws.client(LambdaClient),
  s3: aws.client(S3Client),
});
// biome-ignore lint/suspicious/noExplicitAny: a plan as it comes out, looked into field by field
const plan = async (request: unknown = REQUEST): Promise<any> =>
  (await withClients(handler, clients())({ deployment: DEPLOYMENT, request })).plan;
const refusal = (request: unknown, name: string, text: string) =>
  expect(plan(request)).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
const answer = (replies: Record<string, Reply>) => aws.answer(replies);

describe('a commit that has to be built', () => {
  test('is built from the source that came with the request, under its own hash', async () => {
    await journal.put(PROVEN);
    expect(await plan()).toMatchObject({
      action: 'deploy',
      commit: RELEASE.commit,
      release: null,
      tag: RELEASE.commit,
      sourceKey: REQUEST.source.key,
      repositoryUri: REPOSITORY,
      taskDefinition: null,
      running: OLD,
      rollbackTarget: { ...OLD, provenBy: 'journal', provenAt: PROVEN.provenAt },
      steps: { build: true, migrate: true, release: true },
    });
  });

  test('is tagged latest where the environment says mutable', async () => {
    const configuration = {
      ...CONFIGURATION,
      deployment: { ...CONFIGURATION.deployment, imageTagStrategy: 'mutable' },
    };
    expect((await plan({ ...REQUEST, configuration })).tag).toBe('latest');
  });

  test('needs a source', () =>
    refusal({ ...REQUEST, source: undefined }, 'SourceMissing', 'no image of commit a1b2c3d'));

  test('begins the journal’s entry and keeps the plan in it', async () => {
    await journal.put(PROVEN);
    const made = await plan();
    expect(await journal.entry(DEPLOYMENT)).toMatchObject({
      deploymentId: DEPLOYMENT.id,
      requestedBy: 'ada',
      commit: RELEASE.commit,
      plan: made,
      steps: {
        Plan: {
          status: 'done',
          summary: 'runs 9f31c2e (backend-production:41); rollback target 9f31c2e, proven 2026-11-21',
        },
      },
    });
  });

  test('keeps the environment file for requests that bring none', async () => {
    await plan();
    const { configuration: _, ...bare } = REQUEST;
    expect((await plan(bare)).settings).toMatchObject({ cluster: 'production', port: 4000, cpu: 512 });
  });
});

describe('an image that exists', () => {
  beforeEach(() => {
    images[DIGESTS.new] = { imageDigest: DIGESTS.new, imageTags: [RELEASE.tag], imageStatus: 'ACTIVE' };
    images[RELEASE.tag] = { ...images[DIGESTS.new] };
    objects[RELEASE.manifestKey] = manifest(DIGESTS.new, RELEASE.commit);
  });

  test('for the commit is not built again', async () => {
    objects[`commits/backend/${RELEASE.commit}.json`] = { digest: DIGESTS.new, tag: RELEASE.tag };
    expect(await plan()).toMatchObject({ release: RELEASE, steps: { build: false } });
  });

  test('of a build that broke after its push is known by its tag and its manifest', async () => {
    expect(await plan()).toMatchObject({ release: RELEASE, steps: { build: false } });
  });

  test('under the tag of the commit that is of something else is refused', async () => {
    objects[RELEASE.manifestKey] = manifest(DIGESTS.new, OLD.commit);
    await refusal(REQUEST, 'TagTaken', RELEASE.tag);
  });

  test('is released by its tag, on purpose even if it is older', async () => {
    const made = await plan({ ...REQUEST, commit: undefined, action: 'update', imageTag: RELEASE.tag });
    expect(made).toMatchObject({ release: RELEASE, steps: { build: false, release: true } });
  });

  test('is released by its digest', async () => {
    expect(await plan({ ...REQUEST, action: 'update', imageDigest: DIGESTS.new })).toMatchObject({
      release: { digest: DIGESTS.new, image: RELEASE.image, commit: RELEASE.commit },
    });
  });

  test('that was published last is what update releases', async () => {
    objects['published/production/backend.json'] = { digest: DIGESTS.new, tag: RELEASE.tag };
    expect(await plan({ ...REQUEST, commit: undefined, action: 'update' })).toMatchObject({
      release: RELEASE,
    });
  });

  test('that is archived counts as missing', async () => {
    images[RELEASE.tag] = { imageDigest: DIGESTS.new, imageStatus: 'ARCHIVED' };
    await refusal({ ...REQUEST, action: 'update', imageTag: RELEASE.tag }, 'ImageNotFound', 'archived');
  });

  test('is enough for publish: nothing is built, nothing released', async () => {
    const made = await plan({ ...REQUEST, action: 'publish', imageTag: RELEASE.tag });
    expect(made.steps).toEqual({ build: false, migrate: false, release: false });
  });
});

describe('going back', () => {
  const back = {
    version: 1,
    service: 'backend',
    environment: 'production',
    action: 'rollback',
    configuration: CONFIGURATION,
  };

  beforeEach(async () => {
    // What runs is the new release; the old one was proven before it.
    await journal.put(PROVEN);
    images[DIGESTS.new] = { imageDigest: DIGESTS.new, imageTags: [RELEASE.tag], imageStatus: 'ACTIVE' };
    answer({
      'ECS DescribeServices': {
        services: [
          { ...SERVICE, taskDefinition: ARNS.new, currentServiceRevisions: [{ arn: ARNS.newRevision }] },
        ],
      },
      'ECS DescribeServiceRevisions': { serviceRevisions: [REVISIONS.new] },
      'ECS DescribeTaskDefinition': ({ taskDefinition }) => ({
        taskDefinition:
          taskDefinition === ARNS.new
            ? {
                ...DEFINITION,
                taskDefinitionArn: ARNS.new,
                revision: 42,
                containerDefinitions: [{ name: 'backend', image: RELEASE.image }],
              }
            : DEFINITION,
      }),
    });
  });

  test('without a name means the last release that was proven before this one, revision and all', async () => {
    const made = await plan(back);
    expect(made).toMatchObject({
      release: { digest: DIGESTS.old, image: OLD.image },
      taskDefinition: ARNS.old,
      steps: { build: false, migrate: false, release: true },
    });
  });

  test.each(['backend-production:41', '41', '0000aaaa'])(
    'to %s means that very revision',
    async (rollbackTo) => {
      expect(await plan({ ...back, rollbackTo })).toMatchObject({
        release: { digest: DIGESTS.old },
        taskDefinition: ARNS.old,
      });
    },
  );

  test('to a tag means its image, and the revision that ran it', async () => {
    images['v1'] = { imageDigest: DIGESTS.old, imageTags: ['v1'], imageStatus: 'ACTIVE' };
    expect(await plan({ ...back, rollbackTo: 'v1' })).toMatchObject({
      release: { digest: DIGESTS.old, tag: 'v1' },
      taskDefinition: ARNS.old,
    });
  });

  test('is not refused for an alarm: it may be what the alarm asks for', async () => {
    answer({ 'CloudWatch DescribeAlarms': { MetricAlarms: [{ AlarmName: 'backend-5xx' }] } });
    await expect(plan(back)).resolves.toBeDefined();
  });

  test('its target is no way back from itself', async () => {
    expect((await plan(back)).rollbackTarget).toMatchObject({ taskDefinition: ARNS.new, provenBy: 'steady' });
  });

  test('needs somewhere to go', async () => {
    await journal.reset(DEPLOYMENT);
    await refusal(back, 'RollbackTargetMissing', 'backend in production that is known to work');
    await refusal({ ...back, rollbackTo: 'v9' }, 'ImageNotFound', 'has no image v9');
  });
});

describe('the way back', () => {
  test('is what runs and is steady, for a service that was never deployed by us', async () => {
    expect((await plan()).rollbackTarget).toMatchObject({
      ...OLD,
      commit: null,
      committedAt: null,
      provenBy: 'steady',
    });
  });

  test('is none where nothing is steady', async () => {
    answer({ 'ECS DescribeServices': { services: [{ ...SERVICE, runningCount: 1 }] } });
    expect((await plan()).rollbackTarget).toBeNull();
  });

  test('is none for a stand-in that has seen no release', async () => {
    const [container] = DEFINITION.containerDefinitions;
    const standIn = {
      ...DEFINITION,
      containerDefinitions: [{ ...container, dockerLabels: { [PLACEHOLDER_LABEL]: 'command' } }],
    };
    answer({ 'ECS DescribeTaskDefinition': { taskDefinition: standIn } });
    expect(await plan()).toMatchObject({ running: null, rollbackTarget: null });
  });

  test('whose image is gone is refused, as then there would be none', async () => {
    images = {};
    await refusal(REQUEST, 'RollbackImageMissing', 'is gone');
    images = { [DIGESTS.old]: { imageDigest: DIGESTS.old, imageStatus: 'ARCHIVED' } };
    await refusal(REQUEST, 'RollbackImageMissing', 'is archived');
  });

  test('whose image is gone may be replaced by releasing the same commit once more', async () => {
    images = {};
    await journal.put({ ...PROVEN, proven: { ...OLD, commit: RELEASE.commit } });
    expect((await plan()).rollbackTarget).toBeNull();
  });
});

describe('refused before anything is changed', () => {
  test('a request with every problem at once', async () => {
    const failed = plan({ ...REQUEST, comit: 'x', commit: 'zz' }).catch((error: Error) => error.message);
    expect(await failed).toContain('commit must be a git commit');
    expect(await failed).toContain('did you mean commit?');
  });

  test.each([
    'sources/other/a1b2c3d.zip',
    'sources/backend.zip',
    'sources/backend-2/a.zip',
    'builds/1a2b3c4d/x.zip',
  ])('a source that is not the service’s own: %s', (key) =>
    refusal({ ...REQUEST, source: { key } }, 'SourceElsewhere', 'does not lie below sources/backend/'),
  );

  test('a request for another environment than this stack’s', () =>
    refusal({ ...REQUEST, environment: 'staging' }, 'InvalidRequest', 'deploys to "production"'));

  test('an environment file with every problem at once', () =>
    refusal(
      {
        ...REQUEST,
        configuration: { ...CONFIGURATION, resources: { cpu: 512, memory: 700 }, deploymnt: {} },
      },
      'EnvironmentInvalid',
      '2 problems',
    ));

  test('no environment file at all', () =>
    refusal({ ...REQUEST, configuration: undefined }, 'EnvironmentMissing', 'production'));

  test('an unknown service, with those that there are', () =>
    refusal({ ...REQUEST, service: 'backand' }, 'ServiceUnknown', 'there are backend'));

  test('a service that ECS does not have, or no longer', async () => {
    answer({ 'ECS DescribeServices': { services: [], failures: [{ reason: 'MISSING' }] } });
    await refusal(REQUEST, 'ServiceNotFound', 'no ECS service "backend" in cluster "production"');
    answer({ 'ECS DescribeServices': { services: [{ ...SERVICE, status: 'DRAINING' }] } });
    await refusal(REQUEST, 'ServiceInactive', 'DRAINING');
  });

  test('a container that the task definition does not have', async () => {
    answer({
      'ECS DescribeTaskDefinition': {
        taskDefinition: { ...DEFINITION, containerDefinitions: [{ name: 'web', image: 'x' }] },
      },
    });
    await refusal(REQUEST, 'ContainerUnknown', 'no container "backend"; it has web');
  });

  test('a repository that ECR does not have', async () => {
    answer({ 'ECR DescribeRepositories': awsError('RepositoryNotFoundException') });
    await refusal(REQUEST, 'RepositoryNotFound', '"backend"');
  });

  test('an alarm that rings already', async () => {
    answer({ 'CloudWatch DescribeAlarms': { MetricAlarms: [{ AlarmName: 'backend-5xx' }] } });
    await refusal(REQUEST, 'AlarmActive', 'backend-5xx');
  });

  test('a commit that is older than the one that runs, unless on purpose', async () => {
    await journal.put(PROVEN);
    const older = { ...REQUEST, committedAt: '2026-11-19T00:00:00Z' };
    await refusal(older, 'StaleCommit', '9f31c2e');
    await expect(plan({ ...older, allowOlder: true })).resolves.toBeDefined();
  });

  test('neither commit nor image; nothing published', async () => {
    await refusal({ ...REQUEST, commit: undefined }, 'CommitMissing', 'neither');
    await refusal(
      { ...REQUEST, commit: undefined, action: 'update' },
      'NothingPublished',
      'backend in production',
    );
  });

  test('a service whose last deployment ended without a verdict', async () => {
    await journal.put(entryOf({ ...DEPLOYMENT, id: '0000bbbb', startedAt: '2026-11-24T09:00:00.000Z' }, {}));
    await refusal(REQUEST, 'UnfinishedDeployment', '0000bbbb');
  });

  describe('with a database', () => {
    const configuration = {
      ...CONFIGURATION,
      services: { backend: { ...CONFIGURATION.services.backend, database: { secret: 'backend-database' } } },
    };
    const row = {
      id: '1',
      checksum: 'c',
      migrationName: '20261124_note',
      startedAt: '',
      finishedAt: null,
      rolledBackAt: null,
      appliedStepsCount: 0,
      logs: 'no',
    };
    const inspected = (payload: unknown, more = {}) => ({
      'Lambda Invoke': { ...more, Payload: { transformToString: () => JSON.stringify(payload) } },
    });

    test('in which a migration stands failed (P3009)', async () => {
      answer(inspected({ reachable: true, applied: [row], otherTables: true, serverVersion: 150018 }));
      await refusal({ ...REQUEST, configuration }, 'FailedMigration', '20261124_note');
      expect(aws.inputs('Lambda Invoke')[0]).toMatchObject({
        FunctionName: 'lockstep-production-inspect-database-backend',
      });
    });

    test('that cannot be asked goes on', async () => {
      answer(inspected({ errorMessage: 'no route' }, { FunctionError: 'Unhandled' }));
      await expect(plan({ ...REQUEST, configuration })).resolves.toBeDefined();
      answer({ 'Lambda Invoke': awsError('ResourceNotFoundException') });
      await expect(plan({ ...REQUEST, configuration })).resolves.toBeDefined();
    });
  });
});

describe('a freeze', () => {
  const frozen = {
    ...CONFIGURATION,
    timeZone: 'Europe/Berlin',
    freeze: [{ from: '2020-01-01', to: '2099-12-31', reason: 'the books are being closed' }],
  };
  const REQUESTED = { ...REQUEST, configuration: frozen };

  test('refuses a deployment, says until when in the environment’s zone, and asks AWS for nothing of the service', async () => {
    await refusal(
      REQUESTED,
      'Frozen',
      'No deployment to production begins before Fri 1 Jan 2100 00:00 (Europe/Berlin): the books are being closed.',
    );
    expect(aws.calls.filter(({ operation }) => /^ECS (?!Describe|List)/.test(operation))).toEqual([]);
    // So that the last line says what runs.
    const { work } = (await journal.entry(DEPLOYMENT))?.steps.Plan ?? {};
    expect(work).toMatchObject({ running: { revision: 'backend-production:41' } });
  });

  test('refuses an update that brings no environment file by the one that was sent last, even if that was refused', async () => {
    await refusal(REQUESTED, 'Frozen', 'the books are being closed');
    const { configuration, source, ...rest } = REQUESTED;
    await refusal({ ...rest, action: 'update' }, 'Frozen', 'the books are being closed');
  });

  test('outside of the weekly windows there is none either', async () => {
    // Two and three days ago: it is neither of them in any zone.
    const [one, other] = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].filter(
      (_, day) => day === (new Date().getUTCDay() + 5) % 7 || day === (new Date().getUTCDay() + 4) % 7,
    );
    const windows = [`${one} 00:00-01:00`, `${other} 00:00-01:00`];
    await refusal(
      { ...REQUEST, configuration: { ...CONFIGURATION, windows } },
      'Frozen',
      `outside of the weekly windows (${windows.join(', ')})`,
    );
  });

  test('lets a build and a rollback through', async () => {
    await expect(plan({ ...REQUESTED, action: 'publish' })).resolves.toBeDefined();
    await journal.put(PROVEN);
    const rollbackTo = PROVEN.deploymentId;
    await expect(plan({ ...REQUESTED, action: 'rollback', rollbackTo })).resolves.toBeDefined();
  });

  test('that is overridden is in the journal, with why and with what was overridden', async () => {
    await plan({ ...REQUESTED, overrideFreeze: 'the shop is down' });
    expect(await journal.entry(DEPLOYMENT)).toMatchObject({
      overrideFreeze: 'the shop is down',
      steps: { Plan: { work: { overrode: expect.stringContaining('the books are being closed') } } },
    });
  });

  test('that is not there is not overridden', async () => {
    await plan({ ...REQUEST, overrideFreeze: 'just in case' });
    expect((await journal.entry(DEPLOYMENT))?.steps.Plan?.work).not.toHaveProperty('overrode');
  });
});

describe('a schedule', () => {
  const { commit, subject, committedAt, source, configuration } = REQUEST;
  const SCHEDULED = {
    version: 1,
    service: 'backend',
    environment: 'production',
    requestedBy: 'schedule',
    schedule: { at: '2026-11-24T02:00:00Z' },
  };

  test('of a branch builds the commit that was uploaded of it last, with that commit’s environment file', async () => {
    const tip = { commit: commit.padEnd(40, '0'), subject, committedAt, source, configuration };
    objects['branches/backend/release%2F1.json'] = tip;
    const made = await plan({ ...SCHEDULED, action: 'deploy', branch: 'release/1' });
    expect(made).toMatchObject({
      commit: tip.commit,
      subject,
      committedAt,
      sourceKey: source.key,
      steps: { build: true, release: true },
    });
    expect(objects['environments/production.json']).toEqual(configuration);
    expect(await journal.entry(DEPLOYMENT)).toMatchObject({
      commit: tip.commit,
      scheduledAt: '2026-11-24T02:00:00Z',
    });
  });

  test('of a branch that nobody uploaded says what to do', async () => {
    await refusal(
      { ...SCHEDULED, branch: 'main' },
      'BranchUnknown',
      'No source of branch main of backend has been uploaded to production.',
    );
  });

  describe('of what was published last', () => {
    const entry = (id: string, more: Partial<JournalEntry>): JournalEntry => ({
      ...PROVEN,
      deploymentId: id,
      startedAt: `2026-11-22T1${id[0]}:00:00.000Z`,
      release: RELEASE,
      ...more,
    });
    beforeEach(() => {
      objects['environments/production.json'] = CONFIGURATION;
      objects['published/production/backend.json'] = { digest: RELEASE.digest, tag: RELEASE.tag };
      images[RELEASE.digest] = {
        imageDigest: RELEASE.digest,
        imageTags: [RELEASE.tag],
        imageStatus: 'ACTIVE',
      };
    });
    const scheduled = { ...SCHEDULED, action: 'update' };
    const rolledBack = {
      verdict: 'rolled-back' as const,
      sentence: '',
      running: OLD,
      reason: '',
      remedy: '',
    };

    test('releases it', async () => {
      await journal.put(PROVEN);
      expect(await plan(scheduled)).toMatchObject({ release: { digest: RELEASE.digest } });
    });

    test('does not try a release again that was rolled back; a person may', async () => {
      await journal.put(PROVEN);
      await journal.put(entry('1000aaaa', { outcome: rolledBack }));
      await refusal(scheduled, 'TakenBack', 'deployment 1000aaaa, which rolled back');
      const { schedule, ...byHand } = scheduled;
      await expect(plan(byHand)).resolves.toBeDefined();
    });
  });
});

test('a plan that is made again is the same plan', async () => {
  const first = await plan();
  expect(await plan()).toEqual(first);
  expect(first.settings).toMatchObject({
    ...PLAN.settings,
    database: null,
    health: { ...PLAN.settings.health, alarms: ['backend-5xx'] },
  });
});

test('what AWS denies is named with its own sentence', async () => {
  answer({
    'ECS DescribeServices': awsError(
      'AccessDeniedException',
      'User: role/plan is not authorized to perform: ecs:DescribeServices',
    ),
  });
  await refusal(REQUEST, 'PermissionMissing', 'not authorized to perform: ecs:DescribeServices');
});
