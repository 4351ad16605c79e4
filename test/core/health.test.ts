import { describe, expect, test } from '@jest/globals';
import { type Health, judgeHealth } from '../../core/health.ts';
import {
  type Expectation,
  type Memory,
  NOTHING_SEEN,
  type Observation,
  type TaskSeen,
} from '../../core/observation.ts';

const expected: Expectation = {
  environment: 'production',
  port: 4000,
  memory: 512,
  bakeSeconds: 60,
  deadlineSeconds: 900,
  healthPath: '/api/health',
};

const task = (n: number, over: Partial<TaskSeen> = {}): TaskSeen => ({
  arn: `arn:task/${n}`,
  lastStatus: 'RUNNING',
  healthStatus: 'HEALTHY',
  address: `10.0.0.${n}`,
  stopCode: null,
  stoppedReason: null,
  exitCode: null,
  containerReason: null,
  log: [],
  ...over,
});

const stopped = (n: number, over: Partial<TaskSeen> = {}): TaskSeen =>
  task(n, {
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    exitCode: 1,
    ...over,
  });

const target = (n: number, state: string, description: string | null = null) => ({
  address: `10.0.0.${n}`,
  state,
  description,
});
const answer = (status: number | null, body = '{"status":"healthy"}') => ({
  path: '/api/health',
  status,
  body,
  problem: status === null ? 'no answer' : null,
  milliseconds: 4,
});

const deployment = {
  arn: 'arn:ours',
  status: 'SUCCESSFUL',
  statusReason: null,
  taskDefinition: 'td:42',
  triggeredAlarms: [],
};

const good: Observation = {
  elapsed: 100,
  taskDefinition: 'td:42',
  deployment,
  currentDeployment: 'arn:ours',
  desired: 2,
  tasks: [task(1), task(2)],
  targets: [target(1, 'healthy'), target(2, 'healthy')],
  health: answer(200),
  status: null,
  closed: null,
  alarms: [],
};

const judge = (over: Partial<Observation>, memory: Partial<Memory> = {}): Health =>
  judgeHealth({ ...good, ...over }, expected, { ...NOTHING_SEEN, ...memory });
const failure = (health: Health): string => (health.is === 'failed' ? health.failure.error : health.is);

describe('a release is healthy', () => {
  test('when ours is SUCCESSFUL, every new task serves, and has done so for the bake time', () => {
    expect(judge({}, { healthySince: 40 })).toMatchObject({
      is: 'healthy',
      proven: true,
      summary: '2 of 2 healthy; GET /api/health 200 in 4 ms',
    });
  });
  test('and where the endpoint could not be asked, the verdict says so and what to write', () => {
    const summaries = (['no-load-balancer', 'internal', 'https-only'] as const).map(
      (closed) => judge({ health: null, closed }, { healthySince: 40 }).summary,
    );
    expect(summaries).toEqual([
      expect.stringContaining(
        '2 of 2 healthy; GET /api/health is not asked: the service has no load balancer',
      ),
      expect.stringContaining('its load balancer is internal'),
      expect.stringMatching(/HTTPS only.*"health": \{"url": "https:\/\/api\.example\.com"\}$/),
    ]);
  });
  test('but not before the bake time is over, and then it is looked at exactly when it is', () => {
    expect(judge({ elapsed: 97 }, { healthySince: 40 })).toMatchObject({ is: 'waiting', seconds: 3 });
  });
  test('nor while ECS has not ended our deployment', () => {
    expect(
      judge({ deployment: { ...deployment, status: 'IN_PROGRESS' } }, { healthySince: 0 }),
    ).toMatchObject({ is: 'waiting', summary: expect.stringContaining('draining') });
  });
  test('and proves nothing where no task is wanted', () => {
    expect(judge({ desired: 0, tasks: [], targets: [], health: null }, { healthySince: 0 })).toMatchObject({
      is: 'healthy',
      proven: false,
    });
  });
});

