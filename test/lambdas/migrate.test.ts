/** Migrate: one task, started once, and every way in which it can end. One file: every test is a small change of the same task. */
import { execFileSync } from 'node:child_process';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { entryOf } from '../../core/journal.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import { migrationScript } from '../../core/migration-task.ts';
import { handler } from '../../lambdas/migrate/handler.ts';
import { awsError, FakeAws } from '../setup/fake-aws.ts';
import { DEFINITION, DEPLOYMENT, PLAN, RELEASE, SERVICE, withClients } from '../setup/function.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
let aws: FakeAws;
beforeAll(async () => {
  journal = await openTestJournal();
});
afterAll(() => journal.close());

const MIGRATION: MigrationResult = {
  verdict: 'safe',
  pending: ['20261123_owner', '20261124_note'],
  oldCode: 'compatible',
  consequences: [],
  risky: false,
  findings: 0,
  database: 'unchanged',
};
const TASK = 'arn:aws:ecs:eu-central-1:1:task/production/4b1f';
const REGISTERED = 'arn:aws:ecs:eu-central-1:1:task-definition/backend-production-migrate:1';
const task = (more: object) => ({
  tasks: [
    {
      taskArn: TASK,
      taskDefinitionArn: REGISTERED,
      lastStatus: 'RUNNING',
      containers: [{ name: 'backend' }],
      ...more,
    },
  ],
});
const ended = (exitCode: number | undefined, more: object = {}) =>
  task({
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    // A sidecar that was killed says nothing about the migration.
    containers: [
      { name: 'proxy', exitCode: 137 },
      { name: 'backend', ...(exitCode === undefined ? {} : { exitCode }) },
    ],
    ...more,
  });
const log = (...lines: string[]) =>
  aws.answer({ 'CloudWatchLogs GetLogEvents': { events: lines.map((message) => ({ message })) } });
const rows = (...states: [name: string, finishedAt: string | null][]) =>
  aws.answer({
    'Lambda Invoke': {
      Payload: {
        transformToString: () =>
          JSON.stringify({
            reachable: true,
            otherTables: true,
            serverVersion: 150018,
            applied: states.map(([migrationName, finishedAt]) => ({
              id: '',
              checksum: '',
              migrationName,
              startedAt: '',
              finishedAt,
              rolledBackAt: null,
              appliedStepsCount: 0,
              logs: null,
            })),
          }),
      },
    },
  });

beforeEach(async () => {
  await journal.reset(DEPLOYMENT);
  await journal.put(entryOf(DEPLOYMENT, {}));
  aws = new FakeAws().answer({
    'ECS DescribeServices': { services: [SERVICE] },
    'ECS DescribeTaskDefinition': { taskDefinition: DEFINITION },
    'ECS RegisterTaskDefinition': { taskDefinition: { taskDefinitionArn: REGISTERED } },
    'ECS RunTask': { tasks: [{ taskArn: TASK }] },
    'ECS DescribeTasks': task({}),
    'ECS StopTask': {},
    'S3 GetObject': awsError('NoSuchKey'),
  });
  log();
  rows();
});

const run = (migration = MIGRATION) =>
  withClients(handler, {
    journal,
    ecs: aws.client(ECSClient),
    lambda: aws.client(LambdaClient),
    logs: aws.client(CloudWatchLogsClient),
    s3: aws.client(S3Client),
  })({
    deployment: DEPLOYMENT,
    plan: PLAN,
    release: RELEASE,
    migration,
  });
const record = async () => (await journal.entry(DEPLOYMENT))?.steps.Migrate;

test('starts exactly one task of the new image where the service’s tasks run', async () => {
  expect(await run()).toMatchObject({
    status: 'waiting',
    waitSeconds: 2,
    summary: 'RUNNING, task 4b1f',
    migration: MIGRATION,
  });
  expect(aws.inputs('ECS RunTask')).toEqual([
    {
      cluster: 'production',
      taskDefinition: REGISTERED,
      count: 1,
      clientToken: '1a2b3c4d-migrate',
      startedBy: 'lockstep/1a2b3c4d',
      networkConfiguration: SERVICE.networkConfiguration,
      launchType: 'FARGATE',
    },
  ]);
  const [registered] = aws.inputs('ECS RegisterTaskDefinition');
  expect(registered).toMatchObject({
    family: 'backend-production-migrate',
    taskRoleArn: DEFINITION.taskRoleArn,
    containerDefinitions: [
      {
        name: 'backend',
        image: RELEASE.image,
        essential: true,
        entryPoint: ['sh', '-c'],
        command: [expect.stringContaining('npx prisma migrate deploy')],
      },
    ],
  });
  expect(JSON.stringify(registered)).not.toContain('healthCheck');
});

