import type * as ecs from '@aws-sdk/client-ecs';
import { afterEach, expect, test } from '@jest/globals';
import { byImage, type Script } from '../../../local/runtimes/simulated/runtime.ts';
import { type Cluster, type ClusterOptions, simulatedCluster } from './cluster.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const seconds = (count: number) => cluster.world.clock.sleep(count * 1000);
const BREAKER = { deploymentCircuitBreaker: { enable: true, rollback: true } };

/** A service of two tasks that runs image `good`, steady. */
async function steady(
  script: Script,
  rest: Record<string, unknown> = {},
  options: Partial<ClusterOptions> = {},
) {
  cluster = await simulatedCluster(script, options);
  const good = await cluster.revision(cluster.image('good'));
  await cluster.createService(good, { deploymentConfiguration: BREAKER, ...rest });
  await seconds(120);
  expect((await cluster.service()).deployments?.[0]?.rolloutState).toBe('COMPLETED');
  return good;
}

const scripts = byImage(
  {
    [digest('crash')]: { exit: { after: 300, code: 1 } },
    [digest('late')]: { boot: 10_000, exit: { after: 4000, code: 3 } },
    [digest('sick')]: { boot: 1000, answer: () => ({ status: 503 }) },
    [digest('deaf')]: { boot: Number.POSITIVE_INFINITY },
    [digest('slow')]: { boot: 40_000 },
    [digest('stubborn')]: { boot: 500, stopTakes: 600_000 },
  },
  { provisioning: 5000, boot: 2000 },
);

function digest(tag: string): string {
  return `sha256:${Buffer.from(tag).toString('hex').padEnd(64, '0')}`;
}

test('a first deployment starts its tasks, registers them, becomes steady', async () => {
  await steady(scripts);
  const service = await cluster.service();
  expect(service).toMatchObject({ desiredCount: 2, runningCount: 2, pendingCount: 0, status: 'ACTIVE' });
  expect(service.deployments).toHaveLength(1);
  const [primary] = service.deployments as [ecs.Deployment];
  expect(primary).toMatchObject({
    status: 'PRIMARY',
    runningCount: 2,
    failedTasks: 0,
    rolloutStateReason: `ECS deployment ${primary.id} completed.`,
  });
  expect(primary.id).toMatch(/^ecs-svc\/\d{19}$/);
  const events = await cluster.events();
  expect(events[0]).toMatch(/^has started 2 tasks: \(task [0-9a-f]{32}\) \(task [0-9a-f]{32}\)\.$/);
  expect(events.slice(1)).toEqual([
    `registered 1 targets in (target-group ${cluster.targetGroup})`,
    `registered 1 targets in (target-group ${cluster.targetGroup})`,
    `(deployment ${primary.id}) deployment completed.`,
    'has reached a steady state.',
  ]);
  const tasks = await cluster.tasks();
  expect(tasks.map((task) => [task.startedBy, task.lastStatus, task.group])).toEqual([
    [primary.id, 'RUNNING', 'service:backend'],
    [primary.id, 'RUNNING', 'service:backend'],
  ]);
  expect(await cluster.deployment()).toMatchObject({
    status: 'SUCCESSFUL',
    sourceServiceRevisions: [],
    targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2 },
    deploymentCircuitBreaker: { status: 'MONITORING_COMPLETE', failureCount: 0, threshold: 3 },
  });
});