describe('the wait says what is missing', () => {
  test.each<[string, Partial<Observation>, string]>([
    [
      'not listed yet',
      { deployment: null, currentDeployment: null, elapsed: 3 },
      'ECS does not list the service deployment yet',
    ],
    ['tasks', { tasks: [task(1)] }, '1 of 2 new tasks run'],
    [
      'container check',
      { tasks: [task(1), task(2, { healthStatus: 'UNHEALTHY' })] },
      '1 of 2 new tasks pass the container health check',
    ],
    [
      'load balancer',
      { targets: [target(1, 'healthy'), target(2, 'unhealthy', 'Health checks failed')] },
      '1 of 2 new tasks healthy in the load balancer; Health checks failed',
    ],
    [
      'a bad answer',
      { health: answer(503, '{"status":"unhealthy"}') },
      'GET /api/health → 503 {"status":"unhealthy"}',
    ],
    [
      '200, but unhealthy',
      { health: answer(200, '{"status":"unhealthy"}') },
      'GET /api/health → 200 {"status":"unhealthy"}',
    ],
  ])('%s', (_, over, summary) => {
    expect(judge(over)).toMatchObject({ is: 'waiting', summary });
  });
  test('and starts the bake anew', () => {
    expect(judge({ tasks: [task(1)] }, { healthySince: 10 }).memory.healthySince).toBeNull();
  });
});

describe('a release has failed', () => {
  const crash = { tasks: [stopped(1), stopped(2)] };
  test.each<[string, Partial<Observation>, string]>([
    ['the same end twice', crash, 'TaskCrashed'],
    [
      'a missing variable',
      { tasks: [1, 2].map((n) => stopped(n, { log: ['Error: Missing environment variable SEARCH_URL'] })) },
      'VariableMissing',
    ],
    [
      'a port in use',
      {
        tasks: [1, 2].map((n) =>
          stopped(n, { log: ['Error: listen EADDRINUSE: address already in use 0.0.0.0:4000'] }),
        ),
      },
      'PortInUse',
    ],
    [
      'the database out of reach',
      { tasks: [1, 2].map((n) => stopped(n, { log: ["P1001: Can't reach database server at db:5432"] })) },
      'DatabaseUnreachable',
    ],
    [
      'out of memory',
      {
        tasks: [1, 2].map((n) =>
          stopped(n, {
            exitCode: 137,
            containerReason: 'OutOfMemoryError: Container killed due to memory usage',
          }),
        ),
      },
      'OutOfMemory',
    ],
    [
      'an image that is not there',
      {
        tasks: [1, 2].map((n) =>
          stopped(n, {
            stopCode: 'TaskFailedToStart',
            exitCode: null,
            stoppedReason: 'CannotPullContainerError: not found',
          }),
        ),
      },
      'ImagePullFailed',
    ],
    [
      'a secret that is not there',
      {
        tasks: [1, 2].map((n) =>
          stopped(n, {
            stopCode: 'TaskFailedToStart',
            exitCode: null,
            stoppedReason: 'ResourceInitializationError: unable to pull secrets',
          }),
        ),
      },
      'SecretUnavailable',
    ],
    [
      'a container that never started',
      {
        tasks: [1, 2].map((n) =>
          stopped(n, { stopCode: 'TaskFailedToStart', exitCode: null, stoppedReason: 'odd' }),
        ),
      },
      'TaskNotStarted',
    ],
    [
      'the circuit breaker, without any task to explain it',
      { deployment: { ...deployment, status: 'ROLLBACK_IN_PROGRESS', statusReason: 'tripped' }, tasks: [] },
      'CircuitBreaker',
    ],
    [
      'the circuit breaker, explained by its tasks',
      { deployment: { ...deployment, status: 'ROLLBACK_SUCCESSFUL' }, tasks: [stopped(1)] },
      'TaskCrashed',
    ],
    ['an alarm', { alarms: ['5xx'] }, 'AlarmDuringBake'],
    ['the deadline', { elapsed: 900, tasks: [task(1)] }, 'HealthDeadline'],
  ])('%s', (_, over, error) => {
    expect(failure(judge(over))).toBe(error);
  });

  test('when the new tasks alone serve and answer badly three times', () => {
    const bad = { health: answer(503) };
    expect(failure(judge(bad, { badAnswers: 1 }))).toBe('waiting');
    expect(failure(judge(bad, { badAnswers: 2 }))).toBe('HealthEndpointFailed');
  });
  test.each([
    ['Error: Connection terminated due to connection timeout', 'DatabaseUnreachable'],
    ['Error: timeout exceeded when trying to connect', 'PoolExhausted'],
    [
      'timeout exceeded when trying to connect\nConnection terminated due to connection timeout',
      'DatabaseUnreachable',
    ],
  ])('and is named by what the tasks say meanwhile: %s', (line, error) => {
    const tasks = [task(1), task(2)].map((one) => ({ ...one, log: ['listening', ...line.split('\n')] }));
    const judged = judge({ health: answer(200), status: answer(503), tasks }, { badAnswers: 2 });
    expect(failure(judged)).toBe(error);
    if (judged.is === 'failed') expect(judged.failure.evidence[0]).toMatch(/^GET .* → 503/);
  });
  test('by one crash that ECS has forgotten meanwhile and one now', () => {
    const { memory } = judge({ tasks: [stopped(1), task(2)] });
    expect(failure(judge({ tasks: [stopped(3), task(2)] }, memory))).toBe('TaskCrashed');
  });
  test('a target that says 503 is an app that is unhealthy; a silent one does not listen', () => {
    const ended = [1, 2].map((n) =>
      stopped(n, {
        stopCode: 'ServiceSchedulerInitiated',
        exitCode: 0,
        stoppedReason: 'Task failed ELB health checks in (target-group x)',
      }),
    );
    const with503 = judge({
      tasks: [...ended, task(4)],
      targets: [target(4, 'unhealthy', 'Health checks failed with these codes: [503]')],
    });
    expect(failure(with503)).toBe('HealthEndpointFailed');
    expect(
      failure(judge({ tasks: [...ended, task(4)], targets: [target(4, 'unhealthy', 'Request timed out')] })),
    ).toBe('NeverListened');
  });
});