test('a call that is repeated registers and starts nothing', async () => {
  await run();
  await run();
  expect([aws.count('ECS RegisterTaskDefinition'), aws.count('ECS RunTask')]).toEqual([1, 1]);
});

test('the task of a call that did not live to write it down is adopted', async () => {
  aws.answer({ 'ECS RunTask': awsError('ConflictException', 'token in use', { resourceIds: [TASK] }) });
  await run();
  expect(await record()).toMatchObject({ work: { task: TASK } });
});

test('exit code 0 of the container that migrates is the end, whatever a sidecar says', async () => {
  aws.answer({ 'ECS DescribeTasks': ended(0) });
  expect(await run()).toMatchObject({
    status: 'done',
    summary: '20261123_owner, 20261124_note',
    migration: { database: 'migrated' },
  });
  expect(await record()).toMatchObject({
    work: { database: 'migrated', migration: { database: 'migrated' } },
  });
});

test('nothing pending runs nothing', async () => {
  expect(await run({ ...MIGRATION, pending: [] })).toMatchObject({ status: 'skipped' });
  expect(aws.count('ECS RunTask')).toBe(0);
});

describe('a migration that failed', () => {
  const PRISMA = [
    'Error: P3018',
    '',
    'A migration failed to apply. New migrations cannot be applied before the error is recovered from.',
    'Migration name: 20261124_note',
    'Database error code: 23502',
    'Database error:',
    'ERROR: column "owner" of relation "documents" contains null values',
  ];

  test('tells exit code, Prisma’s code, the database’s words, the last lines, and what is in the database now', async () => {
    aws.answer({ 'ECS DescribeTasks': ended(1) });
    log(...PRISMA);
    rows(['20261123_owner', '2026-11-24'], ['20261124_note', null]);
    await expect(run()).rejects.toMatchObject({
      name: 'MigrationFailed',
      message: expect.stringContaining(
        'ended with exit code 1 (P3018): 20261124_note: column "owner" of relation "documents" contains null values',
      ),
    });
    expect(await record()).toMatchObject({
      work: { database: 'failed' },
      failure: {
        remedy: expect.stringContaining('lockstep migrations resolve'),
        evidence: expect.arrayContaining([
          PRISMA[0],
          'in the database now: 20261123_owner applied',
          'in the database now: 20261124_note failed',
        ]),
      },
    });
  });

  test('for a lock says so', async () => {
    aws.answer({ 'ECS DescribeTasks': ended(1) });
    log('Error: P3018', 'Database error code: 55P03', 'ERROR: canceling statement due to lock timeout');
    await expect(run()).rejects.toMatchObject({
      name: 'MigrationLockTimeout',
      message: expect.stringContaining('longer than 5s for a lock'),
    });
  });

  test.each([
    ['P1001', 'security group'],
    ['P1002', 'advisory lock'],
    ['P3005', 'mark what is there'],
    ['P3009', 'stands unresolved'],
  ])('with %s has its own remedy', async (code, remedy) => {
    aws.answer({ 'ECS DescribeTasks': ended(1) });
    log(`Error: ${code}`, 'no');
    await expect(run()).rejects.toMatchObject({
      name: 'MigrationFailed',
      message: expect.stringMatching(new RegExp(`\\(${code}\\)[\\s\\S]*(${remedy})`)),
    });
  });

  test('because the image has no Prisma says that', async () => {
    aws.answer({ 'ECS DescribeTasks': ended(1) });
    log('npm error npx canceled due to missing packages and no YES option: ["prisma@7.10.1"]');
    await expect(run()).rejects.toMatchObject({
      message: expect.stringContaining('must be in "dependencies"'),
    });
  });

  test('is looked at again while its last words are on their way, at most three times', async () => {
    aws.answer({ 'ECS DescribeTasks': ended(1) });
    for (const _ of [1, 2, 3])
      expect(await run()).toMatchObject({
        status: 'waiting',
        summary: expect.stringContaining('last words'),
      });
    await expect(run()).rejects.toMatchObject({ name: 'MigrationFailed' });
  });

  test('before it started has changed nothing', async () => {
    aws.answer({
      'ECS DescribeTasks': ended(undefined, {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'CannotPullContainerError: no',
      }),
    });
    await expect(run()).rejects.toMatchObject({
      name: 'MigrationNotStarted',
      message: expect.stringContaining('CannotPullContainerError'),
    });
    expect(await record()).toMatchObject({ work: { database: 'unchanged' } });
  });

  test('at which nobody looked in time counts by what the database says', async () => {
    aws.answer({ 'ECS DescribeTasks': { tasks: [], failures: [{ reason: 'MISSING' }] } });
    rows(['20261123_owner', '2026-11-24'], ['20261124_note', '2026-11-24']);
    expect(await run()).toMatchObject({ status: 'waiting' });
    expect(await run()).toMatchObject({ status: 'waiting' });
    expect(await run()).toMatchObject({ status: 'waiting' });
    expect(await run()).toMatchObject({ status: 'done', migration: { database: 'migrated' } });
  });
});

