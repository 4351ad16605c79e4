import { readdirSync, readFileSync } from 'node:fs';
import type * as ecs from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processRuntime } from '../../../local/runtimes/process/runtime.ts';
import { type TestImage, testImage } from '../runtimes/image.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { until } from './world.ts';

/** The whole way for real: processes, health checks over HTTP, a client at the front door. */
let cluster: Cluster;
const images: TestImage[] = [];

beforeEach(async () => {
  cluster = await openCluster({
    runtime: processRuntime,
    targetGroup: { TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '3' }] },
  });
});

afterEach(async () => {
  await cluster.close();
  for (const one of images.splice(0)) one.dispose();
});

const BACKEND = `
  import http from 'node:http';
  const release = process.env.RELEASE;
  const server = http.createServer((request, response) => {
    if (request.url === '/health') return response.end('ok');
    // Slow enough that some requests are always under way.
    setTimeout(() => response.end(release), 40);
  });
  server.keepAliveTimeout = 50;
  setTimeout(() => server.listen(4000, () => console.log(release + ' is up')), 200);
  process.on('SIGTERM', () => server.close(() => { console.log(release + ' is done'); process.exit(0); }));
`;

function image(tag: string, main = BACKEND): string {
  const one = testImage({ 'app/main.mjs': main });
  images.push(one);
  return cluster.image(tag, one.root, {
    WorkingDir: '/app',
    Cmd: ['node', 'main.mjs'],
    Env: [`RELEASE=${tag}`],
  });
}

/** Twenty requests a second until it is told to stop; what they were answered, in order. */
function client(): { stop(): Promise<{ status: number | string; body: string }[]> } {
  const answers: Promise<{ status: number | string; body: string }>[] = [];
  const timer = setInterval(() => {
    answers.push(
      fetch(cluster.frontDoor).then(
        async (answer) => ({ status: answer.status, body: await answer.text() }),
        (error) => ({ status: String(error.cause?.code ?? error), body: '' }),
      ),
    );
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return Promise.all(answers);
    },
  };
}

async function settled(): Promise<ecs.ServiceDeployment> {
  let found: ecs.ServiceDeployment | undefined;
  await until(async () => {
    found = await cluster.deployment();
    return !['PENDING', 'IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'].includes(String(found.status));
  }, 'the end of the deployment');
  return found as ecs.ServiceDeployment;
}

test('a client that sends 20 requests a second loses none through a good release and a bad one', async () => {
  const one = await cluster.revision(image('one'));
  await cluster.createService(one, {
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
  await settled();
  const requests = client();

  const two = await cluster.revision(image('two'));
  await cluster.update({ taskDefinition: two });
  expect((await settled()).status).toBe('SUCCESSFUL');

  const crash = await cluster.revision(image('crash', 'console.error("no DATABASE_URL"); process.exit(1);'));
  await cluster.update({ taskDefinition: crash });
  expect((await settled()).status).toBe('ROLLBACK_SUCCESSFUL');
  expect((await cluster.service()).taskDefinition).toBe(two);

  const answers = await requests.stop();
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['one', 'two']));
  expect(answers.at(-1)?.body).toBe('two');

  const lines = cluster.world.logLines.map(({ line }) => line.message);
  expect(lines.filter((line) => line === 'one is done')).toHaveLength(2);
  expect(lines).toContain('no DATABASE_URL');
  const crashed = (await cluster.tasks('STOPPED')).filter(
    ({ stopCode }) => stopCode === 'EssentialContainerExited',
  );
  expect(crashed[0]?.containers?.[0]?.exitCode).toBe(1);
  const id = crashed[0]?.taskArn?.split('/').at(-1);
  expect(cluster.world.logLines.some(({ stream }) => stream === `ecs/backend/${id}`)).toBe(true);
}, 60_000);

test('a task that is killed is noticed and replaced, and the other one serves meanwhile', async () => {
  await cluster.createService(await cluster.revision(image('one')));
  await settled();
  expect(await (await fetch(cluster.frontDoor)).text()).toBe('one');
  const [victim] = (await cluster.tasks()).map(({ taskArn }) => taskArn);
  kill(String(victim));
  await until(
    async () => (await cluster.tasks()).every(({ taskArn }) => taskArn !== victim),
    'the end of the task',
  );
  await until(async () => (await cluster.service()).runningCount === 2, 'two running tasks');
  const stopped = (await cluster.tasks('STOPPED')).find(({ taskArn }) => taskArn === victim);
  expect(stopped).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 137 }] });
});

/** As if the kernel had: SIGKILL to the process of the task. */
function kill(taskArn: string): void {
  const id = taskArn.split('/').at(-1);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`.${id}.backend\0`)) continue;
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Gone, or not ours to read.
    }
  }
}