describe('what is not the release’s fault is no failure of it', () => {
  test.each([
    'UserInitiated',
    'SpotInterruption',
    'TerminationNotice',
    'InfrastructureHealth',
    'ServiceSchedulerInitiated',
  ])('%s', (stopCode) => {
    const tasks = [1, 2, 3].map((n) =>
      stopped(n, { stopCode, exitCode: 137, stoppedReason: 'Scaling activity initiated by (deployment x)' }),
    );
    expect(
      failure(
        judge(
          { tasks: [...tasks, task(4), task(5)], targets: [target(4, 'healthy'), target(5, 'healthy')] },
          { healthySince: 0 },
        ),
      ),
    ).toBe('healthy');
  });
  test('while old tasks still serve, an answer says nothing about the new ones', () => {
    const seen = judge(
      { health: answer(503), targets: [target(1, 'healthy'), target(2, 'healthy'), target(9, 'healthy')] },
      { badAnswers: 9 },
    );
    expect(seen.is).toBe('waiting');
  });
});

describe('another deployment is not a failure to go back from', () => {
  test.each<[string, Partial<Observation>]>([
    ['it runs another task definition', { deployment: { ...deployment, taskDefinition: 'td:43' } }],
    [
      'ours was stopped for it',
      { deployment: { ...deployment, status: 'STOPPED' }, currentDeployment: 'arn:other' },
    ],
    [
      'ours is not listed, and another is',
      { deployment: null, currentDeployment: 'arn:other', elapsed: 300 },
    ],
  ])('%s', (_, over) => {
    expect(failure(judge(over))).toBe('Superseded');
  });
  test('ours is gone and nobody else’s is there', () => {
    expect(failure(judge({ deployment: null, currentDeployment: null, elapsed: 300 }))).toBe(
      'ServiceDeploymentGone',
    );
  });
});