test('an answer of 200 without a task is an error with ECS’s reason', async () => {
  aws.answer({
    'ECS RunTask': { tasks: [], failures: [{ reason: 'RESOURCE:FARGATE', detail: 'no capacity' }] },
  });
  await expect(run()).rejects.toMatchObject({
    name: 'MigrationNotStarted',
    message: expect.stringContaining('RESOURCE:FARGATE: no capacity'),
  });
});

test('a migration that takes more than an hour is stopped, and its end told', async () => {
  const startedAt = new Date(Date.now() - 3_601_000).toISOString();
  await journal.put({
    ...entryOf(DEPLOYMENT, {}),
    steps: { Migrate: { startedAt, status: 'waiting', summary: '', work: { task: TASK, startedAt } } },
  });
  expect(await run()).toMatchObject({ status: 'waiting', summary: 'it took too long and is being stopped' });
  expect(aws.count('ECS StopTask')).toBe(1);
  aws.answer({ 'ECS DescribeTasks': ended(137, { stopCode: 'UserInitiated' }) });
  log('Applying migration `20261123_owner`');
  await expect(run()).rejects.toMatchObject({
    name: 'MigrationTimedOut',
    message: expect.stringContaining('60 minutes'),
  });
});

test('a wish to cancel keeps it from starting, and never cuts it short', async () => {
  await journal.reset(DEPLOYMENT, { cancelledBy: 'grace' });
  await journal.put(entryOf(DEPLOYMENT, {}));
  await expect(run()).rejects.toMatchObject({ name: 'Cancelled' });
  expect(aws.count('ECS RunTask')).toBe(0);
  await journal.put({
    ...entryOf(DEPLOYMENT, {}),
    steps: { Migrate: { startedAt: '', status: 'waiting', summary: '', work: { task: TASK } } },
  });
  expect(await run()).toMatchObject({ status: 'waiting' });
});