test('a rolling update keeps two healthy tasks at every moment and ends with only the new revision', async () => {
  await steady(scripts);
  const next = await cluster.revision(cluster.image('next'));
  let fewest = Number.POSITIVE_INFINITY;
  let most = 0;
  cluster.world.ports.targets.watch(async () => {
    const tasks = await cluster.tasks();
    const healthy = tasks.filter(({ attachments }) => {
      const id = attachments?.[0]?.details?.find(({ name }) => name === 'privateIPv4Address')?.value ?? '';
      return cluster.world.ports.targets.health(cluster.targetGroup, { id, port: 4000 }).state === 'healthy';
    });
    fewest = Math.min(fewest, healthy.length);
    most = Math.max(most, tasks.length);
  });
  const updated = await cluster.update({ taskDefinition: next });
  expect(updated.deployments?.map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE']);
  expect(updated.taskDefinition).toBe(next);
  await seconds(120);
  expect([fewest, most]).toEqual([2, 4]);
  const service = await cluster.service();
  expect(service.deployments?.map(({ taskDefinition }) => taskDefinition)).toEqual([next]);
  const stopped = await cluster.tasks('STOPPED');
  expect(stopped.map((task) => [task.stopCode, task.stoppedReason])).toEqual(
    Array(2).fill([
      'ServiceSchedulerInitiated',
      `Scaling activity initiated by (deployment ${service.deployments?.[0]?.id})`,
    ]),
  );
  const revision = (await cluster.deployment()).targetServiceRevision?.arn;
  const { serviceRevisions } = await cluster.run<{ serviceRevisions: ecs.ServiceRevision[] }>(
    'DescribeServiceRevisions',
    { serviceRevisionArns: [revision] },
  );
  expect(serviceRevisions[0]).toMatchObject({
    taskDefinition: next,
    containerImages: [{ containerName: 'backend', imageDigest: digest('next') }],
  });
});

test('a crash at boot opens the circuit breaker after three failures and the old tasks stay', async () => {
  const good = await steady(scripts);
  const [before] = (await cluster.service()).deployments as [ecs.Deployment];
  const old = await cluster.tasks();
  const bad = await cluster.revision(cluster.image('crash'));
  await cluster.update({ taskDefinition: bad });
  const ours = (await cluster.service()).currentServiceDeployment;
  await seconds(60);
  const service = await cluster.service();
  expect(service.taskDefinition).toBe(good);
  expect(service.deployments?.map(({ id, rolloutState }) => [id, rolloutState])).toEqual([
    [before.id, 'COMPLETED'],
  ]);
  expect((await cluster.tasks()).map(({ taskArn }) => taskArn)).toEqual(old.map(({ taskArn }) => taskArn));
  const deployment = await cluster.deployment(ours);
  expect(deployment).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    statusReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
    deploymentCircuitBreaker: { status: 'TRIGGERED', threshold: 3 },
  });
  expect(deployment.rollback?.serviceRevisionArn).toBe(deployment.sourceServiceRevisions?.[0]?.arn);
  const stopped = (await cluster.tasks('STOPPED')).filter(
    ({ stopCode }) => stopCode === 'EssentialContainerExited',
  );
  expect(stopped.length).toBeGreaterThanOrEqual(3);
  expect(stopped[0]).toMatchObject({
    stoppedReason: 'Essential container in task exited',
    containers: [{ exitCode: 1, lastStatus: 'STOPPED' }],
  });
  const events = (await cluster.events()).join('\n');
  expect(events).toMatch(/\(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start\./);
  expect(events).toContain(`rolling back to deployment ${before.id}.`);
  expect(cluster.world.emitted.map(({ detail }) => detail['eventName']).filter(Boolean)).toEqual([
    'SERVICE_DEPLOYMENT_IN_PROGRESS',
    'SERVICE_DEPLOYMENT_COMPLETED',
    'SERVICE_STEADY_STATE',
    'SERVICE_DEPLOYMENT_IN_PROGRESS',
    'SERVICE_DEPLOYMENT_FAILED',
    'SERVICE_DEPLOYMENT_IN_PROGRESS',
    'SERVICE_DEPLOYMENT_COMPLETED',
    'SERVICE_STEADY_STATE',
  ]);
});

test('while it rolls back, the reason names the deployment that it goes back to', async () => {
  await steady(scripts);
  const [before] = (await cluster.service()).deployments as [ecs.Deployment];
  await cluster.update({ taskDefinition: await cluster.revision(cluster.image('sick')) });
  let seen: Promise<ecs.Service> | undefined;
  const { emit } = cluster.world.ports.events;
  cluster.world.ports.events.emit = (event) => {
    emit(event);
    if (String(event.detail['reason']).includes('rolling back')) seen = cluster.service();
  };
  await seconds(60);
  expect(
    (await seen)?.deployments?.map(({ status, rolloutState, rolloutStateReason }) => [
      status,
      rolloutState,
      rolloutStateReason,
    ]),
  ).toEqual([
    ['PRIMARY', 'IN_PROGRESS', `ECS deployment circuit breaker: rolling back to deploymentId ${before.id}.`],
    ['ACTIVE', 'FAILED', 'ECS deployment circuit breaker: tasks failed to start.'],
  ]);
});

