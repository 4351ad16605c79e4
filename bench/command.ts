/** How quick the command is: its start beside Node's own, the first line of `check`, and a log line on its way to the eye. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { quantile } from '../core/expectation.ts';
import { createWorld } from '../local/world.ts';
import type { Row } from './row.ts';

const COMMAND = join(import.meta.dirname, '../bin/lockstep.mjs');
const RUNS = 15;
const LINES = 30;
const STREAM = 'backend/backend/4b1f9c2e';

export async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const world = await createWorld({ folder: join(folder, 'world') });
  try {
    const { endpoint } = world;
    mkdirSync(join(folder, 'environments'));
    writeFileSync(join(folder, 'environments/dev.json'), JSON.stringify(environment(world.region)));
    const variables = { ...process.env, AWS_ENDPOINT_URL: endpoint, LOCKSTEP_ENV: 'dev', NODE_OPTIONS: '' };
    return [
      startUp(),
      await firstLine(folder, variables),
      await logDelay(folder, variables, endpoint, world.region),
    ];
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function environment(region: string) {
  return {
    deployment: { imageTagStrategy: 'mutable', autoScale: false, minTasks: 1, maxTasks: 1 },
    resources: { cpu: 256, memory: 512 },
    aws: { region },
    services: { backend: { cluster: 'none', port: 4000, logGroup: 'bench' } },
  };
}

/** One after the other, so that both meet the same machine; the first two warm the disk's cache. */
function startUp(): Row {
  const time = (args: string[]) => {
    const began = performance.now();
    spawnSync(process.execPath, args, { stdio: 'ignore' });
    return performance.now() - began;
  };
  const bare: number[] = [];
  const help: number[] = [];
  for (let run = -2; run < RUNS; run++) {
    const pair = [time(['-e', '0']), time([COMMAND, '--help'])] as const;
    if (run < 0) continue;
    bare.push(pair[0]);
    help.push(pair[1]);
  }
  const value = quantile(help, 0.5) / quantile(bare, 0.5);
  return {
    what: 'start-up: lockstep --help',
    value,
    unit: '× node -e 0',
    against: `${quantile(help, 0.5).toFixed(0)} ms beside ${quantile(bare, 0.5).toFixed(0)} ms`,
    goal: '<= 2',
    reached: value <= 2,
  };
}

async function firstLine(cwd: string, env: NodeJS.ProcessEnv): Promise<Row> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    const child = spawn(process.execPath, [COMMAND, 'check', '--service', 'backend'], { cwd, env });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    times.push((performance.now() - began) / 1000);
    await ended;
  }
  const value = quantile(times, 0.95);
  return {
    what: 'first line of `check`, p95',
    value,
    unit: 's',
    against: `${RUNS} runs`,
    goal: '<= 1',
    reached: value <= 1,
  };
}

/** From PutLogEvents' answer to the line on standard output of `watch logs --follow`. */
async function logDelay(cwd: string, env: NodeJS.ProcessEnv, endpoint: string, region: string): Promise<Row> {
  const logs = new CloudWatchLogsClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'bench' }));
  await logs.send(new CreateLogStreamCommand({ logGroupName: 'bench', logStreamName: STREAM }));
  const written = new Map<string, number>();
  const delays: number[] = [];
  const child = spawn(process.execPath, [COMMAND, 'watch', 'logs', '--follow', '--raw'], { cwd, env });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const all = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    ready.resolve();
    const at = written.get(line);
    if (at === undefined) return;
    delays.push((performance.now() - at) / 1000);
    if (delays.length === LINES) all.resolve();
  });
  const put = (message: string) =>
    logs.send(
      new PutLogEventsCommand({
        logGroupName: 'bench',
        logStreamName: STREAM,
        logEvents: [{ timestamp: Date.now(), message }],
      }),
    );
  await put('ready');
  await ready.promise;
  for (let index = 0; index < LINES; index++) {
    await put(`line ${index}`);
    written.set(`line ${index}`, performance.now());
    // Spread over the phases of the tail's second.
    await sleep(170);
  }
  await all.promise;
  child.kill('SIGINT');
  await ended;
  logs.destroy();
  const value = quantile(delays, 0.95);
  return {
    what: 'log line written → shown by `watch logs --follow`, p95',
    value,
    unit: 's',
    against: `${LINES} lines, p50 ${quantile(delays, 0.5).toFixed(2)} s`,
    goal: '<= 2',
    reached: value <= 2,
  };
}