describe('a lock that is not got', () => {
  const ATOMIC = { ...MIGRATION, atomic: ['20261124_note'] };
  const LOCKED = [
    'Error: P3018',
    'Migration name: 20261124_note',
    'Database error code: 55P03',
    'ERROR: canceling statement due to lock timeout',
  ];
  /** As if the pause were over. */
  const later = async () => {
    const entry = await journal.entry(DEPLOYMENT);
    const { Migrate } = entry?.steps ?? {};
    if (entry && Migrate)
      await journal.put({
        ...entry,
        steps: { Migrate: { ...Migrate, work: { ...Migrate.work, retryAt: new Date(0).toISOString() } } },
      });
  };
  beforeEach(() => {
    aws.answer({ 'ECS DescribeTasks': ended(1) });
    log(...LOCKED);
    rows(['20261123_owner', '2026-11-24'], ['20261124_note', null]);
  });

  test('is tried again after a pause, where nothing was changed: the failed row is taken back first', async () => {
    expect(await run(ATOMIC)).toMatchObject({
      status: 'waiting',
      waitSeconds: 10,
      summary: 'did not get its lock, and changed nothing',
    });
    expect(await run(ATOMIC)).toMatchObject({
      status: 'waiting',
      waitSeconds: 10,
      summary: 'did not get its lock; tried again in 10 s',
    });
    expect(aws.count('ECS RunTask')).toBe(1);
    await later();
    aws.answer({ 'ECS DescribeTasks': ended(0) });
    expect(await run(ATOMIC)).toMatchObject({ status: 'done', migration: { database: 'migrated' } });
    expect(aws.inputs('ECS RunTask')[1]).toMatchObject({
      clientToken: '1a2b3c4d-migrate-1',
      taskDefinition: REGISTERED,
      overrides: {
        containerOverrides: [
          {
            name: 'backend',
            command: [
              expect.stringContaining(
                'npx prisma migrate resolve --rolled-back 20261124_note || exit\nexec npx prisma migrate deploy',
              ),
            ],
          },
        ],
      },
    });
    expect(aws.count('ECS RegisterTaskDefinition')).toBe(1);
  });

  test('is given up after three more tries, and who held it is told', async () => {
    aws.answer({ 'ECS DescribeTasks': task({}) });
    await run(ATOMIC);
    const entry = await journal.entry(DEPLOYMENT);
    const { Migrate } = entry?.steps ?? {};
    const waited =
      'waits 5 s for a lock on documents behind pid 4711 (psql, idle in transaction for 82 s: UPDATE documents SET)';
    if (entry && Migrate)
      await journal.put({
        ...entry,
        steps: { Migrate: { ...Migrate, work: { ...Migrate.work, attempt: 3, waited } } },
      });
    aws.answer({ 'ECS DescribeTasks': ended(1) });
    await expect(run(ATOMIC)).rejects.toMatchObject({ name: 'MigrationLockTimeout' });
    expect((await record())?.failure?.evidence).toContain(`it ${waited}`);
  });

  test('is not tried again where the failed file may have left something behind', async () => {
    await expect(run(MIGRATION)).rejects.toMatchObject({ name: 'MigrationLockTimeout' });
    expect(await record()).toMatchObject({ work: { database: 'failed' } });
  });
});

test('a migration that takes its time tells whom it waits for', async () => {
  const startedAt = new Date(Date.now() - 8_000).toISOString();
  await journal.put({
    ...entryOf(DEPLOYMENT, {}),
    steps: { Migrate: { startedAt, status: 'waiting', summary: '', work: { task: TASK, startedAt } } },
  });
  const blocker = {
    pid: 4711,
    application: 'psql',
    state: 'idle in transaction',
    seconds: 82,
    query: 'UPDATE documents SET title = ?',
  };
  const answer = {
    reachable: true,
    waiting: { table: 'documents', seconds: 4, blockers: [blocker] },
    index: null,
  };
  aws.answer({ 'Lambda Invoke': { Payload: { transformToString: () => JSON.stringify(answer) } } });
  expect(await run()).toMatchObject({
    summary:
      'waits 4 s for a lock on documents behind pid 4711 (psql, idle in transaction for 82 s: UPDATE documents SET title = ?)',
  });
  expect(await record()).toMatchObject({ work: { waited: expect.stringContaining('pid 4711') } });
});

describe('the script puts the lock time-out on the connection', () => {
  const shell = (environment: Record<string, string>) => {
    const script = migrationScript('5s').replace(
      'exec npx prisma migrate deploy',
      'echo "$PGOPTIONS|$DATABASE_URL"',
    );
    return execFileSync('sh', ['-c', script], {
      env: { PATH: process.env['PATH'] ?? '', ...environment },
      encoding: 'utf8',
    }).trim();
  };
  test.each([
    [{}, '-c lock_timeout=5s|'],
    [{ PGOPTIONS: '-c a=1' }, '-c lock_timeout=5s -c a=1|'],
    [
      { DATABASE_URL: 'postgresql://h/d' },
      '-c lock_timeout=5s|postgresql://h/d?options=-c%20lock_timeout%3D5s',
    ],
    [
      { DATABASE_URL: 'postgresql://h/d?schema=public' },
      '-c lock_timeout=5s|postgresql://h/d?schema=public&options=-c%20lock_timeout%3D5s',
    ],
    [
      { DATABASE_URL: 'postgresql://h/d?options=-c%20a%3D1&x=y' },
      '-c lock_timeout=5s|postgresql://h/d?options=-c%20lock_timeout%3D5s%20-c%20a%3D1&x=y',
    ],
  ])('of %j', (environment, expected) => {
    expect(shell(environment as Record<string, string>)).toBe(expected);
  });
});