test('tasks that fail their load balancer’s checks are replaced, named, and counted', async () => {
  await steady(scripts);
  await cluster.update({ taskDefinition: await cluster.revision(cluster.image('sick')) });
  await seconds(60);
  const stopped = (await cluster.tasks('STOPPED')).filter(({ stoppedReason }) =>
    stoppedReason?.includes('ELB'),
  );
  expect(stopped[0]).toMatchObject({
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: `Task failed ELB health checks in (target-group ${cluster.targetGroup})`,
  });
  expect(await cluster.events()).toContainEqual(
    expect.stringMatching(
      /^\(task [0-9a-f]{32}\) \(port 4000\) is unhealthy in \(target-group .*\) due to \(reason Health checks failed with these codes: \[503\]\)\.$/,
    ),
  );
  expect((await cluster.deployment()).status).toBe('ROLLBACK_SUCCESSFUL');
});

test('a grace period shorter than the boot makes a slow release fail; a longer one lets it succeed', async () => {
  await steady(scripts, { healthCheckGracePeriodSeconds: 20 });
  const slow = await cluster.revision(cluster.image('slow'));
  await cluster.update({ taskDefinition: slow });
  await seconds(200);
  expect((await cluster.deployment()).status).toBe('ROLLBACK_SUCCESSFUL');
  await cluster.update({ taskDefinition: slow, healthCheckGracePeriodSeconds: 60 });
  await seconds(200);
  expect((await cluster.deployment()).status).toBe('SUCCESSFUL');
  expect((await cluster.service()).taskDefinition).toBe(slow);
});

test('a release that never listens is rolled back', async () => {
  const good = await steady(scripts);
  await cluster.update({ taskDefinition: await cluster.revision(cluster.image('deaf')) });
  await seconds(120);
  expect((await cluster.service()).taskDefinition).toBe(good);
  expect((await cluster.deployment()).status).toBe('ROLLBACK_SUCCESSFUL');
});

test('a crash after the task has run is not counted: the deployment goes on for hours with no failed task', async () => {
  await steady(scripts, {
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
  await cluster.update({ taskDefinition: await cluster.revision(cluster.image('late')) });
  await seconds(7200);
  const [primary] = (await cluster.service()).deployments as [ecs.Deployment];
  expect(primary).toMatchObject({ rolloutState: 'IN_PROGRESS', failedTasks: 0 });
  const started = (await cluster.events()).filter((event) => event.startsWith('has started')).length;
  expect(started).toBeLessThan(100);
});

test('without a completed deployment before it, a broken first deployment stands still', async () => {
  cluster = await simulatedCluster(scripts);
  await cluster.createService(await cluster.revision(cluster.image('crash')), {
    deploymentConfiguration: BREAKER,
  });
  await seconds(600);
  expect((await cluster.service()).deployments).toMatchObject([
    { rolloutState: 'FAILED', status: 'PRIMARY' },
  ]);
  expect(await cluster.deployment()).toMatchObject({
    status: 'ROLLBACK_FAILED',
    statusReason: 'No rollback candidate was found to run the rollback.',
  });
  expect(await cluster.tasks()).toEqual([]);
});

test('an image that is not there fails each task in ECS’s words, with growing pauses; the next release mends it', async () => {
  cluster = await simulatedCluster(scripts);
  await cluster.createService(await cluster.revision('127.0.0.1:1/backend:missing'), { desiredCount: 1 });
  await seconds(60);
  const stopped = await cluster.tasks('STOPPED');
  expect(stopped[0]).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: expect.stringMatching(/^CannotPullContainerError: .*backend:missing: not found$/),
    containers: [{ reason: expect.stringMatching(/^CannotPullContainerError/) }],
  });
  expect(stopped[0]?.containers?.[0]).not.toHaveProperty('exitCode', expect.anything());
  const times = stopped.map(({ createdAt }) => createdAt?.getTime() ?? 0);
  const pauses = times.slice(1).map((time, i) => Math.round((time - (times[i] ?? 0)) / 1000));
  expect(pauses).toEqual([1, 2, 4, 8, 16]);
  expect(await cluster.events()).toContainEqual(
    expect.stringMatching(/^is unable to consistently start tasks successfully/),
  );
  await cluster.update({ taskDefinition: await cluster.revision(cluster.image('good')) });
  await seconds(60);
  expect((await cluster.deployment()).status).toBe('SUCCESSFUL');
});

test('a latest tag that moves during a deployment does not mix two images', async () => {
  cluster = await simulatedCluster(scripts);
  const latest = cluster.image('latest');
  await cluster.createService(await cluster.revision(latest), { desiredCount: 1 });
  await seconds(60);
  cluster.world.images.set(latest, { digest: digest('moved'), root: '/nowhere', config: {} });
  await cluster.update({ desiredCount: 3 });
  await seconds(60);
  const digests = (await cluster.tasks()).map(({ containers }) => containers?.[0]?.imageDigest);
  expect(digests).toEqual(Array(3).fill(digest('latest')));
  await cluster.update({ forceNewDeployment: true });
  await seconds(60);
  expect(new Set((await cluster.tasks()).map(({ containers }) => containers?.[0]?.imageDigest))).toEqual(
    new Set([digest('moved')]),
  );
});

