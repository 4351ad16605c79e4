/**
 * What must survive: the client that started a deployment, the execution itself, and the whole of the embedded AWS are
 * killed in the middle, and every deployment still comes to its verdict with its lock freed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { documentClient, findEntry, readLock } from '../../aws/journal.ts';
import { ExampleRepository } from '../../cli/example.ts';
import type { DeployEvent, StartedEvent } from '../../core/events.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { deploymentsTableName, locksTableName } from '../../core/names.ts';
import { lockstep, PROJECT, verdictOf } from '../setup/command.ts';
import { runningIn, startLocal, stopLocal } from '../setup/local.ts';

const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-recovery-'));
const example = new ExampleRepository(PROJECT, join(folder, 'repository'));
const TARGET = 'backend/local';

const running = () => runningIn(folder);
const options = () => ({
  endpoint: running().endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const inRepository = () => ({
  directory: example.path,
  variables: { AWS_ENDPOINT_URL: running().endpoint, LOCKSTEP_ENV: 'local' },
});
const journal = () => ({
  document: documentClient(new DynamoDBClient(options())),
  deployments: deploymentsTableName('local'),
  locks: locksTableName('local'),
});

/** Deploys HEAD and does something as soon as an event fits; resolves with the deployment when the command has ended. */
async function deployUntil(
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
async function settled(deploymentId: string): Promise<JournalEntry> {
  for (;;) {
    const entry = await findEntry(journal(), deploymentId);
    if (entry?.outcome && !(await readLock(journal(), TARGET))) return entry;
    await sleep(500);
  }
}

const verifying = (event: DeployEvent) =>
  event.type === 'step' && event.step === 'VerifyHealth' && event.status === 'waiting';

beforeAll(async () => {
  await startLocal(folder);
  await example.prepare();
  const first = await lockstep(['deploy', '--json'], inRepository());
  expect(verdictOf(first).verdict).toBe('succeeded');
}, 4 * MINUTES);

afterAll(async () => {
  await stopLocal(folder);
  rmSync(folder, { recursive: true, force: true });
});

test(
  'a deployment goes on when the client that started it is killed, and can be followed from anywhere',
  async () => {
    await example.release('good');
    const { deploymentId } = await deployUntil(
      (event) => event.type === 'step' && event.step === 'Build',
      (_, kill) => kill(),
    );
    const shown = await lockstep(['show', deploymentId.slice(0, 5), '--follow', '--json'], inRepository());
    expect(verdictOf(shown)).toMatchObject({ verdict: 'succeeded', deploymentId });
    expect(shown.code).toBe(0);
  },
  3 * MINUTES,
);

test(
  'the whole of AWS is killed while a release is verified: it goes on where it was',
  async () => {
    await example.release('slow-boot');
    const { deploymentId } = await deployUntil(verifying, (_, kill) => {
      process.kill(running().pid, 'SIGKILL');
      // It would look for AWS for two minutes: as long as a step may take, which would then have taken too long.
      kill();
    });
    await startLocal(folder);
    const entry = await settled(deploymentId);
    expect(entry.outcome).toMatchObject({ verdict: 'succeeded' });
  },
  4 * MINUTES,
);

test(
  'an execution that is stopped while a bad release is verified is rolled back by the recovery, and its lock freed',
  async () => {
    const before = await settledRevision();
    await example.release('unhealthy');
    const { deploymentId } = await deployUntil(verifying, async ({ executionArn }) => {
      await new SFNClient(options()).send(
        new StopExecutionCommand({ executionArn, error: 'Test', cause: 'stopped in the middle' }),
      );
    });
    const entry = await settled(deploymentId);
    expect(entry.outcome).toMatchObject({ verdict: 'rolled-back', running: { revision: before } });
  },
  4 * MINUTES,
);

async function settledRevision(): Promise<string | undefined> {
  const ran = await lockstep(['history', '--json', '--limit', '1'], inRepository());
  return (JSON.parse(ran.stdout) as { running?: { revision: string } }).running?.revision;
}
