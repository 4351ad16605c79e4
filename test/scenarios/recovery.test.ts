/**
 * What must survive: the client that started a deployment and the execution itself are killed in the middle, and every
 * deployment still comes to its verdict with its lock freed. recovery.long.ts kills the whole of the embedded AWS.
 */
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, test } from '@jest/globals';
import { lockstep, verdictOf } from '../setup/command.ts';
import {
  deployUntil,
  example,
  inItsOwnWorld,
  inRepository,
  MINUTES,
  options,
  settled,
  verifying,
} from './recovering.ts';

inItsOwnWorld();

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
