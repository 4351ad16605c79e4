import { createHash } from 'node:crypto';
import type * as ecs from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processRuntime } from '../../../local/runtimes/process/runtime.ts';
import { type TestImage, testImage } from '../runtimes/image.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { until } from './world.ts';

/**
 * `aws ecs execute-command` against a real process. The client here does what the session-manager-plugin does
 * (src/datachannel/streaming.go), down to what it drops before it is ready, over Node's own WebSocket.
 */
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

class Plugin {
  output = '';
  readonly closed = Promise.withResolvers<string>();
  readonly complete = Promise.withResolvers<void>();
  private readonly socket: WebSocket;
  private sequence = 0;
  private expected = 0;
  private dropped = 0;

  constructor({ streamUrl = '', tokenValue = '' }: ecs.Session) {
    this.socket = new WebSocket(streamUrl);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = () =>
      this.socket.send(
        JSON.stringify({
          MessageSchemaVersion: '1.0',
          RequestId: 'r',
          TokenValue: tokenValue,
          ClientId: 'c',
        }),
      );
    this.socket.onmessage = ({ data }) => this.take(Buffer.from(data as ArrayBuffer));
    this.socket.onclose = () => this.closed.resolve('the socket');
  }

  type(text: string): void {
    this.send('input_stream_data', 1, Buffer.from(text));
  }

  terminate(): void {
    this.send('input_stream_data', 10, Buffer.from([0, 0, 0, 2]));
  }

  private take(data: Buffer): void {
    const type = data.toString('utf8', 4, 36).trim();
    const sequence = Number(data.readBigInt64BE(48));
    const payload = data.subarray(120);
    expect(data.subarray(80, 112)).toEqual(createHash('sha256').update(payload).digest());
    if (type === 'channel_closed') {
      this.closed.resolve(JSON.parse(payload.toString()).Output);
      this.socket.close();
    }
    if (type !== 'output_stream_data' || sequence !== this.expected) return;
    const kind = data.readUInt32BE(112);
    // The plugin's shell is not ready for the very first output: it drops it, and the agent sends it again.
    if (kind === 1 && this.dropped++ === 0) return;
    this.expected++;
    this.send('acknowledge', 0, Buffer.from(JSON.stringify({ AcknowledgedMessageSequenceNumber: sequence })));
    if (kind === 5) {
      const actions = JSON.parse(payload.toString()).RequestedClientActions;
      expect(actions[0]).toMatchObject({
        ActionType: 'SessionType',
        ActionParameters: { SessionType: 'InteractiveCommands' },
      });
      this.send(
        'input_stream_data',
        6,
        Buffer.from(JSON.stringify({ ClientVersion: '1.2', ProcessedClientActions: [] })),
      );
    }
    if (kind === 7) this.complete.resolve();
    if (kind === 1) this.output += payload.toString();
  }

  private send(type: string, kind: number, payload: Buffer): void {
    const data = Buffer.alloc(120 + payload.length);
    data.writeUInt32BE(116, 0);
    data.fill(' ', 4, 36);
    data.write(type, 4);
    data.writeUInt32BE(1, 36);
    data.writeBigUInt64BE(BigInt(Date.now()), 40);
    data.writeBigInt64BE(BigInt(type === 'acknowledge' ? 0 : this.sequence++), 48);
    createHash('sha256').update(payload).digest().copy(data, 80);
    data.writeUInt32BE(kind, 112);
    data.writeUInt32BE(payload.length, 116);
    payload.copy(data, 120);
    this.socket.send(data);
  }
}

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
  const plugin = new Plugin(answer.session as ecs.Session);
  expect(await plugin.closed.promise).toBe('');
  expect(plugin.output).toContain('of the image');
  expect(plugin.output).toContain('green');
  expect(plugin.output).toMatch(/\/dev\/pts\/\d+/);
});

test('a shell answers what is typed, and ends by exit or when its client ends the session', async () => {
  const first = new Plugin((await execute('/bin/sh')).session as ecs.Session);
  await first.complete.promise;
  first.type('echo typed $((6 * 7))\n');
  await until(() => first.output.includes('typed 42'));
  first.type('exit\n');
  expect(await first.closed.promise).toBe('');
  const second = new Plugin((await execute('/bin/sh')).session as ecs.Session);
  await second.complete.promise;
  second.terminate();
  expect(await second.closed.promise).toBe('the socket');
});

test('a wrong token gets nothing', async () => {
  const { session } = await execute('echo secret');
  const plugin = new Plugin({ ...session, tokenValue: 'guessed' });
  expect(await plugin.closed.promise).toBe('the socket');
  expect(plugin.output).toBe('');
});