test('UpdateService keeps what it is not given, above all the desired count', async () => {
  await steady(scripts, { healthCheckGracePeriodSeconds: 7 });
  cluster.world.ports.ecs.setDesired('main', 'backend', 4, 'scaling');
  const service = await cluster.update({ taskDefinition: await cluster.revision(cluster.image('next')) });
  expect(service).toMatchObject({ desiredCount: 4, healthCheckGracePeriodSeconds: 7 });
  expect(service.deploymentConfiguration).toMatchObject({
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    deploymentCircuitBreaker: { enable: true, rollback: true, resetOnHealthyTask: true },
  });
  await seconds(120);
  expect(await cluster.tasks()).toHaveLength(4);
  expect(cluster.world.ports.ecs.service('main', 'backend')).toEqual({ desired: 4, running: 4 });
});

test('count, grace period and configuration change without a new deployment', async () => {
  await steady(scripts);
  const before = (await cluster.service()).currentServiceDeployment;
  const service = await cluster.update({
    desiredCount: 3,
    healthCheckGracePeriodSeconds: 5,
    deploymentConfiguration: { maximumPercent: 150 },
  });
  expect(service.currentServiceDeployment).toBe(before);
  expect(service.deployments).toHaveLength(1);
});

test('a release during a release: the first ends as stopped, the second wins', async () => {
  await steady(scripts);
  await cluster.update({ taskDefinition: await cluster.revision(cluster.image('slow')) });
  await seconds(10);
  const first = (await cluster.service()).currentServiceDeployment;
  const third = await cluster.revision(cluster.image('third'));
  await cluster.update({ taskDefinition: third });
  await seconds(120);
  expect((await cluster.deployment(first)).status).toBe('STOPPED');
  expect((await cluster.deployment()).status).toBe('SUCCESSFUL');
  expect((await cluster.service()).deployments?.map(({ taskDefinition }) => taskDefinition)).toEqual([third]);
});

test('StopServiceDeployment rolls back without any rollback being configured; a second one is a conflict', async () => {
  const good = await steady(scripts, { deploymentConfiguration: {} });
  await cluster.update({ taskDefinition: await cluster.revision(cluster.image('slow')) });
  await seconds(20);
  const serviceDeploymentArn = (await cluster.service()).currentServiceDeployment;
  await cluster.run('StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' });
  expect((await cluster.deployment(serviceDeploymentArn)).status).toBe('ROLLBACK_REQUESTED');
  await seconds(60);
  expect((await cluster.deployment(serviceDeploymentArn)).status).toBe('ROLLBACK_SUCCESSFUL');
  expect((await cluster.service()).taskDefinition).toBe(good);
  await expect(cluster.run('StopServiceDeployment', { serviceDeploymentArn })).rejects.toMatchObject({
    code: 'ConflictException',
  });
});

test('an alarm that was already in ALARM is ignored; one that comes later rolls back', async () => {
  const alarms = { alarmNames: ['old', 'errors'], enable: true, rollback: true };
  const good = await steady(scripts, { deploymentConfiguration: { alarms, bakeTimeInMinutes: 5 } }).catch(
    () => undefined,
  );
  expect(good).toBeUndefined();
  await seconds(400);
  expect((await cluster.deployment()).status).toBe('SUCCESSFUL');
  cluster.world.alarms.add('old');
  await cluster.update({ taskDefinition: await cluster.revision(cluster.image('next')) });
  await seconds(120);
  expect((await cluster.deployment()).status).toBe('IN_PROGRESS');
  cluster.world.alarms.add('errors');
  await seconds(60);
  expect(await cluster.deployment()).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['errors'] },
  });
});

