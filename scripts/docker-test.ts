/**
 * The tests of the docker runtime: `node scripts/docker-test.ts`. They need a Docker engine, which `npm test` must not
 * ask for; where none answers they say so and end well. The image is made from this machine's own Node, because no
 * registry has to be reached for it.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import * as ecs from '@aws-sdk/client-ecs';
import { dockerEngine } from '../local/runtimes/docker/runtime.ts';
import type { Principal } from '../local/service.ts';
import { createWorld, type OpenWorld } from '../local/world.ts';

const version = await dockerEngine();
if (!version) {
  console.log(
    'docker-test: skipped: no Docker engine answers to `docker version`. Start one and run it again.',
  );
  process.exit(0);
}
console.log(`docker-test: Docker ${version}`);

const ADMIN: Principal = { arn: 'arn:aws:iam::000000000000:root' };
const TAG = `lockstep-docker-test-${process.pid}`;
const APP = `
const http = require('node:http');
http.createServer(async (request, response) => {
  if (request.url === '/relayed') return response.end(await (await fetch(process.env.MACHINE_URL)).text());
  if (request.url === '/eat') { const kept = []; setInterval(() => kept.push(Buffer.alloc(30e6, 1)), 50); }
  response.end(process.env.RELEASE);
}).listen(4000, () => console.log(process.env.RELEASE + ' is up'));
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
`;

let world: OpenWorld;
let client: ecs.ECSClient;
let folder: string;
let frontDoor: string;
let targetGroup: string;
const machine = http.createServer((_, response) => response.end('this machine'));

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] }).trim();
}

/** Node, a shell and the libraries that both need, with the app: the whole file system of the image. */
function importImage(): void {
  const root = join(folder, 'image');
  const programs = { 'usr/bin/node': realpathSync(process.execPath), 'bin/sh': realpathSync('/bin/sh') };
  for (const [path, program] of Object.entries(programs)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(program, join(root, path));
    const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
    for (const [, library = ''] of libraries) {
      mkdirSync(dirname(join(root, library)), { recursive: true });
      cpSync(realpathSync(library), join(root, library));
    }
  }
  mkdirSync(join(root, 'app'));
  mkdirSync(join(root, 'tmp'));
  writeFileSync(join(root, 'app', 'main.js'), APP);
  const archive = join(folder, 'image.tar');
  execFileSync('tar', ['-C', root, '-cf', archive, '.']);
  const change = ['WORKDIR /app', 'CMD ["/usr/bin/node", "main.js"]', 'ENV PATH=/usr/bin:/bin'];
  docker('import', ...change.flatMap((line) => ['--change', line]), archive, TAG);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-docker-'));
  importImage();
  await new Promise<void>((resolve) => machine.listen(0, '127.0.0.1', resolve));
  world = await createWorld({
    folder: join(folder, 'world'),
    runtime: 'docker',
    services: [
      'iam',
      'sts',
      'logs',
      'monitoring',
      'events',
      'secretsmanager',
      'ecr',
      'elasticloadbalancing',
      'ecs',
    ],
  });
  await world.start();
  const credentials = { accessKeyId: 'AKIADOCKER', secretAccessKey: 'none' };
  client = new ecs.ECSClient({ endpoint: world.endpoint, region: world.region, credentials });
  await push();
  await client.send(new ecs.CreateClusterCommand({ clusterName: 'main' }));
  await makeFrontDoor();
});

after(async () => {
  await world.close();
  machine.close();
  docker('rmi', '--force', TAG);
  const left = docker('ps', '--all', '--quiet', '--filter', 'label=lockstep.world');
  rmSync(folder, { recursive: true, force: true });
  assert.equal(left, '', 'containers are left');
});

