import { existsSync, readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { LogLine } from '../../../local/ports.ts';
import { processRuntime } from '../../../local/runtimes/process/runtime.ts';
import type { ContainerSpec, Exit, RunningTask, Runtime, TaskSpec } from '../../../local/runtimes/runtime.ts';
import { type FakeWorld, fakeWorld, until } from '../ecs/world.ts';
import { SERVER, type TestImage, testImage } from './image.ts';

interface Watched {
  readonly task: RunningTask;
  readonly lines: LogLine[];
  readonly exits: Map<string, Exit>;
  readonly health: string[];
  text(): string;
}

let world: FakeWorld;
let runtime: Runtime;
const images: TestImage[] = [];
let made = 0;

function image(files: Record<string, string>, config: TestImage['config'] = {}): TestImage {
  const one = testImage(files, config);
  images.push(one);
  return one;
}

async function run(
  unpacked: TestImage,
  container: Partial<ContainerSpec> = {},
  spec: Partial<TaskSpec> = {},
): Promise<Watched> {
  const lines: LogLine[] = [];
  const exits = new Map<string, Exit>();
  const health: string[] = [];
  const task = await runtime.prepare(
    {
      id: String(++made).padStart(32, '0'),
      family: 'test',
      containers: [
        {
          name: 'app',
          image: 'test',
          unpacked,
          environment: {},
          stopTimeout: 5,
          ports: [4000],
          log: (some) => void lines.push(...some),
          ...container,
        },
      ],
      ...spec,
    },
    {
      started() {},
      health: (_, status) => void health.push(status),
      exited: (name, exit) => void exits.set(name, exit),
    },
  );
  await task.start('app');
  return { task, lines, exits, health, text: () => lines.map(({ message }) => message).join('\n') };
}

async function ask(task: RunningTask, path = '/', port = 4000): Promise<string> {
  const { host, port: real } = task.reach(port);
  return (await fetch(`http://${host}:${real}${path}`)).text();
}

async function execute(task: RunningTask, command: string[]): Promise<{ code: number; output: string }> {
  let output = '';
  const execution = task.exec('app', command, {
    output: (data) => {
      output += Buffer.from(data).toString();
    },
  });
  execution.end();
  return { code: await execution.done, output };
}

/** Both kinds of file system: the one that the probe finds, and the one that works everywhere. */
describe.each(['overlay', 'plain'])('%s', (kind) => {
  beforeEach(async () => {
    if (kind === 'plain') process.env['LOCKSTEP_SANDBOX'] = 'plain';
    world = fakeWorld();
    runtime = processRuntime(world);
    await runtime.open();
  });

  afterEach(async () => {
    delete process.env['LOCKSTEP_SANDBOX'];
    await runtime.close();
    world.dispose();
    for (const one of images.splice(0)) one.dispose();
  });

  test('two tasks listen on port 4000, each at its own address, and each finds itself at localhost', async () => {
    const app = image({ 'app/main.js': SERVER }, { Cmd: ['node', 'main.js'] });
    const one = await run(app, { environment: { NAME: 'one' } });
    const two = await run(app, { environment: { NAME: 'two' } });
    await until(() => one.lines.length > 0 && two.lines.length > 0);
    expect(one.text()).toBe('listening at 4000');
    expect(one.task.address).not.toBe(two.task.address);
    expect(await ask(one.task)).toMatch(/^one \d+$/);
    expect(await ask(two.task)).toMatch(/^two \d+$/);
    for (const [task, name] of [
      [one.task, 'one'],
      [two.task, 'two'],
    ] as const) {
      const self = "fetch('http://localhost:4000/').then((r) => r.text()).then(console.log)";
      expect((await execute(task, ['node', '-e', self])).output).toMatch(`${name} `);
      expect(await execute(task, ['/bin/sh', '-c', 'curl -sf http://localhost:4000/'])).toMatchObject({
        code: 0,
        output: expect.stringContaining(`${name} `),
      });
      expect((await execute(task, ['wget', '-qO-', 'http://127.0.0.1:4000/'])).output).toMatch(`${name} `);
    }
    expect((await execute(one.task, ['/bin/sh', '-c', 'curl -sf http://localhost:4001/'])).code).toBe(7);
    expect((await execute(one.task, ['wget', '-q', '--spider', 'http://localhost:4001/'])).code).toBe(4);
  });

  test('a connection to a port that the task does not listen on reaches the machine', async () => {
    const server = http.createServer((_, response) => response.end('the database')).listen(0, '127.0.0.1');
    await until(() => server.listening);
    const { port } = server.address() as { port: number };
    const app = image(
      {
        'app/main.mjs': `for (const host of ['localhost', '127.0.0.1']) console.log(await (await fetch('http://' + host + ':${port}/')).text());`,
      },
      { Cmd: ['node', 'main.mjs'] },
    );
    const { exits, text } = await run(app);
    await until(() => exits.has('app'));
    expect([exits.get('app')?.code, text()]).toEqual([0, 'the database\nthe database']);
    server.closeAllConnections();
    server.close();
  });

  test('an app that listens on localhost only is not reachable from outside, and is from inside', async () => {
    const app = image({ 'app/main.js': SERVER }, { Cmd: ['node', 'main.js'] });
    const { task, lines } = await run(app, { environment: { NAME: 'shy', LISTEN: '127.0.0.1' } });
    await until(() => lines.length > 0);
    await expect(ask(task)).rejects.toThrow();
    expect((await execute(task, ['/bin/sh', '-c', 'curl -sf http://localhost:4000/'])).output).toMatch(
      'shy ',
    );
  });

  test('a port below 1024 and workers of a cluster are served like any other', async () => {
    const app = image(
      {
        'app/main.js': `
          const cluster = require('node:cluster');
          if (cluster.isPrimary) { cluster.fork(); cluster.fork({}); }
          else require('node:http').createServer((q, r) => r.end('worker')).listen(80, () => console.log('up'));
        `,
      },
      { Cmd: ['node', 'main.js'] },
    );
    const { task, lines } = await run(app, { ports: [80] });
    await until(() => lines.length === 2);
    expect(await ask(task, '/', 80)).toBe('worker');
    expect((await execute(task, ['/bin/sh', '-c', 'curl -s http://localhost/'])).output).toBe('worker');
  });

  test('the environment holds the image’s and the task’s variables and nothing of this machine', async () => {
    process.env['LOCKSTEP_TEST_SECRET'] = 'of the host';
    const app = image(
      { 'app/main.js': SERVER },
      { Cmd: ['node', 'main.js'], Env: ['FROM_IMAGE=yes', 'NODE_OPTIONS=--no-warnings'] },
    );
    const { task, lines } = await run(app, { environment: { FROM_TASK: 'yes' } });
    await until(() => lines.length > 0);
    delete process.env['LOCKSTEP_TEST_SECRET'];
    const environment = JSON.parse(await ask(task, '/env'));
    expect(environment).toMatchObject({ FROM_IMAGE: 'yes', FROM_TASK: 'yes', CHECKPOINT_DISABLE: '1' });
    expect(environment.NODE_OPTIONS).toMatch(/^--no-warnings --require /);
    expect(environment).not.toHaveProperty('LOCKSTEP_TEST_SECRET');
    expect(environment).not.toHaveProperty('USER');
    expect(existsSync(environment.PRISMA_SCHEMA_ENGINE_BINARY) || kind === 'overlay').toBe(true);
  });

  test('what a task writes is its own: the image and the next task do not see it', async () => {
    const app = image(
      {
        'app/main.sh': '#!/bin/sh\ncat note; echo changed >> note; echo mine > other; ls; cat note\n',
        'app/note': 'fresh\n',
      },
      { Cmd: ['./main.sh'] },
    );
    for (let i = 0; i < 2; i++) {
      const { exits, text } = await run(app);
      await until(() => exits.has('app'));
      expect(text()).toBe('fresh\nmain.sh\nnote\nother\nfresh\nchanged');
    }
    expect(readFileSync(join(app.root, 'app/note'), 'utf8')).toBe('fresh\n');
    expect(readdirSync(join(app.root, 'app')).sort()).toEqual(['main.sh', 'note']);
  });

  test('the command may be written in every way that Dockerfiles write it', async () => {
    const ways: [string, TestImage['config'], number][] = [
      ['an absolute path', { Cmd: ['node', '/app/main.js'] }, 0],
      ['node by its place in the image', { Cmd: ['/usr/local/bin/node', 'main.js'] }, 0],
      ['the node image’s entry point', { Entrypoint: ['docker-entrypoint.sh'], Cmd: ['main.js'] }, 0],
      ['dumb-init', { Entrypoint: ['/usr/bin/dumb-init', '--'], Cmd: ['node', 'main.js'] }, 0],
      ['tini', { Entrypoint: ['/sbin/tini', '-g', '--'], Cmd: ['node', 'main.js'] }, 0],
      ['a start script', { Cmd: ['./start.sh'] }, 0],
      // The whole group gets the signal; npm and the shell end by it themselves.
      ['npm', { Cmd: ['npm', 'start'] }, 143],
      ['a shell', { Cmd: ['/bin/sh', '-c', 'node main.js'] }, 143],
    ];
    const files = {
      'app/main.js': SERVER,
      'app/start.sh': '#!/bin/sh\nexec node main.js\n',
      'app/package.json': '{"name":"app","scripts":{"start":"node main.js"}}',
    };
    const outcomes = await Promise.all(
      ways.map(async ([way, config]) => {
        const { task, text, exits } = await run(image(files, config), { environment: { NAME: 'it' } });
        await until(() => text().includes('listening') || exits.has('app'), way);
        const answer = exits.has('app') ? text() : await ask(task);
        await task.stop();
        return [way, answer.split(' ')[0], text().includes('bye'), exits.get('app')?.code];
      }),
    );
    expect(outcomes).toEqual(ways.map(([way, , code]) => [way, 'it', true, code]));
  });

  test('command and entry point of the task definition go before the image’s', async () => {
    const app = image(
      { 'app/main.js': 'console.log(process.argv.slice(2).join())' },
      { Entrypoint: ['node'], Cmd: ['main.js', 'image'] },
    );
    const first = await run(app, { command: ['main.js', 'task'] });
    const second = await run(app, { entryPoint: ['node', 'main.js'] });
    await until(() => first.exits.has('app') && second.exits.has('app'));
    expect([first.text(), second.text()]).toEqual(['task', '']);
  });

  test('a program that is not there cannot start, in the words of runc', async () => {
    await expect(run(image({ 'app/x': '' }, { Cmd: ['nonesuch'] }))).rejects.toMatchObject({
      reason: expect.stringMatching(
        /^CannotStartContainerError: .*exec: "nonesuch": executable file not found in \$PATH/,
      ),
    });
    await expect(run(image({ 'app/x': '' }, { Cmd: ['/app/gone.sh'] }))).rejects.toMatchObject({
      reason: expect.stringContaining('stat /app/gone.sh: no such file or directory'),
    });
  });

  test('SIGTERM reaches the program behind a shell; what ignores it is killed after the time-out, with its children', async () => {
    const app = image(
      {
        'app/stubborn.js': `
          process.on('SIGTERM', () => console.log('no'));
          require('node:child_process').spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref();
          setInterval(() => {}, 1000);
          console.log('up');
        `,
      },
      { Cmd: ['/bin/sh', '-c', 'node stubborn.js; true'] },
    );
    const { task, lines, exits, text } = await run(app, { stopTimeout: 1 });
    await until(() => lines.length > 0);
    const begun = performance.now();
    await task.stop();
    expect(performance.now() - begun).toBeGreaterThan(950);
    expect(text()).toBe('up\nno');
    expect(exits.get('app')?.code).toBe(137);
    expect(leftOver(ownMark())).toEqual([]);
  });

  test('a process that uses more memory than its task may is ended with 137 and ECS’s reason', async () => {
    const app = image(
      { 'app/main.js': 'const kept = []; setInterval(() => kept.push(Buffer.alloc(20e6, 1)), 100);' },
      { Cmd: ['node', 'main.js'] },
    );
    const { exits } = await run(app, {}, { memory: 200 });
    await until(() => exits.has('app'));
    expect(exits.get('app')).toEqual({
      code: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
  });

  test('usage is told for the whole family of processes', async () => {
    const app = image(
      {
        'app/main.js': 'require("node:child_process").fork("burn.js"); setInterval(() => {}, 1000)',
        'app/burn.js': 'for (;;);',
      },
      { Cmd: ['node', 'main.js'] },
    );
    const { task } = await run(app, {}, { memory: 512, cpu: 256 });
    await until(() => task.usage().cpuSeconds > 0.3);
    expect(task.usage().memoryBytes).toBeGreaterThan(40 * 1024 * 1024);
  });

  test('a health check runs inside: unhealthy after its retries, healthy again after one success', async () => {
    const app = image(
      {
        'app/main.js':
          'setTimeout(() => require("node:fs").writeFileSync("ok", ""), 1500); setInterval(() => {}, 1000)',
      },
      { Cmd: ['node', 'main.js'] },
    );
    const { health } = await run(app, {
      healthCheck: {
        command: ['CMD-SHELL', 'test -f ok || exit 1'],
        interval: 0.4,
        timeout: 2,
        retries: 2,
        startPeriod: 0,
      },
    });
    await until(() => health.length === 2);
    expect(health).toEqual(['UNHEALTHY', 'HEALTHY']);
  });

  test('a health check that hangs is a failure when its time-out is over', async () => {
    const app = image({ 'app/main.js': 'setInterval(() => {}, 1000)' }, { Cmd: ['node', 'main.js'] });
    const { health } = await run(app, {
      healthCheck: {
        command: ['CMD', 'sleep', '100'],
        interval: 0.1,
        timeout: 0.3,
        retries: 1,
        startPeriod: 0,
      },
    });
    await until(() => health.length === 1);
    expect(health).toEqual(['UNHEALTHY']);
  });

  test('output comes as lines, the last one whole even without its end, and letters are never cut', async () => {
    const app = image(
      { 'app/main.js': "process.stdout.write('a\\n\\nü\\r\\n'); process.stderr.write('last €')" },
      { Cmd: ['node', 'main.js'] },
    );
    const { exits, lines } = await run(app);
    await until(() => exits.has('app'));
    expect(lines.map(({ message }) => message).sort()).toEqual(['a', 'last €', 'ü']);
  });

  test('containers of one task share their localhost', async () => {
    const app = image({ 'app/main.js': SERVER }, { Cmd: ['node', 'main.js'] });
    const container = (name: string, port: string): ContainerSpec => ({
      name,
      image: 'test',
      unpacked: app,
      environment: { NAME: name, PORT: port },
      stopTimeout: 5,
      ports: [Number(port)],
      log() {},
    });
    const task = await runtime.prepare(
      {
        id: 'f'.repeat(32),
        family: 'pair',
        containers: [container('app', '4000'), container('side', '5000')],
      },
      { started() {}, health() {}, exited() {} },
    );
    await task.start('app');
    await task.start('side');
    await until(async () => (await ask(task, '/', 5000).catch(() => '')) !== '');
    const { output } = await execute(task, ['/bin/sh', '-c', 'curl -s http://localhost:5000/']);
    expect(output).toMatch(/^side /);
    await task.stop();
  });

  test('closing the runtime ends everything and leaves no folder', async () => {
    const app = image({ 'app/main.js': SERVER }, { Cmd: ['node', 'main.js'] });
    const { lines } = await run(app);
    await until(() => lines.length > 0);
    const mark = ownMark();
    await runtime.close();
    expect(leftOver(mark)).toEqual([]);
    expect(existsSync(join(world.folder, 'tasks'))).toBe(false);
    await runtime.open();
  });
});

/** What every process of this test's runtime carries. */
function ownMark(): string {
  return readFileSync(join(world.folder, 'tasks', 'mark'), 'utf8');
}

function leftOver(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`LOCKSTEP_TASK=${mark}`);
    } catch {
      return false;
    }
  });
}
