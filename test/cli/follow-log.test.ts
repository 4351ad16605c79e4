/** `watch logs --follow` against CloudWatch Logs over HTTP: every line once, whatever live tail leaves out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { follow } from '../../cli/watch/logs.ts';
import type { LogLine } from '../../core/log-lines.ts';
import { createWorld, type OpenWorld } from '../../local/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-follow-'));
let world: OpenWorld;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  world = await createWorld({ folder, volatile: true, services: ['logs', 'monitoring', 'iam', 'sts'] });
  logs = new CloudWatchLogsClient({
    endpoint: world.endpoint,
    region: world.region,
    disableHostPrefix: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});

afterAll(async () => {
  logs.destroy();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

async function group(name: string, ...streams: string[]): Promise<void> {
  await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
  for (const logStreamName of streams)
    await logs.send(new CreateLogStreamCommand({ logGroupName: name, logStreamName }));
}

async function put(name: string, stream: string, messages: readonly string[]): Promise<void> {
  const timestamp = Date.now();
  const logEvents = messages.map((message) => ({ timestamp, message }));
  await logs.send(new PutLogEventsCommand({ logGroupName: name, logStreamName: stream, logEvents }));
}

/** Follows until as many lines have come, and gives them. */
async function followed(name: string, count: number, write: () => Promise<void>): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const ending = new AbortController();
  const done = follow({
    logs,
    account: world.account,
    question: { group: name, region: world.region, filter: undefined },
    from: Date.now() - 60_000,
    signal: ending.signal,
    note: () => undefined,
    show: (shown) => {
      lines.push(...shown);
      if (lines.length >= count) ending.abort();
    },
  });
  await write();
  await done;
  return lines;
}

test('what was there and what comes is shown once, of all tasks', async () => {
  await group('both', 'b/b/1', 'b/b/2');
  await put('both', 'b/b/1', ['before']);
  const lines = await followed('both', 3, async () => {
    await put('both', 'b/b/1', ['after']);
    await put('both', 'b/b/2', ['after']);
  });
  expect(lines.map(({ stream, message }) => `${stream} ${message}`).sort()).toEqual([
    'b/b/1 after',
    'b/b/1 before',
    'b/b/2 after',
  ]);
});

test('more than live tail shows in a second is shown all the same, and nothing twice', async () => {
  await group('flood', 'b/b/1');
  const messages = Array.from({ length: 1500 }, (_, index) => `line ${index % 700}`);
  const lines = await followed('flood', messages.length, () => put('flood', 'b/b/1', messages));
  expect(lines).toHaveLength(messages.length);
  const count = (of: readonly string[], message: string) => of.filter((one) => one === message).length;
  const shown = lines.map(({ message }) => message);
  for (const message of ['line 0', 'line 99', 'line 150'])
    expect(count(shown, message)).toBe(count(messages, message));
}, 30_000);
