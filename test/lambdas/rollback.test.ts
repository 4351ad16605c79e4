/** Rollback: which way back is taken, and when none is. */
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { entryOf } from '../../core/journal.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import type { Rollout } from '../../core/rollout.ts';
import { handler } from '../../lambdas/rollback/handler.ts';
import { FakeAws } from '../setup/fake-aws.ts';
import { ARNS, DEFINITION, DEPLOYMENT, PLAN, REVISIONS, SERVICE, withClients } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());

const ROLLOUT: Rollout = {
  taskDefinition: ARNS.new,
  serviceDeployment: ARNS.newDeployment,
  startedAt: '2026-11-24T09:20:00.000Z',
};
/** Our deployment as ECS tells it, and the task definition that the service has. */
let ours: { status: string; rollback?: { serviceRevisionArn: string } };
let current: string;

beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  ours = { status: 'IN_PROGRESS' };
  current = ARNS.new;
  let back = false;
  aws = new FakeAws().answer({
    'ECS DescribeServices': () => ({ services: [{ ...SERVICE, taskDefinition: current }] }),
    'ECS DescribeTaskDefinition': { taskDefinition: DEFINITION },
    'ECS DescribeServiceDeployments': () => ({
      serviceDeployments: [
        {
          serviceDeploymentArn: ARNS.newDeployment,
          targetServiceRevision: { arn: ARNS.newRevision },
          sourceServiceRevisions: [{ arn: ARNS.oldRevision }],
          ...ours,
        },
      ],
    }),
    'ECS DescribeServiceRevisions': ({ serviceRevisionArns }) => ({
      serviceRevisions: Object.values(REVISIONS).filter((one) =>
        (serviceRevisionArns as string[]).includes(one.serviceRevisionArn),
      ),
    }),
    'ECS ListServiceDeployments': ({ createdAt }) => ({
      serviceDeployments: [
        ...(back
          ? [
              {
                serviceDeploymentArn: 'back',
                status: 'PENDING',
                targetServiceRevisionArn: ARNS.oldRevision,
                createdAt: new Date(),
              },
            ]
          : []),
        ...(createdAt
          ? []
          : [
              {
                serviceDeploymentArn: ARNS.oldDeployment,
                status: 'SUCCESSFUL',
                targetServiceRevisionArn: ARNS.oldRevision,
                createdAt: new Date(0),
              },
            ]),
      ],
    }),
    'ECS StopServiceDeployment': () => {
      ours = { status: 'ROLLBACK_REQUESTED' };
      return { serviceDeploymentArn: ARNS.newDeployment };
    },
    'ECS UpdateService': ({ taskDefinition }) => {
      current = String(taskDefinition);
      back = true;
      return { service: SERVICE };
    },
    'ECS RegisterTaskDefinition': { taskDefinition: { taskDefinitionArn: `${ARNS.old.slice(0, -2)}43` } },
  });
});

const run = (
  more: { migration?: MigrationResult | null; rollout?: Rollout | null; plan?: typeof PLAN } = {},
) =>
  withClients(handler, { journal, ecs: aws.client(ECSClient), lambda: aws.client(LambdaClient) })({
    deployment: DEPLOYMENT,
    plan: more.plan ?? PLAN,
    migration: more.migration ?? null,
    rollout: more.rollout === undefined ? ROLLOUT : more.rollout,
  });

test('our deployment that still runs is stopped, once, and ECS’s own way back is taken', async () => {
  expect(await run()).toMatchObject({
    status: 'waiting',
    summary: 'ECS is asked to stop the failed deployment',
    rollout: ROLLOUT,
  });
  expect(await run()).toMatchObject({
    status: 'done',
    summary: 'to 9f31c2e (backend-production:41)',
    rollout: { taskDefinition: ARNS.old, serviceDeployment: ARNS.newDeployment },
  });
  expect([aws.count('ECS StopServiceDeployment'), aws.count('ECS UpdateService')]).toEqual([1, 0]);
});

test.each(['ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL'])(
  'where ECS goes back by itself (%s) no second way is started',
  async (status) => {
    ours = { status, rollback: { serviceRevisionArn: ARNS.oldRevision } };
    expect(await run()).toMatchObject({
      status: 'done',
      rollout: { taskDefinition: ARNS.old, serviceDeployment: ARNS.newDeployment },
    });
    expect([aws.count('ECS StopServiceDeployment'), aws.count('ECS UpdateService')]).toEqual([0, 0]);
  },
);

test('where ECS goes back to something else, it is let end, and the target is given after it', async () => {
  ours = { status: 'ROLLBACK_IN_PROGRESS', rollback: { serviceRevisionArn: ARNS.newRevision } };
  expect(await run()).toMatchObject({
    status: 'waiting',
    summary: 'ECS is taking the service back to another revision first',
  });
  ours = { status: 'ROLLBACK_SUCCESSFUL', rollback: { serviceRevisionArn: ARNS.newRevision } };
  expect(await run()).toMatchObject({
    status: 'done',
    rollout: { taskDefinition: ARNS.old, serviceDeployment: 'back' },
  });
});

test('a release that ECS called a success is taken back by the target’s own revision, once', async () => {
  ours = { status: 'SUCCESSFUL' };
  const first = await run();
  expect(first).toMatchObject({
    status: 'done',
    rollout: { taskDefinition: ARNS.old, serviceDeployment: 'back' },
  });
  expect(await run()).toEqual(first);
  expect(aws.inputs('ECS UpdateService')).toEqual([
    { cluster: 'production', service: 'backend', taskDefinition: ARNS.old },
  ]);
});