/** To the embedded registry, by Docker's own client: tasks pull it from there. */
async function push(): Promise<void> {
  const call = (operation: string, input: object) =>
    world.ports.dispatch.call('ecr', operation, { ...input }, ADMIN);
  await call('CreateRepository', { repositoryName: 'app' });
  const { authorizationData } = (await call('GetAuthorizationToken', {})) as {
    authorizationData: { authorizationToken: string }[];
  };
  const token = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64').toString();
  const { host } = new URL(world.endpoint);
  const script = `docker login --username AWS --password-stdin ${host} && docker tag ${TAG} ${host}/app:one && docker push ${host}/app:one`;
  // Not synchronously: the registry is served by this very process.
  const child = spawn('/bin/sh', ['-c', script], {
    env: { ...process.env, DOCKER_CONFIG: join(folder, 'docker') },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(token.slice(token.indexOf(':') + 1));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 0, 'docker push');
}

async function makeFrontDoor(): Promise<void> {
  const service = world.services.get('elasticloadbalancing');
  const make = async (type: string, properties: Record<string, unknown>) =>
    (
      await service?.provisioners?.[`AWS::ElasticLoadBalancingV2::${type}`]?.provision(properties, {
        stack: 'docker',
        logicalId: type,
      })
    )?.ref;
  const balancer = await make('LoadBalancer', {});
  targetGroup = String(
    await make('TargetGroup', {
      Port: 4000,
      TargetType: 'ip',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
    }),
  );
  const listener = await make('Listener', {
    LoadBalancerArn: balancer,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
  });
  const { Listeners } = (await world.ports.dispatch.call(
    'elasticloadbalancing',
    'DescribeListeners',
    { ListenerArns: [listener] },
    ADMIN,
  )) as {
    Listeners: { Port: number }[];
  };
  frontDoor = `http://127.0.0.1:${Listeners[0]?.Port}`;
}

async function register(release: string, more: Partial<ecs.ContainerDefinition> = {}): Promise<string> {
  const { port } = machine.address() as AddressInfo;
  const { taskDefinition } = await client.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: 'app',
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      containerDefinitions: [
        {
          name: 'app',
          image: `${new URL(world.endpoint).host}/app:one`,
          environment: [
            { name: 'RELEASE', value: release },
            { name: 'MACHINE_URL', value: `http://127.0.0.1:${port}/` },
          ],
          portMappings: [{ containerPort: 4000 }],
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': 'app',
              'awslogs-stream-prefix': 'ecs',
              'awslogs-create-group': 'true',
            },
          },
          healthCheck: {
            command: [
              'CMD-SHELL',
              'node -e "fetch(\'http://localhost:4000/\').then(() => {}, () => process.exit(1))"',
            ],
            interval: 5,
          },
          ...more,
        },
      ],
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function until<T>(find: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const end = Date.now() + 90_000; Date.now() < end; ) {
    const found = await find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come true`);
}

async function deployed(): Promise<ecs.Service> {
  return until(async () => {
    const { services } = await client.send(
      new ecs.DescribeServicesCommand({ cluster: 'main', services: ['app'] }),
    );
    return services?.[0]?.deployments?.[0]?.rolloutState === 'COMPLETED' ? services[0] : undefined;
  }, 'the deployment');
}

// First: an engine that cannot run the image says so here, and not in a time-out further down.
test('the image runs at all', () => {
  const { status, stdout } = spawnSync('docker', ['run', '--rm', TAG, '/usr/bin/node', '-p', '6*7'], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [0, '42\n']);
});

test('a service of two containers, each at its own address, serves through the front door', async () => {
  await client.send(
    new ecs.CreateServiceCommand({
      cluster: 'main',
      serviceName: 'app',
      taskDefinition: await register('one'),
      desiredCount: 2,
      enableExecuteCommand: true,
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      loadBalancers: [{ targetGroupArn: targetGroup, containerName: 'app', containerPort: 4000 }],
    }),
  );
  await deployed();
  assert.equal(await (await fetch(frontDoor)).text(), 'one');
  assert.equal(docker('ps', '--quiet', '--filter', 'label=lockstep.world').split('\n').length, 2);
});

test('what listens on this machine’s 127.0.0.1 is reached from inside', async () => {
  assert.equal(await (await fetch(`${frontDoor}/relayed`)).text(), 'this machine');
});

test('a rolling release loses no request', async () => {
  const answers: Promise<number>[] = [];
  const timer = setInterval(
    () =>
      answers.push(
        fetch(frontDoor).then(
          (answer) => answer.status,
          () => 0,
        ),
      ),
    50,
  );
  await client.send(
    new ecs.UpdateServiceCommand({ cluster: 'main', service: 'app', taskDefinition: await register('two') }),
  );
  await deployed();
  clearInterval(timer);
  assert.deepEqual([...new Set(await Promise.all(answers))], [200]);
  assert.equal(await (await fetch(frontDoor)).text(), 'two');
});

test('a container that is killed is replaced', async () => {
  const { taskArns } = await client.send(new ecs.ListTasksCommand({ cluster: 'main', serviceName: 'app' }));
  const [id = ''] = docker('ps', '--quiet', '--filter', 'label=lockstep.world').split('\n');
  docker('kill', id);
  await until(async () => {
    const now = await client.send(new ecs.ListTasksCommand({ cluster: 'main', serviceName: 'app' }));
    return now.taskArns?.some((arn) => !taskArns?.includes(arn)) && now.taskArns.length === 2;
  }, 'a new task');
  await deployed();
});

test('a container that uses more memory than it may ends with 137 and ECS’s reason', async () => {
  const { tasks } = await client.send(
    new ecs.RunTaskCommand({
      cluster: 'main',
      taskDefinition: await register('eater', {
        memory: 100,
        command: [
          '/usr/bin/node',
          '-e',
          'const kept = []; setInterval(() => kept.push(Buffer.alloc(30e6, 1)), 20);',
        ],
      }),
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    }),
  );
  const stopped = await until(async () => {
    const described = await client.send(
      new ecs.DescribeTasksCommand({ cluster: 'main', tasks: [tasks?.[0]?.taskArn ?? ''] }),
    );
    return described.tasks?.[0]?.lastStatus === 'STOPPED' ? described.tasks[0] : undefined;
  }, 'the end of the task');
  assert.equal(stopped.containers?.[0]?.exitCode, 137, stopped.stoppedReason);
  assert.match(String(stopped.containers?.[0]?.reason), /^OutOfMemoryError/);
});

test('a program that is not in the image cannot start', async () => {
  const { tasks } = await client.send(
    new ecs.RunTaskCommand({
      cluster: 'main',
      taskDefinition: await register('absent', { command: ['nonesuch'] }),
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    }),
  );
  const stopped = await until(async () => {
    const described = await client.send(
      new ecs.DescribeTasksCommand({ cluster: 'main', tasks: [tasks?.[0]?.taskArn ?? ''] }),
    );
    return described.tasks?.[0]?.lastStatus === 'STOPPED' ? described.tasks[0] : undefined;
  }, 'the end of the task');
  assert.match(String(stopped.stoppedReason), /^CannotStartContainerError: .*nonesuch/);
});