test('a container health check is what counts, whatever the image’s own says', async () => {
  cluster = await simulatedCluster(() => ({ healthy: (at) => at < 100_000 }));
  const checked = await cluster.revision(cluster.image('good'), {
    healthCheck: {
      command: ['CMD-SHELL', 'curl -f http://localhost:4000/'],
      interval: 10,
      retries: 2,
      startPeriod: 5,
    },
  });
  await cluster.createService(checked, { desiredCount: 1, loadBalancers: [] });
  await seconds(5);
  expect((await cluster.tasks())[0]).toMatchObject({ healthStatus: 'UNKNOWN' });
  await seconds(10);
  expect((await cluster.tasks())[0]).toMatchObject({ healthStatus: 'HEALTHY' });
  expect((await cluster.deployment()).status).toBe('SUCCESSFUL');
  await seconds(130);
  expect((await cluster.tasks('STOPPED'))[0]).toMatchObject({
    stoppedReason: 'Task failed container health checks',
  });
  expect(await cluster.events()).toContainEqual(
    expect.stringMatching(/^\(task .*\) failed container health checks\.$/),
  );
});

test('with neither load balancer nor health check a task counts as healthy after 40 seconds', async () => {
  cluster = await simulatedCluster(() => ({}));
  await cluster.createService(await cluster.revision(cluster.image('good')), {
    desiredCount: 1,
    loadBalancers: [],
  });
  await seconds(39);
  expect((await cluster.deployment()).status).toBe('IN_PROGRESS');
  await seconds(5);
  expect((await cluster.deployment()).status).toBe('SUCCESSFUL');
});

test('SIGTERM waits for the drain, SIGKILL for the stop time-out', async () => {
  cluster = await simulatedCluster(scripts);
  await cluster.createService(await cluster.revision(cluster.image('stubborn'), { stopTimeout: 10 }), {
    desiredCount: 1,
  });
  await seconds(60);
  const [task] = (await cluster.tasks()) as [ecs.Task];
  await cluster.run('StopTask', { cluster: 'main', task: task.taskArn, reason: 'by hand' });
  await seconds(30);
  const stopped = (await cluster.tasks('STOPPED'))[0] as ecs.Task;
  expect(stopped).toMatchObject({
    stopCode: 'UserInitiated',
    stoppedReason: 'by hand',
    containers: [{ exitCode: 137 }],
  });
  expect((stopped.stoppedAt?.getTime() ?? 0) - (stopped.stoppingAt?.getTime() ?? 0)).toBe(10_000);
  expect(await cluster.tasks()).toHaveLength(1);
});

test('a deleted service drains and is gone; stopped tasks can be described for an hour', async () => {
  await steady(scripts);
  await expect(cluster.run('DeleteService', { cluster: 'main', service: 'backend' })).rejects.toThrow(
    'The service cannot be stopped while it is scaled above 0.',
  );
  await cluster.run('DeleteService', { cluster: 'main', service: 'backend', force: true });
  expect((await cluster.service()).status).toBe('DRAINING');
  await seconds(60);
  expect((await cluster.service()).status).toBe('INACTIVE');
  expect(await cluster.tasks('STOPPED')).toHaveLength(2);
  await seconds(3600);
  expect(await cluster.tasks('STOPPED')).toHaveLength(0);
});

test('a hundred events are kept, the newest', async () => {
  cluster = await simulatedCluster(scripts);
  await cluster.createService(await cluster.revision('127.0.0.1:1/backend:missing'), { desiredCount: 5 });
  await seconds(40_000);
  expect((await cluster.service()).events).toHaveLength(100);
});

test('utilization is told once a minute against what the tasks have reserved', async () => {
  await steady(() => ({ cpu: 0.125, memoryBytes: 128 * 1024 * 1024 }));
  await seconds(120);
  const dimensions = { ClusterName: 'main', ServiceName: 'backend' };
  const last = (name: string) => cluster.world.data.filter((datum) => datum.name === name).at(-1);
  expect(last('CPUUtilization')).toMatchObject({
    namespace: 'AWS/ECS',
    dimensions,
    value: 50,
    unit: 'Percent',
  });
  expect(last('MemoryUtilization')).toMatchObject({ dimensions, value: 25 });
});

test('after a restart the services start the tasks of the revision that was released', async () => {
  const stores = new Map();
  await steady(scripts, {}, { stores });
  const next = await cluster.revision(cluster.image('next'));
  await cluster.update({ taskDefinition: next });
  await seconds(120);
  await cluster.close();
  const images = cluster.world.images;
  cluster = await simulatedCluster(scripts, { stores });
  for (const [reference, image] of images) cluster.world.images.set(reference, image);
  const old = await cluster.tasks('STOPPED');
  expect(old.slice(-2)).toMatchObject([{ stopCode: 'TerminationNotice' }, { stopCode: 'TerminationNotice' }]);
  await seconds(60);
  expect((await cluster.tasks()).map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual([next, next]);
  expect(await cluster.events()).toContain('has reached a steady state.');
});