test('a target that ECS has made INACTIVE is copied', async () => {
  ours = { status: 'SUCCESSFUL' };
  aws.answer({ 'ECS DescribeTaskDefinition': { taskDefinition: { ...DEFINITION, status: 'INACTIVE' } } });
  expect(await run()).toMatchObject({
    status: 'done',
    rollout: { taskDefinition: expect.stringMatching(/:43$/) },
  });
});

test('a service that was never given the release is only verified', async () => {
  current = ARNS.old;
  expect(await run({ rollout: null })).toMatchObject({
    status: 'done',
    rollout: { taskDefinition: ARNS.old, serviceDeployment: ARNS.oldDeployment },
  });
  expect(aws.count('ECS UpdateService')).toBe(0);
});

describe('a service that runs neither ours nor the target', () => {
  const other = `${ARNS.old.slice(0, -2)}77`;
  beforeEach(() => {
    current = other;
    ours = { status: 'STOPPED' };
  });

  test('has been taken over by somebody else, and is let alone', async () => {
    await expect(run()).rejects.toMatchObject({
      name: 'Superseded',
      message: expect.stringContaining('backend-production:77'),
    });
    expect(aws.count('ECS UpdateService')).toBe(0);
  });

  test('is as it was before, where nothing was given to it yet', async () => {
    expect(await run({ rollout: null })).toMatchObject({
      status: 'done',
      rollout: { taskDefinition: other },
    });
    expect(aws.count('ECS UpdateService')).toBe(0);
  });
});

test('a release that UpdateService gave without living to say so is taken back', async () => {
  await journal.put({
    ...entryOf(DEPLOYMENT, {}),
    steps: {
      UpdateService: {
        startedAt: '',
        status: 'waiting',
        summary: '',
        work: { taskDefinition: ARNS.new, startedAt: ROLLOUT.startedAt },
      },
    },
  });
  expect(await run({ rollout: null })).toMatchObject({
    status: 'done',
    rollout: { taskDefinition: ARNS.old, serviceDeployment: 'back' },
  });
});

test('without anything that is known to work, a person has to look', () =>
  expect(run({ plan: { ...PLAN, rollbackTarget: null } })).rejects.toMatchObject({
    name: 'RollbackTargetMissing',
  }));

test('a cancelled release goes back all the same', async () => {
  await journal.reset(DEPLOYMENT, { cancelledBy: 'grace' });
  await journal.put(entryOf(DEPLOYMENT, {}));
  await expect(run()).resolves.toMatchObject({ status: 'waiting' });
});

describe('on a schema that this deployment has migrated', () => {
  const migration: MigrationResult = {
    verdict: 'needs-approval',
    pending: ['20261124_cleanup'],
    oldCode: 'compatible',
    consequences: [],
    risky: true,
    findings: 1,
    database: 'migrated',
  };
  const withProofs = (proofs: (string | null)[]) =>
    journal.put({
      ...entryOf(DEPLOYMENT, {}),
      steps: {
        MigrateCheck: { startedAt: '', status: 'done', summary: '', work: { proofs } },
        Snapshot: {
          startedAt: '',
          status: 'done',
          summary: '',
          work: { snapshot: 'lockstep-backend-1a2b3c4d' },
        },
      },
    });
  const found = (...answers: (boolean | null)[]) =>
    aws.answer({
      'Lambda Invoke': {
        Payload: { transformToString: () => JSON.stringify({ reachable: true, found: answers }) },
      },
    });

  test('old code that works on it comes back', () =>
    expect(run({ migration })).resolves.toMatchObject({ status: 'waiting' }));

  test('old code of which nothing is known comes back, and the summary says so', async () => {
    ours = { status: 'SUCCESSFUL' };
    expect(await run({ migration: { ...migration, oldCode: 'unknown' } })).toMatchObject({
      summary:
        'to 9f31c2e (backend-production:41); whether the old code works on the migrated schema is not known',
    });
  });

  test('old code that does not work on it stays away: what changed and the snapshot are named', async () => {
    await withProofs([]);
    await expect(run({ migration: { ...migration, oldCode: 'incompatible' } })).rejects.toMatchObject({
      name: 'RollbackIncompatible',
      message: expect.stringMatching(
        /backend-production:41\) does not work on it: 20261124_cleanup changed[\s\S]*lockstep-backend-1a2b3c4d/,
      ),
    });
    expect(aws.count('ECS StopServiceDeployment')).toBe(0);
  });

  describe('that breaks old code once the new code has written', () => {
    const untilWritten: MigrationResult = { ...migration, oldCode: 'until-written' };

    test('it comes back while nothing was written', async () => {
      await withProofs(['SELECT 1']);
      found(false);
      await expect(run({ migration: untilWritten })).resolves.toMatchObject({ status: 'waiting' });
      expect(JSON.parse(String(aws.inputs('Lambda Invoke')[0]?.['Payload']))).toEqual({
        want: 'probe',
        queries: ['SELECT 1'],
      });
    });

    test.each([
      ['something was', ['SELECT 1'], [true], 'has written what the old code cannot read'],
      ['it could not be asked', ['SELECT 1'], [null], 'could not be asked'],
      ['there is no query for it', [null], [], 'could not be asked'],
    ])('it stays away when %s', async (_, proofs, answers, words) => {
      await withProofs(proofs);
      found(...answers);
      await expect(run({ migration: untilWritten })).rejects.toMatchObject({
        name: 'RollbackIncompatible',
        message: expect.stringContaining(words),
      });
    });
  });
});
