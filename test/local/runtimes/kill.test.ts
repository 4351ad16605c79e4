import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processRuntime } from '../../../local/runtimes/process/runtime.ts';
import type { World } from '../../../local/service.ts';
import { until } from '../ecs/world.ts';

/** What is left when the embedded AWS is killed with -9: nothing. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-kill-'));
  mkdirSync(join(folder, 'image', 'app'), { recursive: true });
  // One child leaves the group, as daemons do.
  writeFileSync(
    join(folder, 'image', 'app', 'main.js'),
    `require('node:child_process').spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref();
     setInterval(() => {}, 1000); console.log('up');`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process of its own that opens a runtime in the folder, runs one task and waits. */
function victim(): { pid: number; ready: Promise<void>; kill(): void } {
  const runtime = pathToFileURL(join(import.meta.dirname, '../../../local/runtimes/process/runtime.ts'));
  const clock = pathToFileURL(join(import.meta.dirname, '../../../local/clock.ts'));
  const script = `
    const { processRuntime } = await import(${JSON.stringify(runtime.href)});
    const { RealClock } = await import(${JSON.stringify(clock.href)});
    const runtime = processRuntime({ folder: ${JSON.stringify(folder)}, clock: new RealClock() });
    await runtime.open();
    const task = await runtime.prepare({ id: 'a'.repeat(32), family: 'x', containers: [{
      name: 'app', image: 'x', environment: {}, stopTimeout: 1, ports: [4000], command: ['node', 'main.js'],
      unpacked: { digest: 'x', root: ${JSON.stringify(join(folder, 'image'))}, config: { WorkingDir: '/app' } },
      log: () => console.log('ready'),
    }] }, { started() {}, health() {}, exited() {} });
    await task.start('app');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  return {
    pid: child.pid as number,
    ready: new Promise((resolve) => child.stdout?.once('data', () => resolve())),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Command lines of processes that carry the mark. */
function alive(mark: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`LOCKSTEP_TASK=${mark}`)) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command === '' ? [] : [command.replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}

test('its tasks end with it, also those that have left their group', async () => {
  const one = victim();
  await one.ready;
  const mark = readFileSync(join(folder, 'tasks', 'mark'), 'utf8');
  expect(alive(mark).some((command) => command.includes('main.js'))).toBe(true);
  expect(alive(mark).some((command) => command.includes('sleep'))).toBe(true);
  one.kill();
  await until(() => alive(mark).length === 0, 'the end of the tasks', 5000);
});

test('when its watcher is killed too, the next start ends them', async () => {
  const one = victim();
  await one.ready;
  const mark = readFileSync(join(folder, 'tasks', 'mark'), 'utf8');
  const watcher = readdirSync('/proc').find((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith(`${mark}\0`);
    } catch {
      return false;
    }
  });
  process.kill(Number(watcher), 'SIGKILL');
  one.kill();
  await until(() => {
    try {
      process.kill(one.pid, 0);
      return readFileSync(`/proc/${one.pid}/stat`, 'utf8').includes(') Z');
    } catch {
      return true;
    }
  });
  expect(alive(mark).length).toBeGreaterThan(0);
  const next = processRuntime({ folder } as World);
  await next.open();
  await until(() => alive(mark).length === 0, 'the end of the tasks', 5000);
  await next.close();
});
