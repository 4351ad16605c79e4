import type * as ecs from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processRuntime } from '../../../local/runtimes/process/runtime.ts';
import { SessionClient } from '../../setup/session-client.ts';
import { type TestImage, testImage } from '../runtimes/image.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { until } from './world.ts';

/** `aws ecs execute-command` against a real process, with a client that does what the session-manager-plugin does. */
let cluster: Cluster;
let app: TestImage;
let task: ecs.Task;

beforeEach(async () => {
  cluster = await openCluster({ runtime: processRuntime });
  app = testImage({ 'app/main.js': 'setInterval(() => {}, 1000)', 'app/note.txt': 'of the image' });
  const image = cluster.image('app', app.root, {
    WorkingDir: '/app',
    Cmd: ['node', 'main.js'],
    Env: ['COLOUR=green'],
  });
  await cluster.createService(await cluster.revision(image), {
    desiredCount: 1,
    loadBalancers: [],
    enableExecuteCommand: true,
  });
  await until(async () => (await cluster.tasks())[0]?.lastStatus === 'RUNNING', 'a running task');
  [task] = (await cluster.tasks()) as [ecs.Task];
});

afterEach(async () => {
  await cluster.close();
  app.dispose();
});

async function execute(command: string): Promise<ecs.ExecuteCommandResponse> {
  return cluster.run('ExecuteCommand', {
    cluster: 'main',
    task: task.taskArn,
    container: 'backend',
    command,
    interactive: true,
  });
}

test('a command runs in the task: its folder, its variables, its output, its end', async () => {
  const answer = await execute('cat note.txt; echo; echo $COLOUR; tty');
  expect(answer).toMatchObject({
    clusterArn: task.clusterArn,
    taskArn: task.taskArn,
    containerName: 'backend',
    containerArn: task.containers?.[0]?.containerArn,
    interactive: true,
  });
  expect(answer.session?.sessionId).toMatch(/^ecs-execute-command-[0-9a-f]{17}$/);
  const plugin = new SessionClient(answer.session as ecs.Session);
  expect(await plugin.closed.promise).toBe('');
  expect(plugin.output).toContain('of the image');
  expect(plugin.output).toContain('green');
  expect(plugin.output).toMatch(/\/dev\/pts\/\d+/);
});

test('a shell answers what is typed, and ends by exit or when its client ends the session', async () => {
  const first = new SessionClient((await execute('/bin/sh')).session as ecs.Session);
  await first.complete.promise;
  first.type('echo typed $((6 * 7))\n');
  await until(() => first.output.includes('typed 42'));
  first.type('exit\n');
  expect(await first.closed.promise).toBe('');
  const second = new SessionClient((await execute('/bin/sh')).session as ecs.Session);
  await second.complete.promise;
  second.terminate();
  expect(await second.closed.promise).toBe('the socket');
});

test('a wrong token gets nothing', async () => {
  const { session } = await execute('echo secret');
  const plugin = new SessionClient({ ...session, tokenValue: 'guessed' });
  expect(await plugin.closed.promise).toBe('the socket');
  expect(plugin.output).toBe('');
});
