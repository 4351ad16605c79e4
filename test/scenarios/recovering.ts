/** What the scenarios of recovery share: a world that is killed in parts, and deployments that are followed to their verdict. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { documentClient, findEntry, readLock } from '../../aws/journal.ts';
import { ExampleRepository } from '../../cli/example.ts';
import type { DeployEvent, StartedEvent } from '../../core/events.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { deploymentsTableName, locksTableName } from '../../core/names.ts';
import { lockstep, PROJECT, verdictOf } from '../setup/command.ts';

export const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-recovery-'));
export const example = new ExampleRepository(PROJECT, join(folder, 'repository'));
const TARGET = 'backend/local';

export const running = () =>
  JSON.parse(readFileSync(join(folder, 'running.json'), 'utf8')) as { pid: number; endpoint: string };
export const options = () => ({
  endpoint: running().endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
export const inRepository = () => ({
  directory: example.path,
  variables: { AWS_ENDPOINT_URL: running().endpoint, LOCKSTEP_ENV: 'local' },
});
const journal = () => ({
  document: documentClient(new DynamoDBClient(options())),
  deployments: deploymentsTableName('local'),
  locks: locksTableName('local'),
});

export async function boot(): Promise<void> {
  const ran = await lockstep(['local', '--detach', '--folder', folder]);
  if (ran.code !== 0) throw new Error(`${ran.stdout}\n${ran.stderr}`);
}

/** Deploys HEAD and does something as soon as an event fits; resolves with the deployment when the command has ended. */
export async function deployUntil(
  fits: (event: DeployEvent) => boolean,
  act: (started: StartedEvent, kill: () => void) => Promise<void> | void,
): Promise<StartedEvent> {
  let started: StartedEvent | undefined;
  let kill = () => {};
  let acted: Promise<void> | undefined;
  await lockstep(['deploy', '--json'], {
    ...inRepository(),
    onStart: (child) => {
      kill = () => void child.kill('SIGKILL');
    },
    onLine: (line) => {
      const event = JSON.parse(line) as DeployEvent;
      if (event.type === 'started') started = event;
      if (started && !acted && fits(event)) acted = Promise.resolve(act(started, kill));
    },
  });
  await acted;
  if (!started || !acted) throw new Error('the deployment never came that far');
  return started;
}

/** The journal's entry once it has an outcome: a recovery writes it after the execution has ended. */
export async function settled(deploymentId: string): Promise<JournalEntry> {
  for (;;) {
    const entry = await findEntry(journal(), deploymentId);
    if (entry?.outcome && !(await readLock(journal(), TARGET))) return entry;
    await sleep(500);
  }
}

export const verifying = (event: DeployEvent) =>
  event.type === 'step' && event.step === 'VerifyHealth' && event.status === 'waiting';

/** An embedded AWS of the test file's own, with a first good release on it. */
export function inItsOwnWorld(): void {
  beforeAll(async () => {
    await boot();
    await example.prepare();
    const first = await lockstep(['deploy', '--json'], inRepository());
    expect(verdictOf(first).verdict).toBe('succeeded');
  }, 4 * MINUTES);

  afterAll(async () => {
    await lockstep(['local', 'stop', '--folder', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
}
